//! Dotted paths into JSON: `team.id`, `items.0.name`.

use serde_json::Value;

/// What the path leads to; an empty path is the whole value.
pub(crate) fn dig<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    path.split('.').try_fold(value, |value, step| match value {
        Value::Object(members) => members.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The text of a plain value: a string, a number or a boolean.
pub(crate) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(crate) fn is_path(text: &str) -> bool {
    !text.is_empty()
        && text
            .split('.')
            .all(|step| !step.is_empty() && !step.contains(' '))
}
