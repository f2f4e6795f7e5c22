//! What did not come over as it was, each remark once.

/// A report with more lines is read by nobody.
const MOST: usize = 200;

/// Gathers remarks; the same remark on many operations stays one line.
#[derive(Default)]
pub(crate) struct Notes(Vec<(String, Vec<String>)>);

impl Notes {
    pub(crate) fn whole(&mut self, message: impl Into<String>) {
        let message = message.into();
        if !self.0.iter().any(|(other, _)| *other == message) {
            self.0.push((message, Vec::new()));
        }
    }

    pub(crate) fn on(&mut self, operation: &str, message: &str) {
        let is_full = self.0.len() >= MOST;
        match self.0.iter_mut().find(|(other, _)| other == message) {
            Some((_, operations)) if operations.last().is_some_and(|last| last == operation) => {}
            Some((_, operations)) => operations.push(operation.to_owned()),
            None if is_full => {}
            None => self
                .0
                .push((message.to_owned(), vec![operation.to_owned()])),
        }
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.0
            .into_iter()
            .map(|(message, on)| line(message, &on))
            .collect()
    }
}

fn line(message: String, operations: &[String]) -> String {
    match operations {
        [] => message,
        [one] => format!("{one}: {message}"),
        [first, rest @ ..] => format!("{first} and {} more: {message}", rest.len()),
    }
}
