//! Where a credential goes, and the small requests that prove one.

use serde_json::{Value, json};

use crate::facts::{Object, Provider, Verification};
use crate::names;

/// Where a token goes unless a connector says otherwise.
const BEARER: &str = "Bearer ${access_token}";

/// Headers under their usual spelling. One with an empty name or value is none.
pub(crate) fn headers(headers: &Object) -> impl Iterator<Item = (String, Value)> {
    headers
        .iter()
        .filter(|(_, value)| value.as_str().is_some_and(|text| !text.is_empty()))
        .map(|(name, value)| (names::header(name), value.clone()))
}

pub(crate) fn is_credential(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        ["${credential.", "${client_", "access_token}", "base64("]
            .iter()
            .any(|mark| text.contains(mark))
    })
}

/// The place of a token: a bearer, unless the row says where it goes.
pub(crate) fn of_token(provider: &Provider) -> Option<Object> {
    let mut place = place(provider);
    let is_sent = |part: &Value| part.to_string().contains("access_token}");
    if !place.is_empty() && !place.values().any(is_sent) {
        let headers = place.entry("headers").or_insert_with(|| json!({}));
        headers["Authorization"] = json!(BEARER);
    }
    let is_bearer =
        place.len() == 1 && place.get("headers") == Some(&json!({ "Authorization": BEARER }));
    (!place.is_empty() && !is_bearer).then_some(place)
}

/// What in the headers and the query of a row names the credential.
pub(crate) fn place(provider: &Provider) -> Object {
    let mut place = Object::new();
    let in_headers: Object = headers(&provider.api.headers)
        .filter(|(_, value)| is_credential(value))
        .collect();
    if !in_headers.is_empty() {
        let basic = in_headers.get("Authorization").and_then(basic_of);
        match basic {
            Some(basic) if in_headers.len() == 1 => {
                place.insert("basic".to_owned(), basic);
            }
            _ => {
                place.insert("headers".to_owned(), Value::Object(in_headers));
            }
        }
    }
    if !provider.api.query.is_empty() {
        place.insert(
            "query".to_owned(),
            Value::Object(texts(&provider.api.query)),
        );
    }
    place
}

/// `Basic ${base64(user:password)}` as the user and the password.
pub(crate) fn basic_of(value: &Value) -> Option<Value> {
    let pair = value
        .as_str()?
        .strip_prefix("Basic ${base64(")?
        .strip_suffix(")}")?;
    let (username, password) = pair.split_once(':')?;
    (!password.contains(':')).then(|| json!({"username": username, "password": password}))
}

/// Parameters are texts, whatever they are in the facts.
pub(crate) fn texts(params: &Object) -> Object {
    params
        .iter()
        .map(|(name, value)| match value {
            Value::String(_) => (name.clone(), value.clone()),
            other => (name.clone(), Value::String(other.to_string())),
        })
        .collect()
}

/// The first of the calls that prove a credential.
pub(crate) fn probe(verification: &Verification, base_url: &str) -> Option<Object> {
    let endpoint = verification.endpoints.first()?;
    let (path, query) = split_query(endpoint);
    let path = format!("/{}", path.trim_start_matches('/'));
    let mut probe = Object::new();
    if let Some(method) = verification
        .method
        .as_deref()
        .filter(|method| *method != "GET")
    {
        probe.insert("method".to_owned(), json!(method));
    }
    match verification.base_url_override.as_deref() {
        Some(base) if base != base_url => {
            probe.insert("url".to_owned(), json!(format!("{base}{path}")));
        }
        _ => {
            probe.insert("path".to_owned(), json!(path));
        }
    }
    let own: Object = headers(&verification.headers)
        .filter(|(name, _)| name != "Content-Type")
        .collect();
    if !own.is_empty() {
        probe.insert("headers".to_owned(), Value::Object(own));
    }
    if !query.is_empty() {
        probe.insert("query".to_owned(), Value::Object(query));
    }
    if let Some(data) = &verification.data {
        probe.insert("body".to_owned(), data.clone());
    }
    Some(probe)
}

/// The address and its query, apart: a secret in a query is kept out of logs.
pub(crate) fn split_query(url: &str) -> (&str, Object) {
    match url.split_once('?') {
        Some((address, query)) => {
            let pairs = query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (name.to_owned(), json!(value)));
            (address, pairs.collect())
        }
        None => (url, Object::new()),
    }
}
