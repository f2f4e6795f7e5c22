//! Log lines: how they look, and how they get out without slowing requests.
//!
//! A line is put into a buffer in memory; a thread of its own writes the buffer out
//! every few milliseconds. Nothing is dropped: when whoever reads the lines is too
//! slow for too long, requests wait for it.

use std::fmt::{self, Write as _};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use parking_lot::{Condvar, Mutex};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use trunnel_model::time::{Clock, SystemClock};

/// Lines are gathered for so long before they are written.
const GATHER: Duration = Duration::from_millis(5);

/// The most that may wait in memory.
const FULL: usize = 8 * 1024 * 1024;

/// Starts logging to standard error. Lines get out as long as the guard lives; its
/// end writes the last ones.
pub(crate) fn start(filter: &str, json: bool) -> anyhow::Result<Guard> {
    let filter = EnvFilter::try_new(filter)?;
    let buffer = Arc::new(Buffer::default());
    let writing = std::thread::Builder::new()
        .name("log-writer".into())
        .spawn({
            let buffer = Arc::clone(&buffer);
            move || buffer.write_out(&mut io::stderr())
        })?;
    let guard = Guard {
        buffer: Arc::clone(&buffer),
        writing: Some(writing),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Lines(buffer));
    let started = if json {
        let format = JsonLine(SystemClock::new());
        lines.event_format(format).try_init()
    } else {
        lines.compact().try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logs: {error}"))?;
    Ok(guard)
}

/// Keeps lines going out.
pub(crate) struct Guard {
    buffer: Arc<Buffer>,
    writing: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.buffer.state.lock().closed = true;
        self.buffer.changed.notify_all();
        if let Some(writing) = self.writing.take() {
            // A writer that has panicked has said so on standard error.
            let _ = writing.join();
        }
    }
}

#[derive(Default)]
struct Buffer {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    closed: bool,
}

impl Buffer {
    fn add(&self, line: &[u8]) {
        let mut state = self.state.lock();
        while state.waiting.len() >= FULL && !state.closed {
            self.changed.wait(&mut state);
        }
        let first = state.waiting.is_empty();
        state.waiting.extend_from_slice(line);
        drop(state);
        if first {
            self.changed.notify_all();
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this thread is the log's own, and gathering is its work"
    )]
    fn write_out(&self, out: &mut dyn io::Write) {
        let mut taken = Vec::new();
        loop {
            let mut state = self.state.lock();
            while state.waiting.is_empty() && !state.closed {
                self.changed.wait(&mut state);
            }
            let closed = state.closed;
            drop(state);
            if !closed {
                std::thread::sleep(GATHER);
            }
            std::mem::swap(&mut taken, &mut self.state.lock().waiting);
            self.changed.notify_all();
            // Standard error may be closed; then there is nobody to tell.
            let _ = out.write_all(&taken);
            taken.clear();
            if closed {
                return;
            }
        }
    }
}

/// Hands the subscriber a way into the buffer.
#[derive(Clone)]
struct Lines(Arc<Buffer>);

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One JSON object a line, with the event's fields at the top.
struct JsonLine(SystemClock);

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let at = DateTime::from_timestamp_millis(self.0.now().as_millis()).unwrap_or_default();
        let meta = event.metadata();
        let mut line = String::with_capacity(512);
        line.push_str("{\"timestamp\":\"");
        line.push_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true));
        line.push_str("\",\"level\":\"");
        line.push_str(meta.level().as_str());
        line.push('"');
        event.record(&mut Members(&mut line));
        line.push_str(",\"target\":");
        quote(&mut line, meta.target());
        line.push_str("}\n");
        writer.write_str(&line)
    }
}

/// Writes fields as members of an object that is open.
struct Members<'a>(&'a mut String);

impl Members<'_> {
    fn name(&mut self, field: &Field) {
        self.0.push(',');
        quote(self.0, field.name());
        self.0.push(':');
    }

    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        self.name(field);
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{value}");
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.name(field);
        quote(self.0, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.plain(field, value);
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.name(field);
        quote(self.0, &format!("{value:?}"));
    }
}

/// Appends a JSON string.
fn quote(line: &mut String, text: &str) {
    line.push('"');
    for c in text.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            // Writing to a String cannot fail.
            c if c.is_control() => drop(write!(line, "\\u{:04x}", u32::from(c))),
            c => line.push(c),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_quoted_reads_back(text: String) {
            let mut line = String::new();
            quote(&mut line, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&line).ok(), Some(text));
        }
    }

    #[test]
    fn every_line_gets_out_in_order() {
        let buffer = Arc::new(Buffer::default());
        let writing = std::thread::spawn({
            let buffer = Arc::clone(&buffer);
            move || {
                let mut out = Vec::new();
                buffer.write_out(&mut out);
                out
            }
        });
        for number in 0..10_000 {
            buffer.add(format!("{number}\n").as_bytes());
        }
        buffer.state.lock().closed = true;
        buffer.changed.notify_all();
        let out = String::from_utf8(writing.join().unwrap()).unwrap();
        let lines: Vec<usize> = out.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(lines, (0..10_000).collect::<Vec<_>>());
    }
}
