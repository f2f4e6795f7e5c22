//! Holds every answer that a test gets against the API's document.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::app::Answer;

pub static DOCUMENT: LazyLock<Value> = LazyLock::new(trunnel_server::openapi_document);

/// Served beside the API, by somebody else.
const NOT_OURS: &str = "/playground";

/// Beside the Console's own routes.
const CONSOLE: &str = "/console/api/";

const ERROR: &str = "/components/responses/Error";

/// A request, as far as the document is about it.
pub struct Sent {
    method: String,
    path: String,
    /// Nothing where what is sent need not be what the document asks for.
    body: Option<Vec<u8>>,
}

impl Sent {
    pub fn of(request: &reqwest::Request) -> Self {
        let body = request.body().and_then(reqwest::Body::as_bytes);
        Self {
            method: request.method().as_str().to_owned(),
            path: request.url().path().to_owned(),
            body: Some(body.unwrap_or_default().to_vec()),
        }
    }

    /// The same, of someone who sends anything.
    pub fn anything(self) -> Self {
        Self { body: None, ..self }
    }
}

/// Panics where the answer is not what the document says, or what was accepted is not what
/// it asks for; with the route, the status and the place.
pub fn check(sent: &Sent, answer: &Answer) {
    let Sent { method, path, body } = sent;
    let path = public(path);
    // What HEAD is answered has no body.
    if path.starts_with(NOT_OURS) || method == "HEAD" {
        return;
    }
    let place = format!("{method} {path} -> {}", answer.status);
    let template = template(path);
    // Every public route is served there once more, for a member.
    if path.starts_with(CONSOLE) && template.is_none_or(|known| !known.starts_with(CONSOLE)) {
        return;
    }
    let Some(template) = template else {
        assert_eq!(answer.status, 404, "{place}: no such path in the document");
        return check_answer(&place, ERROR, answer);
    };
    let operation = pointer(&["paths", template, &method.to_lowercase()]);
    if DOCUMENT.pointer(&operation).is_none() {
        let refused = [404, 405].contains(&answer.status);
        assert!(refused, "{place}: no such operation");
        return check_answer(&place, ERROR, answer);
    }
    if let Some(body) = body
        && answer.status < 300
    {
        check_sent(&place, &operation, body);
    }
    let response = declared(&operation, answer.status);
    let response = response.unwrap_or_else(|| panic!("{place}: the status is not declared"));
    check_answer(&place, &response, answer);
}

/// The path itself, or that of the public route which serves it for a member in the Console.
fn public(path: &str) -> &str {
    let rest = path.strip_prefix("/console/api/");
    let at = rest.and_then(|rest| rest.splitn(3, '/').nth(2));
    let public = at.filter(|at| at.starts_with("api/"));
    public.map_or(path, |at| &path[path.len() - at.len() - 1..])
}

/// No body is an empty object.
fn check_sent(place: &str, operation: &str, body: &[u8]) {
    let wanted = format!("{operation}/requestBody/content/application~1json/schema");
    if DOCUMENT.pointer(&wanted).is_none() {
        return;
    }
    let text = std::str::from_utf8(body).unwrap().trim();
    let text = if text.is_empty() { "{}" } else { text };
    check_value(place, &wanted, &serde_json::from_str(text).unwrap());
}

/// The document's path that this one is of: of several the one that has more of it in words.
fn template(path: &str) -> Option<&'static str> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fitting = paths
        .keys()
        .filter_map(|known| Some((fit(known, path)?, known)));
    fitting.max().map(|(_, known)| known.as_str())
}

/// Whether each part is a word, or nothing where it does not fit. The last part may be all
/// the rest.
fn fit(template: &str, path: &str) -> Option<Vec<bool>> {
    static WITH_THE_REST: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let table = trunnel_server::route_table().into_iter();
        let all = table.filter(|route| route.path.contains("{*"));
        all.map(|route| route.path.replace("{*", "{")).collect()
    });
    let rest = WITH_THE_REST.contains(template);
    let wanted: Vec<_> = template.split('/').collect();
    let given: Vec<_> = if rest {
        path.splitn(wanted.len(), '/').collect()
    } else {
        path.split('/').collect()
    };
    if wanted.len() != given.len() {
        return None;
    }
    let one = |(wanted, given): (&&str, &&str)| {
        let named = wanted.starts_with('{');
        let fits = if named {
            !given.is_empty()
        } else {
            wanted == given
        };
        fits.then_some(!named)
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

fn check_answer(place: &str, response: &str, answer: &Answer) {
    let content = &DOCUMENT.pointer(response).unwrap()["content"];
    let given = answer.header("content-type").unwrap_or_default();
    let given = given.split(';').next().unwrap().trim();
    let Some(content) = content.as_object() else {
        assert!(answer.text.is_empty(), "{place}: a body: {}", answer.text);
        return;
    };
    // A provider that only asks whether somebody is there is answered with nothing.
    if answer.text.is_empty() {
        let only_json = content.keys().eq(["application/json"]);
        assert!(!only_json, "{place}: no body");
        return;
    }
    let class = format!("{}/*", given.split('/').next().unwrap());
    let known = [given, &class, "*/*"];
    let media = known.iter().find(|name| content.contains_key(**name));
    let media = media.unwrap_or_else(|| panic!("{place}: `{given}` is not declared"));
    if *media != "application/json" {
        return;
    }
    let wanted = format!("{response}/content/application~1json/schema");
    check_value(place, &wanted, &answer.json());
}

fn check_value(place: &str, schema: &str, value: &Value) {
    if let Some(first) = validator(schema).iter_errors(value).next() {
        let at = first.instance_path();
        panic!("{place}: the body is not as {schema} says, at `{at}`: {first}\n{value}");
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
