//! Lists in pages for requests that no connector makes.

use serde_json::{Map, Value};
use url::Url;

use crate::compile::{self, Sink};
use crate::fault::InputFault;
use crate::load::Text;
use crate::paginate::{PageChange, Pages, Paging};

/// `paginate`, as actions have it.
#[derive(Debug, Clone)]
pub struct Paginator(Paging);

impl Paginator {
    /// # Errors
    /// Every mistake, by its dotted place.
    pub fn read(value: &Value) -> Result<Self, Vec<InputFault>> {
        let text = Text {
            file: String::new(),
            text: value.to_string(),
        };
        let mut errors = Vec::new();
        let mut sink = Sink::new(&text, &mut errors);
        let read = sink.read();
        let paging = read.and_then(|file| compile::paging(&mut sink, file));
        match paging {
            Some(paging) if errors.is_empty() => Ok(Self(paging)),
            _ => {
                let fault = |error: crate::fault::LoadError| {
                    InputFault::new(error.field.unwrap_or_default(), error.message)
                };
                Err(errors.into_iter().map(fault).collect())
            }
        }
    }

    /// The gathering that this call asks for with `all_pages` and `max_items`.
    pub fn pages(&self, input: &Map<String, Value>) -> Option<Pages<'_>> {
        self.0.pages(input)
    }
}

impl PageChange {
    /// Turns a request to this page. A link brings its own query, which replaces what
    /// the request has of the same names.
    pub fn turn(&self, url: &mut Url, query: &mut Map<String, Value>, body: &mut Option<Value>) {
        if let Some(next) = &self.url {
            for (name, _) in next.query_pairs() {
                query.remove(name.as_ref());
            }
            url.clone_from(next);
            return;
        }
        let mut pairs = Vec::new();
        if let Some(path) = &self.path {
            url.set_path(path);
        }
        self.apply_to_query(&mut pairs);
        for (name, value) in pairs {
            let is_size = self.query.iter().all(|(known, _)| *known != name);
            if !(is_size && query.contains_key(&name)) {
                query.insert(name, value.into());
            }
        }
        self.apply_to_body(body);
    }
}
