//! The kind in which a customer types what the provider has given them.

use super::exchange;
use crate::compile::Sink;
use crate::compile::parts::{self, Known};
use crate::option::{KeyField, KeyFieldKind, Keys, TokenSource};
use crate::source::{KeyFieldFile, OptionFile};
use crate::view::label;

pub(super) fn keys(
    sink: &mut Sink<'_>,
    at: &str,
    file: OptionFile,
    known: Known<'_>,
) -> Option<Keys> {
    if file.fields.is_empty() {
        sink.add(&format!("{at}.fields"), "needs at least one field");
    }
    let token = match (file.exchange, file.token) {
        (Some(_), Some(_)) => {
            let message = "has both `exchange` and `token`; a token comes from one of them";
            sink.add(at, message);
            None
        }
        (Some(file), None) => exchange::exchange(sink, &format!("{at}.exchange"), file, known)
            .map(|exchange| TokenSource::Exchange(Box::new(exchange))),
        (None, Some(file)) => {
            exchange::jwt(sink, &format!("{at}.token"), file, known).map(TokenSource::Signed)
        }
        (None, None) => Some(TokenSource::None),
    };
    let mut fields = Vec::new();
    for (index, field) in file.fields.into_iter().enumerate() {
        fields.push(key_field(sink, &format!("{at}.fields[{index}]"), field));
    }
    Some(Keys {
        fields,
        grant: file.grant,
        token: token?,
    })
}

fn key_field(sink: &mut Sink<'_>, at: &str, file: KeyFieldFile) -> KeyField {
    if (file.kind == KeyFieldKind::Select) == file.options.is_empty() {
        sink.add(
            &format!("{at}.options"),
            "belongs to a field of type `select`, and to every such field",
        );
    }
    let pattern = parts::pattern(sink, at, file.pattern.as_deref(), file.example.as_deref());
    KeyField {
        label: file.label.unwrap_or_else(|| label(&file.name)),
        name: file.name,
        kind: file.kind,
        required: file.required,
        help: file.help,
        placeholder: file.placeholder.or(file.example),
        options: file.options.into_iter().map(Into::into).collect(),
        default: file.default,
        pattern,
    }
}
