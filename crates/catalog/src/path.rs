//! Dotted paths into JSON: `team.id`, `items.0.name`.

use serde_json::Value;

/// What the path leads to; an empty path is the whole value. Names may hold dots
/// themselves, as `@odata.nextLink` does: the longest name that is there is taken.
pub(crate) fn dig<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    let (step, rest) = first_step(value, path);
    let next = match value {
        Value::Object(members) => members.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    };
    dig(next?, rest)
}

/// The same, to change what is there.
pub(crate) fn dig_mut<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    if path.is_empty() {
        return Some(value);
    }
    let (step, rest) = first_step(value, path);
    let next = match value {
        Value::Object(members) => members.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    };
    dig_mut(next?, rest)
}

/// The name or index that a path begins with at this value, and what follows it.
fn first_step<'p>(value: &Value, path: &'p str) -> (&'p str, &'p str) {
    if let Value::Object(members) = value {
        if members.contains_key(path) {
            return (path, "");
        }
        let dots = path.rmatch_indices('.').map(|(at, _)| at);
        for at in dots {
            if members.contains_key(&path[..at]) {
                return (&path[..at], &path[at + 1..]);
            }
        }
    }
    path.split_once('.').unwrap_or((path, ""))
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
