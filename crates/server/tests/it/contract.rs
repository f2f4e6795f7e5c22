//! Holds every answer that a test gets against the API's document.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::app::Answer;

pub static DOCUMENT: LazyLock<Value> = LazyLock::new(trunnel_server::openapi_document);

/// Served beside the API, by somebody else.
const NOT_OURS: &str = "/playground";

const ERROR: &str = "/components/responses/Error";

/// Panics where the answer is not what the document says, with the route, the status and
/// the place.
pub fn check(method: &str, path: &str, answer: &Answer) {
    if path.starts_with(NOT_OURS) {
        return;
    }
    let method = if method == "HEAD" { "GET" } else { method };
    let place = format!("{method} {path} -> {}", answer.status);
    let Some(template) = template(path) else {
        assert_eq!(answer.status, 404, "{place}: no such path in the document");
        return check_body(&place, ERROR, answer);
    };
    let operation = pointer(&["paths", template, &method.to_lowercase()]);
    if DOCUMENT.pointer(&operation).is_none() {
        assert_eq!(answer.status, 405, "{place}: no such operation");
        return check_body(&place, ERROR, answer);
    }
    let response = declared(&operation, answer.status);
    let response = response.unwrap_or_else(|| panic!("{place}: the status is not declared"));
    check_body(&place, &response, answer);
}

/// The document's path that this one is of: of several the one that has more of it in words.
fn template(path: &str) -> Option<&'static str> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fitting = paths
        .keys()
        .filter_map(|known| Some((fit(known, path)?, known)));
    fitting.max().map(|(_, known)| known.as_str())
}

/// Whether each part is a word, or nothing where it does not fit. The last part of the raw
/// proxy's path is all the rest.
fn fit(template: &str, path: &str) -> Option<Vec<bool>> {
    let rest = template.ends_with("/{path}");
    let wanted: Vec<_> = template.split('/').collect();
    let given: Vec<_> = match rest {
        true => path.splitn(wanted.len(), '/').collect(),
        false => path.split('/').collect(),
    };
    if wanted.len() != given.len() {
        return None;
    }
    let one = |(wanted, given): (&&str, &&str)| match wanted.starts_with('{') {
        true => (!given.is_empty()).then_some(false),
        false => (wanted == given).then_some(true),
    };
    wanted.iter().zip(&given).map(one).collect()
}

/// Where the document describes this status: itself, its class or all that go wrong.
fn declared(operation: &str, status: u16) -> Option<String> {
    let class = format!("{}XX", status / 100);
    let mut names = vec![status.to_string(), class];
    names.extend((status >= 400).then(|| "default".to_owned()));
    let mut places = names
        .iter()
        .map(|name| format!("{operation}/responses/{name}"));
    let place = places.find(|place| DOCUMENT.pointer(place).is_some())?;
    Some(followed(place))
}

/// The place itself, or the one that it refers to.
fn followed(place: String) -> String {
    match DOCUMENT.pointer(&place).unwrap()["$ref"].as_str() {
        Some(reference) => reference.trim_start_matches('#').to_owned(),
        None => place,
    }
}

fn check_body(place: &str, response: &str, answer: &Answer) {
    let content = &DOCUMENT.pointer(response).unwrap()["content"];
    let given = answer.header("content-type").unwrap_or_default();
    let given = given.split(';').next().unwrap().trim();
    let Some(content) = content.as_object() else {
        assert!(answer.text.is_empty(), "{place}: a body: {}", answer.text);
        return;
    };
    // Also what HEAD is answered, and a provider that only asks whether somebody is there.
    if answer.text.is_empty() {
        return;
    }
    let class = format!("{}/*", given.split('/').next().unwrap());
    let known = [given, &class, "*/*"];
    let media = known.iter().find(|name| content.contains_key(**name));
    let media = media.unwrap_or_else(|| panic!("{place}: `{given}` is not declared"));
    if *media != "application/json" {
        return;
    }
    let body = answer.json();
    let validator = validator(&format!("{response}/content/application~1json/schema"));
    let mut wrong = validator.iter_errors(&body);
    if let Some(first) = wrong.next() {
        let at = first.instance_path();
        panic!("{place}: the body is not as {response} says, at `{at}`: {first}\n{body}");
    }
}

/// What checks a JSON body, compiled once for each place of the document.
fn validator(schema: &str) -> Arc<Validator> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> =
        LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap();
    if let Some(known) = compiled.get(schema) {
        return Arc::clone(known);
    }
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [DOCUMENT.pointer(schema).unwrap()],
        "components": DOCUMENT["components"],
    });
    let options = jsonschema::options().should_validate_formats(true);
    let fresh = options
        .build(&whole)
        .unwrap_or_else(|error| panic!("{schema}: {error}"));
    let fresh = Arc::new(fresh);
    compiled.insert(schema.to_owned(), Arc::clone(&fresh));
    fresh
}

/// A JSON pointer to the members of these names.
pub fn pointer(names: &[&str]) -> String {
    let escaped = |name: &&str| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    names.iter().map(escaped).collect()
}
