//! What a proxy does, read and checked.

use http::Method;
use serde_json::{Map, Value};
use trunnel_catalog::Paginator;
use trunnel_model::fault::Fault;

use super::field::{self, Field};
use crate::my_app::{Members, RequestForm, Root, UrlTemplate, script};

#[derive(Debug)]
pub(super) struct Definition {
    pub(super) fields: Vec<Field>,
    pub(super) request: RequestForm,
    pub(super) script: Option<String>,
    pub(super) paginate: Option<Paginator>,
    /// The environment's tokens are not put into this request.
    pub(super) without_tokens: bool,
}

impl Definition {
    /// Reads `fields`, `request` and `options`.
    pub(super) fn read(definition: &Map<String, Value>) -> Result<Self, Fault> {
        let top = Members {
            object: definition,
            at: "",
        };
        let fields = field::read(top.value("fields"))?;
        let missing = || Fault::field("request", "`request` is required");
        let request = Members {
            object: top.members("request")?.ok_or_else(missing)?,
            at: "request",
        };
        request.only(&[
            "method",
            "base_url",
            "endpoint",
            "path_params",
            "query",
            "headers",
            "body",
            "body_type",
            "pre_request_script",
        ])?;
        let form = RequestForm::read(&request, url(&request, &fields)?, &Method::GET)?;
        for reference in form.references() {
            let unknown = reference
                .field()
                .and_then(|name| field::unknown(&fields, name));
            if let Some(fault) = unknown {
                return Err(fault);
            }
        }
        let nothing = Map::new();
        let options = Members {
            object: top.members("options")?.unwrap_or(&nothing),
            at: "options",
        };
        options.only(&["paginate", "override_global_token_injection"])?;
        Ok(Self {
            fields,
            request: form,
            script: script(&request, "pre_request_script")?,
            paginate: options.members("paginate")?.map(paginate).transpose()?,
            without_tokens: options.yes("override_global_token_injection")?,
        })
    }

    /// Whether the request itself wants something of the token endpoint's answer.
    pub(super) fn wants_response(&self) -> bool {
        let mut references = self.request.references();
        references.any(|reference| reference.root == Root::Response) || self.script.is_some()
    }
}

/// Base URL and endpoint as one, with the parts of the path filled in: `{id}` is
/// `path_params.id`, or else the field of that name.
fn url(request: &Members<'_>, fields: &[Field]) -> Result<UrlTemplate, Fault> {
    let base = request.required("base_url")?.trim().trim_end_matches('/');
    let endpoint = request.text("endpoint")?.unwrap_or_default().trim();
    let slash = if endpoint.is_empty() || endpoint.starts_with(['/', '?']) {
        ""
    } else {
        "/"
    };
    let params = request.members("path_params")?;
    let named = |name: &str| match params.and_then(|params| params.get(name)) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(_) => Err(request.fault(&format!("path_params.{name}"), "must be a text")),
        None if fields.iter().any(|field| field.name == name) => {
            Ok(format!("{{{{input.{name}}}}}"))
        }
        None => {
            let problem =
                format!("has `{{{name}}}`, which is neither a field nor in `path_params`");
            Err(request.fault("endpoint", problem))
        }
    };
    let endpoint = filled_in(endpoint, &named)?;
    for name in params.into_iter().flatten().map(|(name, _)| name) {
        if !endpoint.1.contains(name) {
            let problem = format!("is not used: the endpoint has no `{{{name}}}`");
            return Err(request.fault(&format!("path_params.{name}"), problem));
        }
    }
    UrlTemplate::parse(base).map_err(|problem| request.fault("base_url", problem))?;
    let whole = format!("{base}{slash}{}", endpoint.0);
    UrlTemplate::parse(&whole).map_err(|problem| request.fault("endpoint", problem))
}

/// The endpoint without its `{name}`s, and their names. `{{...}}` stays.
fn filled_in(
    endpoint: &str,
    named: &dyn Fn(&str) -> Result<String, Fault>,
) -> Result<(String, Vec<String>), Fault> {
    let (mut filled, mut names) = (String::new(), Vec::new());
    let mut rest = endpoint;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let (open, close) = if rest.starts_with("{{") {
            (2, "}}")
        } else {
            (1, "}")
        };
        let Some(end) = rest[open..].find(close) else {
            break;
        };
        let inside = &rest[open..open + end];
        if open == 2 {
            filled.push_str(&rest[..open + end + close.len()]);
        } else {
            filled.push_str(&named(inside)?);
            names.push(inside.to_owned());
        }
        rest = &rest[open + end + close.len()..];
    }
    filled.push_str(rest);
    Ok((filled, names))
}

/// A proxy that has pages gathers them unless it is told otherwise.
fn paginate(file: &Map<String, Value>) -> Result<Paginator, Fault> {
    let mut file = file.clone();
    file.entry("always").or_insert(true.into());
    Paginator::read(&Value::Object(file)).map_err(|faults| {
        let first = faults.first();
        let at = first.map(|fault| fault.field.as_str()).unwrap_or_default();
        let at = at
            .strip_prefix("paginate")
            .unwrap_or(at)
            .trim_start_matches('.');
        let dot = if at.is_empty() { "" } else { "." };
        let place = format!("options.paginate{dot}{at}");
        let problem = first.map_or("cannot be read", |fault| fault.message.as_str());
        Fault::field(&place, format!("`{place}` {problem}"))
    })
}
