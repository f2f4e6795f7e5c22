//! The body of a webhook's request: JSON, or a form whose names say where its values
//! belong.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// How deep the names of a form may reach, as in `data[merges][EMAIL]`. What lies
/// deeper stays under its whole name.
pub const MAX_FORM_DEPTH: usize = 8;

/// Nothing when it is neither. An empty body is `null`: some providers say everything
/// in headers.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Some(Value::Null);
    }
    if is_form(headers) {
        return Some(form(body));
    }
    serde_json::from_slice(body).ok()
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

fn form(body: &[u8]) -> Value {
    let mut all = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        // The first step is a name in any case, an empty one as well.
        if let Some((first, rest)) = steps(&name).split_first() {
            let place = all.entry(*first).or_insert(Value::Null);
            put(place, rest, value.into_owned());
        }
    }
    Value::Object(all)
}

/// `data[list][]` is `data`, `list` and an empty step, which adds to a list.
fn steps(name: &str) -> Vec<&str> {
    let whole = vec![name];
    let Some((first, rest)) = name.split_once('[') else {
        return whole;
    };
    let Some(rest) = rest.strip_suffix(']').filter(|_| !first.is_empty()) else {
        return whole;
    };
    let mut steps = vec![first];
    steps.extend(rest.split("]["));
    if steps.len() > MAX_FORM_DEPTH {
        return whole;
    }
    steps
}

fn put(place: &mut Value, steps: &[&str], leaf: String) {
    let Some((step, rest)) = steps.split_first() else {
        *place = Value::String(leaf);
        return;
    };
    if step.is_empty() {
        if !place.is_array() {
            *place = Value::Array(Vec::new());
        }
        if let Some(items) = place.as_array_mut() {
            let mut item = Value::Null;
            put(&mut item, rest, leaf);
            items.push(item);
        }
        return;
    }
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Some(members) = place.as_object_mut() {
        put(members.entry(*step).or_insert(Value::Null), rest, leaf);
    }
}
