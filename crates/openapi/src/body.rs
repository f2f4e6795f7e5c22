//! What an operation sends.

use serde_json::{Map, Value, json};

use crate::inputs::{self, Inputs};
use crate::refs::Refs;
use crate::schema::{Converter, Direction};

/// The body of a request's template.
pub(crate) struct Body {
    pub template: Value,
    /// The connector's own, when there is none.
    pub written: Option<&'static str>,
    /// Where the body is not simply JSON or a form.
    pub content_type: Option<String>,
    pub note: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Form,
    Text,
}

/// The operation's body, its parts among the inputs.
///
/// # Errors
/// Why the operation cannot be called.
pub(crate) fn body<'d>(
    refs: &Refs<'d>,
    operation: &'d Value,
    inputs: &mut Inputs,
) -> Result<Option<Body>, String> {
    let Some(node) = operation.get("requestBody") else {
        return Ok(None);
    };
    let node = refs.target(node).map_err(|e| format!("its body: {e}"))?;
    let content = node
        .get("content")
        .and_then(Value::as_object)
        .filter(|c| !c.is_empty());
    let Some(content) = content else {
        return Ok(None);
    };
    let known = content
        .iter()
        .filter_map(|(name, media)| Some((kind(name)?, name, media)));
    let best = known.min_by_key(|(kind, name, _)| (*kind as u8, essence(name).len()));
    let Some((kind, name, media)) = best else {
        let names: Vec<&str> = content.keys().take(3).map(String::as_str).collect();
        let names = names.join(", ");
        return Err(format!(
            "its body is {names}, and only JSON, forms and texts can be sent"
        ));
    };
    // Documents often forget to say that a body must be given, never that it need not.
    let required = node.get("required") != Some(&Value::Bool(false));
    let schemas: Vec<&Value> = media.get("schema").into_iter().collect();
    let mut body = if kind == Kind::Text {
        whole(
            inputs,
            Map::from_iter([("type".to_owned(), json!("string"))]),
            required,
        )
    } else {
        content_of(refs, &schemas, required, inputs).map_err(|e| format!("its body: {e}"))?
    };
    body.written = (kind != Kind::Json).then_some("form");
    body.content_type = match (kind, essence(name)) {
        (Kind::Json, "application/json" | "*/*" | "application/*") | (Kind::Form, _) => None,
        (_, "text/*") => Some("text/plain".to_owned()),
        (_, other) => Some(other.to_owned()),
    };
    Ok(Some(body))
}

/// Members as inputs of their own, or one input for the whole.
fn content_of<'d>(
    refs: &Refs<'d>,
    schemas: &[&'d Value],
    required: bool,
    inputs: &mut Inputs,
) -> Result<Body, crate::refs::RefFault> {
    let mut converter = Converter::new(refs, Direction::Input);
    let merged = converter.gather(schemas)?;
    let mut whole_schema = converter.convert(schemas, 0)?.unwrap_or_default();
    let is_object = whole_schema.get("type") == Some(&json!("object"));
    let choices = ["anyOf", "allOf"]
        .iter()
        .any(|name| whole_schema.contains_key(*name));
    let members = match whole_schema.get_mut("properties") {
        Some(Value::Object(members)) if is_object && !choices && members.len() <= inputs::MOST => {
            std::mem::take(members)
        }
        _ => return Ok(whole(inputs, whole_schema, required)),
    };
    let asked = whole_schema.get("required").and_then(Value::as_array);
    let mut template = Map::new();
    for (wire, schema) in members {
        let Value::Object(schema) = schema else {
            continue;
        };
        let asked = required && asked.is_some_and(|names| names.contains(&json!(wire)));
        let name = inputs.add(&wire, "body", schema, asked);
        template.insert(wire, json!(inputs::refer(&[&name])));
    }
    let open = |value: &Value| value == &Value::Bool(true) || value.is_object();
    let note = "members of the body that the document does not list cannot be given; the action \
                `httprequest` can send them";
    Ok(Body {
        template: Value::Object(template),
        written: None,
        content_type: None,
        note: merged
            .get("additionalProperties")
            .is_some_and(open)
            .then_some(note),
    })
}

fn whole(inputs: &mut Inputs, schema: Map<String, Value>, required: bool) -> Body {
    let name = inputs.add("body", "request", schema, required);
    Body {
        template: json!(inputs::refer(&[&name])),
        written: None,
        content_type: None,
        note: None,
    }
}

/// `application/json` of `application/json; charset=utf-8`.
pub(crate) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

pub(crate) fn is_json(essence: &str) -> bool {
    let lower = essence.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "application/json" | "*/*" | "application/*" | "text/json"
    ) || lower.starts_with("application/") && lower.ends_with("+json")
}

fn kind(media_type: &str) -> Option<Kind> {
    let essence = essence(media_type);
    if http::HeaderValue::from_str(essence).is_err() || essence.contains(['$', '|']) {
        return None;
    }
    if is_json(essence) {
        Some(Kind::Json)
    } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Some(Kind::Form)
    } else if essence.starts_with("text/") {
        Some(Kind::Text)
    } else {
        None
    }
}
