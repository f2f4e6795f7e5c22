//! One operation as one action.

use jsonschema::Draft;
use serde_json::{Map, Value, json};
use url::Url;

use crate::answer;
use crate::body::{self, Body};
use crate::inputs::{Inputs, refer};
use crate::names::{label, shorten};
use crate::notes::Notes;
use crate::operations::Operation;
use crate::parameters::{self, Placed};
use crate::path::PathPattern;
use crate::refs::Refs;
use crate::schema;
use crate::servers::{self, Fields};

/// Shorter ones say nothing.
const SHORTEST_DESCRIPTION: usize = 12;

/// What is the same for all actions of a document.
pub(crate) struct Surroundings<'d, 'a> {
    pub refs: &'a Refs<'d>,
    pub source: Option<&'a Url>,
    pub docs: &'a str,
    pub base_url: &'a str,
    pub reserved: &'a [String],
}

/// The content of the action's file.
///
/// # Errors
/// Why there can be no action for this operation.
pub(crate) fn action<'d>(
    operation: &Operation<'d>,
    around: &Surroundings<'d, '_>,
    fields: &mut Fields,
    notes: &mut Notes,
) -> Result<Value, String> {
    if matches!(operation.method.as_str(), "OPTIONS" | "TRACE") {
        return Err(format!(
            "{} is not a method that an action can have",
            operation.method
        ));
    }
    let name = operation.name();
    let pattern = PathPattern::parse(operation.path)?;
    let mut inputs = Inputs::default();
    let lists = [
        operation.item.get("parameters"),
        operation.node.get("parameters"),
    ];
    let mut placed = parameters::place(around.refs, lists, around.reserved, &mut inputs)?;
    undescribed(&pattern, &mut inputs, &mut placed);
    let body = sent(operation, around.refs, &mut inputs, &mut placed)?;
    let answer = answer::answer(around.refs, operation.node);
    placed.notes.extend(answer.note);
    let nodes = [operation.node, operation.item];
    let own = servers::own_url(nodes, around.base_url, around.source, fields);
    let url = own.unwrap_or_else(|note| {
        placed.notes.push(note.to_owned());
        None
    });
    let path = pattern.render(&placed.path);
    for (name, value) in pattern.query {
        placed.query.entry(name).or_insert_with(|| json!(value));
    }
    let mut input = inputs.into_schema();
    usable(&mut input, &mut placed.notes).map_err(|e| format!("its input: {e}"))?;
    let output = answer.output.filter(|output| compiles(output).is_ok());
    for note in &placed.notes {
        notes.on(&name, note);
    }
    if let Some(accept) = answer.accept {
        placed.headers.insert("Accept".to_owned(), json!(accept));
    }
    let mut file = Map::new();
    file.insert("id".to_owned(), json!(operation.id));
    texts(operation, around.docs, &mut file);
    file.insert("input".to_owned(), input);
    file.extend(output.map(|output| ("output".to_owned(), output)));
    let idempotency = placed.idempotency_header.take();
    file.insert(
        "request".to_owned(),
        request(operation, url, &path, placed, body),
    );
    file.extend(idempotency.map(|header| ("idempotency_header".to_owned(), json!(header))));
    Ok(Value::Object(file))
}

/// Names in the path that no parameter describes are asked for all the same.
fn undescribed(pattern: &PathPattern, inputs: &mut Inputs, placed: &mut Placed) {
    for name in pattern.names() {
        if !placed.path.contains_key(name) {
            let schema = Map::from_iter([("type".to_owned(), json!("string"))]);
            let given = inputs.add(name, "path", schema, true);
            placed.path.insert(name.to_owned(), refer(&[&given]));
        }
    }
}

fn sent<'d>(
    operation: &Operation<'d>,
    refs: &Refs<'d>,
    inputs: &mut Inputs,
    placed: &mut Placed,
) -> Result<Option<Body>, String> {
    if !matches!(operation.method.as_str(), "GET" | "HEAD") {
        let body = body::body(refs, operation.node, inputs)?;
        placed
            .notes
            .extend(body.as_ref().and_then(|body| body.note).map(str::to_owned));
        return Ok(body);
    }
    let Some(body) = operation.node.get("requestBody") else {
        return Ok(None);
    };
    if body.get("required") == Some(&Value::Bool(true)) {
        return Err(format!(
            "it needs a body, which a {} cannot have",
            operation.method
        ));
    }
    placed
        .notes
        .push("the body is left out, since a GET or HEAD has none".to_owned());
    Ok(None)
}

fn texts(operation: &Operation<'_>, docs: &str, file: &mut Map<String, Value>) {
    let name = operation
        .text("summary")
        .map(|text| shorten(text.lines().next().unwrap_or(text), 100));
    let name = name
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| label(&operation.id));
    let description = operation
        .text("description")
        .or_else(|| operation.text("summary"));
    let description = description.filter(|text| text.len() >= SHORTEST_DESCRIPTION);
    let mut description = description.map_or_else(
        || format!("{name} ({}).", operation.name()),
        |d| shorten(d, 1000),
    );
    if operation.node.get("deprecated") == Some(&Value::Bool(true)) {
        description = format!("Deprecated. {description}");
    }
    let own = operation
        .node
        .pointer("/externalDocs/url")
        .and_then(Value::as_str);
    let own = own.filter(|url| url.starts_with("https://"));
    file.insert("name".to_owned(), json!(name));
    file.insert("description".to_owned(), json!(description));
    file.insert("docs".to_owned(), json!(own.unwrap_or(docs)));
}

fn request(
    operation: &Operation<'_>,
    url: Option<String>,
    path: &str,
    placed: Placed,
    body: Option<Body>,
) -> Value {
    let mut request = Map::new();
    request.insert("method".to_owned(), json!(operation.method));
    match url {
        Some(url) => {
            // Each alternative of the address is one of the whole.
            let url: Vec<String> = url
                .split(" || ")
                .map(|base| format!("{base}{path}"))
                .collect();
            request.insert("url".to_owned(), json!(url.join(" || ")))
        }
        None => request.insert("path".to_owned(), json!(path)),
    };
    if !placed.query.is_empty() {
        request.insert("query".to_owned(), Value::Object(placed.query));
    }
    let mut headers = placed.headers;
    if let Some(body) = body {
        request.insert("body".to_owned(), body.template);
        let written = body.written;
        request.extend(written.map(|kind| ("body_type".to_owned(), json!(kind))));
        headers.extend(
            body.content_type
                .map(|value| ("Content-Type".to_owned(), json!(value))),
        );
    }
    if !headers.is_empty() {
        request.insert("headers".to_owned(), Value::Object(headers));
    }
    Value::Object(request)
}

/// Patterns are written for many kinds of programs; those that this one cannot
/// read are no reason to do without the action.
fn usable(input: &mut Value, notes: &mut Vec<String>) -> Result<(), String> {
    if compiles(input).is_ok() {
        return Ok(());
    }
    schema::drop_patterns(input);
    notes.push("patterns of inputs are left out, because one cannot be read".to_owned());
    compiles(input)
}

fn compiles(schema: &Value) -> Result<(), String> {
    let built = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .offline()
        .build(schema);
    built.map(|_| ()).map_err(|error| error.to_string())
}
