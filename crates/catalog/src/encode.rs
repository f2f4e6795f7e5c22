//! Writing values into URLs, forms and headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::Url;

use crate::path::plain_text;

/// All but the unreserved characters of RFC 3986, so that a value can neither end
/// its path segment nor begin another part of the URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

pub(crate) fn component(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

pub(crate) fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}

/// Adds query entries. A blank is `%20`, which everybody reads; not so a `+`.
pub(crate) fn push_query(url: &mut Url, pairs: &[(String, String)]) {
    let entries = url
        .query()
        .filter(|query| !query.is_empty())
        .map(str::to_owned)
        .into_iter();
    let added = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", component(name), component(value)));
    let query: Vec<String> = entries.chain(added).collect();
    if !query.is_empty() {
        url.set_query(Some(&query.join("&")));
    }
}

/// The same, where a provider wants some of the values as they are.
pub(crate) fn push_query_raw(url: &mut Url, pairs: &[(String, String)], raw: &[String]) {
    let (raw, encoded): (Vec<_>, Vec<_>) = pairs
        .iter()
        .cloned()
        .partition(|(name, _)| raw.contains(name));
    push_query(url, &encoded);
    for (name, value) in raw {
        let before = url
            .query()
            .map(|query| format!("{query}&"))
            .unwrap_or_default();
        url.set_query(Some(&format!("{before}{name}={value}")));
    }
}

/// A header value; control characters and line ends are refused.
pub(crate) fn header_value(text: &str) -> Option<HeaderValue> {
    if text.chars().any(char::is_control) {
        return None;
    }
    HeaderValue::from_bytes(text.as_bytes()).ok()
}

/// `application/x-www-form-urlencoded`, where nested names are written in
/// brackets: `{"a": {"b": [1]}}` is `a[b][0]=1`.
pub(crate) fn form(value: &Value) -> String {
    let mut pairs = Vec::new();
    if let Value::Object(members) = value {
        for (name, member) in members {
            flatten(name.clone(), member, &mut pairs);
        }
    }
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&pairs)
        .finish()
}

fn flatten(name: String, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(format!("{name}[{index}]"), item, pairs);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                flatten(format!("{name}[{key}]"), member, pairs);
            }
        }
        // Forms have no null; the empty text is how they clear a value.
        plain => pairs.push((name, plain_text(plain).unwrap_or_default())),
    }
}
