//! The action that every connector has: a request that the caller writes.
//!
//! The credential travels with it, so the caller decides neither whom it goes to
//! nor what the credential's own headers say.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, Method};
use serde_json::{Map, Value, json};
use url::Url;

use crate::action::{Action, Call};
use crate::compile::compile_schema;
use crate::encode;
use crate::fault::BuildFault;
use crate::path::plain_text;
use crate::template::path::below;
use crate::template::url::has_dot_segment;

pub(crate) const ID: &str = "httprequest";

/// Headers that belong to the connection, or that say who is asking.
const RESERVED: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(crate) fn is_reserved(header: &HeaderName) -> bool {
    RESERVED.contains(&header.as_str())
}

pub(crate) fn action(connector: &str) -> Option<Action> {
    let input = schema();
    let validator = compile_schema(&input).ok()?;
    Some(Action {
        id: ID.to_owned(),
        name: "HTTP Request".to_owned(),
        description: format!("Calls any endpoint of {connector} with the customer's credential."),
        docs: None,
        tag: "v2".to_owned(),
        input,
        output: None,
        idempotency_header: None,
        call: Call::Caller,
        answer: None,
        answer_headers: BTreeMap::new(),
        failure: None,
        paging: None,
        validator,
        file: None,
    })
}

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["method", "path"],
        "properties": {
            "method": {
                "title": "Method",
                "type": "string",
                "enum": ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
            },
            "path": {
                "title": "Path",
                "type": "string",
                "minLength": 1,
                "description": "Below the connector's base URL; it may carry a query.",
                "examples": ["/"]
            },
            "query": {
                "title": "Query",
                "type": "object",
                "description": "Query parameters; a list repeats its name."
            },
            "headers": {
                "title": "Headers",
                "type": "object",
                "additionalProperties": { "type": ["string", "number", "boolean"] }
            },
            "body": {
                "title": "Body",
                "description": "Sent as JSON; as it is when it is a text with a `Content-Type`."
            }
        }
    })
}

pub(crate) fn method(input: &Map<String, Value>) -> Result<Method, BuildFault> {
    let name = input
        .get("method")
        .and_then(Value::as_str)
        .unwrap_or("GET")
        .to_ascii_uppercase();
    match name.as_str() {
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" => {
            Method::from_bytes(name.as_bytes()).map_err(|e| BuildFault::Url(e.to_string()))
        }
        _ => Err(BuildFault::value(
            "input.method",
            "is not a method that can be used",
        )),
    }
}

/// The caller's path below the base URL. A path that is itself a URL, or that a
/// parser would read as one, stays a path or is refused.
pub(crate) fn url(base: &Url, input: &Map<String, Value>) -> Result<Url, BuildFault> {
    let Some(text) = input.get("path").and_then(Value::as_str) else {
        return Err(BuildFault::Absent {
            name: "input.path".to_owned(),
        });
    };
    path_below(base, text, "input.path")
}

/// A caller's path, with its query, below the base URL.
pub(crate) fn path_below(base: &Url, text: &str, at: &str) -> Result<Url, BuildFault> {
    let refuse = |problem: &str| Err(BuildFault::value(at, problem));
    if text.contains("://") && !text.starts_with(['/', '?']) || text.starts_with("//") {
        return refuse("must be a path below the connector's base URL, not a URL");
    }
    if text.contains(['\\', '#']) || text.chars().any(char::is_control) {
        return refuse("must not hold `\\`, `#` or control characters");
    }
    let path = text.split_once('?').map_or(text, |(path, _)| path);
    if has_dot_segment(path) {
        return refuse("must not hold `.` or `..` segments");
    }
    let slash = if text.starts_with(['/', '?']) {
        ""
    } else {
        "/"
    };
    below(base, &format!("{slash}{text}"))
}

pub(crate) fn query(input: &Map<String, Value>) -> Result<Vec<(String, String)>, BuildFault> {
    let mut pairs = Vec::new();
    let Some(Value::Object(query)) = input.get("query") else {
        return Ok(pairs);
    };
    for (name, value) in query {
        push_query(&format!("input.query.{name}"), name, value, &mut pairs)?;
    }
    Ok(pairs)
}

/// One query entry; a list repeats the name, `null` leaves it out.
pub(crate) fn push_query(
    at: &str,
    name: &str,
    value: &Value,
    pairs: &mut Vec<(String, String)>,
) -> Result<(), BuildFault> {
    let items = match value {
        Value::Null => return Ok(()),
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for item in items {
        let text = plain_text(item).ok_or_else(|| {
            BuildFault::value(at, "must be a text, a number, a boolean or a list")
        })?;
        pairs.push((name.to_owned(), text));
    }
    Ok(())
}

/// The caller's headers. `taken` are those of the credential.
pub(crate) fn headers(
    input: &Map<String, Value>,
    taken: &[HeaderName],
) -> Result<HeaderMap, BuildFault> {
    let mut headers = HeaderMap::new();
    let Some(Value::Object(given)) = input.get("headers") else {
        return Ok(headers);
    };
    for (name, value) in given {
        let fault = |problem: &str| BuildFault::value(format!("input.headers.{name}"), problem);
        let Ok(header) = HeaderName::try_from(name.as_str()) else {
            return Err(fault("is no header name"));
        };
        if is_reserved(&header) || taken.contains(&header) {
            return Err(fault("is set by the connection and cannot be given"));
        }
        let Some(text) = plain_text(value) else {
            return Err(fault("must be a text, a number or a boolean"));
        };
        let value =
            encode::header_value(&text).ok_or_else(|| fault("must not hold control characters"))?;
        headers.insert(header, value);
    }
    Ok(headers)
}
