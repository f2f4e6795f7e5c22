//! One operation of a connector.

use std::collections::BTreeMap;

use http::{HeaderName, Method};
use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use crate::fault::InputFault;
use crate::paginate::Paging;
use crate::path::plain_text;
use crate::response::Failure;
use crate::source::BodyType;
use crate::template::json::JsonTemplate;
use crate::template::path::PathTemplate;
use crate::template::url::UrlTemplate;
use crate::template::{Reference, Template};
use crate::view::{InputFieldView, schema_fields};

#[derive(Debug)]
pub struct Action {
    pub id: String,
    pub name: String,
    pub description: String,
    /// The provider's page about it.
    pub docs: Option<String>,
    pub tag: String,
    /// JSON Schema of what a caller gives.
    pub input: Value,
    /// JSON Schema of what comes back.
    pub output: Option<Value>,
    /// Header by which the provider recognises a repeated call.
    pub idempotency_header: Option<HeaderName>,
    pub(crate) call: Call,
    pub(crate) answer: Option<String>,
    /// Member of the output -> header of the answer.
    pub(crate) answer_headers: BTreeMap<String, String>,
    pub(crate) failure: Option<Failure>,
    pub(crate) paging: Option<Paging>,
    pub(crate) validator: Validator,
    /// The file it was read from; none for the built-in one.
    pub(crate) file: Option<String>,
}

/// How the action's request comes about.
#[derive(Debug)]
pub(crate) enum Call {
    /// The caller writes it: `httprequest`.
    Caller,
    Template(Box<RequestTemplate>),
}

#[derive(Debug)]
pub(crate) struct RequestTemplate {
    pub method: Method,
    pub target: Target,
    pub query: Vec<(String, JsonTemplate)>,
    pub headers: Vec<(HeaderName, Template)>,
    pub body: Option<JsonTemplate>,
    /// The connector's, when the action says nothing.
    pub body_type: Option<BodyType>,
}

/// Below the connector's base URL, or elsewhere.
#[derive(Debug)]
pub(crate) enum Target {
    Path(PathTemplate),
    Url(UrlTemplate),
}

impl RequestTemplate {
    /// Every placeholder of the request.
    pub(crate) fn references(&self) -> Vec<&Reference> {
        let json = self.query.iter().map(|(_, value)| value).chain(&self.body);
        let headers = self
            .headers
            .iter()
            .flat_map(|(_, template)| template.references());
        let target = self.target.references().into_iter();
        target
            .chain(json.flat_map(JsonTemplate::references))
            .chain(headers)
            .collect()
    }
}

impl Target {
    pub(crate) fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Path(path) => path.references().collect(),
            Self::Url(url) => url.references().collect(),
        }
    }
}

impl Action {
    /// Whether a caller's input is what the action takes; every fault is named.
    pub fn check(&self, input: &Value) -> Result<(), Vec<InputFault>> {
        let mut faults: Vec<InputFault> = self
            .validator
            .iter_errors(input)
            .map(|error| explain(&error))
            .collect();
        if faults.is_empty() {
            return Ok(());
        }
        faults.sort_by(|a, b| (&a.field, &a.message).cmp(&(&b.field, &b.message)));
        faults.dedup();
        Err(faults)
    }

    /// The inputs as a form shows them, in the order of the schema.
    pub fn input_fields(&self) -> Vec<InputFieldView> {
        schema_fields(&self.input)
    }
}

fn explain(error: &jsonschema::ValidationError<'_>) -> InputFault {
    let mut field = dotted(error.instance_path().as_str());
    let message = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = plain_text(property).unwrap_or_default();
            let dot = if field.is_empty() { "" } else { "." };
            field = format!("{field}{dot}{name}");
            "is required".to_owned()
        }
        ValidationErrorKind::Type { kind } => format!("must be {}", types(kind)),
        ValidationErrorKind::Enum { options } => format!("must be one of {}", listed(options)),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::Format { format } => format!("is not a valid {format}"),
        ValidationErrorKind::Pattern { pattern } => format!("must match `{pattern}`"),
        ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        ValidationErrorKind::MinLength { limit } => format!("needs at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("may have at most {limit} characters"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::MinItems { limit } => format!("needs at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("may have at most {limit} items"),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("has no member named {}", unexpected.join(", "))
        }
        // The value stays out: it may be a secret, and the caller knows it.
        _ => error.masked().to_string(),
    };
    InputFault { field, message }
}

fn dotted(pointer: &str) -> String {
    let steps = pointer.split('/').skip(1);
    steps
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect::<Vec<_>>()
        .join(".")
}

fn types(kind: &TypeKind) -> String {
    let name = |kind: &dyn std::fmt::Display| match kind.to_string().as_str() {
        "string" => "a text".to_owned(),
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "an object".to_owned(),
        other => other.to_owned(),
    };
    match kind {
        TypeKind::Single(kind) => name(kind),
        TypeKind::Multiple(kinds) => kinds
            .iter()
            .map(|kind| name(&kind))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn listed(options: &Value) -> String {
    let Value::Array(options) = options else {
        return options.to_string();
    };
    let options: Vec<_> = options
        .iter()
        .map(|o| plain_text(o).unwrap_or_else(|| o.to_string()))
        .collect();
    options.join(", ")
}
