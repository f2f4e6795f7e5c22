//! From written files to checked types. Every mistake is noted, none stops the rest.

mod action;
mod connector;
mod option;
mod paginate;
mod parts;
mod triggers;

use std::cell::OnceCell;

use serde::de::DeserializeOwned;
use serde_saphyr::{Error as Form, UserMessageFormatter};

use self::parts::Known;
use crate::action::Action;
use crate::fault::LoadError;
use crate::lines::Lines;
use crate::load::Text;

pub(crate) use action::compile_schema;
pub(crate) use connector::connector;
pub(crate) use option::{auth_family, option_kind};
pub(crate) use paginate::paging;

/// An action for a connector that is compiled already and has these fields.
pub(crate) fn added_action(sink: &mut Sink<'_>, fields: &[String]) -> Option<Action> {
    let known = Known {
        fields,
        ..Known::default()
    };
    action::action(sink, Some(known))
}

/// Notes the mistakes of one file.
pub(crate) struct Sink<'a> {
    text: &'a Text,
    lines: OnceCell<Lines>,
    errors: &'a mut Vec<LoadError>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(text: &'a Text, errors: &'a mut Vec<LoadError>) -> Self {
        Self {
            text,
            lines: OnceCell::new(),
            errors,
        }
    }

    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        let line = self.lines().line(field);
        self.push(line, Some(field.to_owned()), message.into());
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text.text))
    }

    fn push(&mut self, line: Option<u32>, field: Option<String>, message: String) {
        self.errors.push(LoadError {
            file: self.text.file.clone(),
            line,
            field,
            message,
        });
    }

    /// The file as its type, or its one mistake of form.
    pub(crate) fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        match serde_saphyr::from_str(&self.text.text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.form(&error);
                None
            }
        }
    }

    fn form(&mut self, error: &serde_saphyr::Error) {
        let error = error.without_snippet();
        let line = error
            .location()
            .and_then(|at| u32::try_from(at.line()).ok());
        let line = line.filter(|line| *line > 0);
        let path = line
            .and_then(|line| self.lines().path(line))
            .map(str::to_owned);
        if let Form::SerdeMissingField { field, .. } = error {
            // What is known is the last key beside the missing one.
            let around = path.as_deref().and_then(|path| path.rsplit_once('.'));
            let field =
                around.map_or_else(|| (*field).to_owned(), |(at, _)| format!("{at}.{field}"));
            self.add(&field, "is missing");
        } else {
            self.push(line, path, in_words(error));
        }
    }
}

fn in_words(error: &Form) -> String {
    match error {
        Form::SerdeUnknownField { expected, .. } => {
            format!("there is no such key; there are: {}", expected.join(", "))
        }
        Form::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            format!("`{variant}` is none of {}", expected.join(", "))
        }
        Form::DuplicateMappingKey { key, .. } => {
            format!("`{}` is written twice", key.as_deref().unwrap_or("a key"))
        }
        Form::Unexpected {
            expected: "sequence start",
            ..
        } => "must be a list".to_owned(),
        Form::Unexpected {
            expected: "mapping start",
            ..
        } => "must be an object, that is, keys with values".to_owned(),
        other => {
            let text = other.render_with_formatter(&UserMessageFormatter);
            let first = text.lines().next().unwrap_or_default();
            first
                .rsplit_once(" at line ")
                .map_or(first, |(message, _)| message)
                .to_owned()
        }
    }
}

/// The order of discovery is the program's; a reader's is that of the lines.
pub(crate) fn sort_by_line(errors: &mut [LoadError]) {
    errors.sort_by_key(|error| error.line);
}
