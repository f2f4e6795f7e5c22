//! What the whole process logs, for tests that look for what must be there and for
//! what must not.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The lines of all tests of this process, each a JSON object: everything of ours,
/// and of others what is not for their own makers.
#[derive(Clone)]
pub struct Heard(Arc<watch::Sender<String>>);

impl Heard {
    pub fn text(&self) -> String {
        self.0.borrow().clone()
    }

    /// The lines that mention a text, such as a request's id.
    pub fn about(&self, text: &str) -> Vec<Value> {
        self.0
            .borrow()
            .lines()
            .filter(|line| line.contains(text))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Begins to listen, unless some test has already.
pub fn listen() -> Heard {
    static HEARD: OnceLock<Heard> = OnceLock::new();
    let begin = || {
        let heard = Heard(Arc::default());
        tracing::subscriber::set_global_default(Listener(heard.clone())).unwrap();
        heard
    };
    HEARD.get_or_init(begin).clone()
}

struct Listener(Heard);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("trunnel") || *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.write(span.metadata(), |fields| span.record(fields));
        Id::from_u64(1)
    }

    /// Nothing of ours adds to a span what it did not begin with.
    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.0
            .write(event.metadata(), |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Heard {
    fn write(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Fields)) {
        let mut fields = Fields::default();
        record(&mut fields);
        let line = json!({
            "level": metadata.level().as_str(),
            "target": metadata.target(),
            "fields": fields.0,
        });
        self.0.send_modify(|text| {
            text.push_str(&line.to_string());
            text.push('\n');
        });
    }
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }
}
