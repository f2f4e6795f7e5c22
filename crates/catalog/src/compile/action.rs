//! `actions/<id>.yaml`.

use std::path::Path;

use jsonschema::Draft;
use serde_json::Value;

use super::parts::{self, Known};
use super::{Sink, paginate};
use crate::action::{Action, Call, RequestTemplate};
use crate::source::{ActionFile, BodyType, RequestFile};

/// Compiles one action; `known` is absent when the connector itself has no form,
/// and then no complaint is made about the names of its fields.
pub(crate) fn action(sink: &mut Sink<'_>, known: Option<Known<'_>>) -> Option<Action> {
    let mut file = sink.read::<ActionFile>()?;
    check_id(sink, &file.id);
    let paging = file
        .paginate
        .take()
        .and_then(|file| paginate::paging(sink, file));
    if let Some(paging) = &paging {
        paginate::add_inputs(&mut file.input, paging);
    }
    let validator = validator(sink, "input", &file.input);
    if file.input["type"] != "object" {
        sink.add("input", "the input is an object; write `type: object`");
    }
    if let Some(output) = &file.output {
        self::validator(sink, "output", output);
    }
    let known = Known {
        input: Some(&file.input),
        ..known?
    };
    let call = request(sink, &file.request, known);
    if let Some(path) = &file.answer.path {
        parts::dotted(sink, "answer.path", path);
    }
    for (name, header) in &file.answer.headers {
        parts::header_name(sink, &format!("answer.headers.{name}"), header);
    }
    let idempotency_header = file
        .idempotency_header
        .as_deref()
        .and_then(|name| parts::header_name(sink, "idempotency_header", name));
    let failure = file.failure.map(|failure| parts::failure(sink, failure));
    Some(Action {
        id: file.id,
        name: file.name,
        description: file.description,
        docs: Some(file.docs),
        tag: file.tag,
        idempotency_header,
        call: Call::Template(Box::new(call?)),
        answer: file.answer.path,
        answer_headers: file.answer.headers,
        failure,
        paging,
        validator: validator?,
        input: file.input,
        output: file.output,
        file: Some(sink.text.file.clone()),
    })
}

fn check_id(sink: &mut Sink<'_>, id: &str) {
    let stem = Path::new(&sink.text.file)
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    if let Some(stem) = stem.filter(|stem| stem != id) {
        sink.add(
            "id",
            format!("is `{id}`, while its file is called `{stem}`"),
        );
    }
}

fn validator(sink: &mut Sink<'_>, at: &str, schema: &Value) -> Option<jsonschema::Validator> {
    match compile_schema(schema) {
        Ok(validator) => Some(validator),
        Err(error) => {
            let place = error.instance_path().as_str().replace('/', ".");
            sink.add(&format!("{at}{place}"), format!("not JSON Schema: {error}"));
            None
        }
    }
}

pub(crate) fn compile_schema(
    schema: &Value,
) -> Result<jsonschema::Validator, jsonschema::ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .offline()
        .build(schema)
}

fn request(sink: &mut Sink<'_>, file: &RequestFile, known: Known<'_>) -> Option<RequestTemplate> {
    let method = parts::method(sink, "request.method", &file.method);
    let target = parts::target(
        sink,
        "request",
        file.path.as_deref(),
        file.url.as_deref(),
        known,
    );
    let query = parts::json_entries(sink, "request.query", &file.query, known);
    let headers = parts::headers(sink, "request.headers", &file.headers, known);
    let body = file
        .body
        .as_ref()
        .map(|body| parts::json(sink, "request.body", body, known));
    match (file.body_type, &file.body) {
        (Some(BodyType::None), Some(_)) => {
            sink.add("request.body", "is never sent with `body_type: none`");
        }
        (Some(BodyType::Form), Some(body)) if !body.is_object() && !body.is_string() => {
            sink.add("request.body", "a form is an object of names and values");
        }
        _ => {}
    }
    if body.is_some() && method.as_ref().is_some_and(|m| m == "GET" || m == "HEAD") {
        sink.add("request.body", format!("{} has no body", file.method));
    }
    Some(RequestTemplate {
        method: method?,
        target: target?,
        query,
        headers,
        body,
        body_type: file.body_type,
    })
}
