//! The pieces that connectors and actions share: templates and the names in them.

use std::collections::BTreeMap;

use http::{HeaderName, Method};
use regex::Regex;
use serde_json::{Map, Value};

use super::Sink;
use crate::action::Target;
use crate::auth::probe::Probe;
use crate::path::is_path;
use crate::response::Failure;
use crate::source::{FailureFile, ProbeFile};
use crate::template::json::JsonTemplate;
use crate::template::path::PathTemplate;
use crate::template::url::UrlTemplate;
use crate::template::{Reference, Template};

/// What the placeholders of one place may name.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one placeholder has a value in this place"
)]
pub(crate) struct Known<'a> {
    pub fields: &'a [String],
    pub credentials: &'a [String],
    /// The input's JSON Schema, where there is an input.
    pub input: Option<&'a Value>,
    pub access_token: bool,
    pub refresh_token: bool,
    /// The developer's client, id and secret.
    pub client: bool,
    /// What the requests before this one keep.
    pub steps: &'a [String],
    pub assertion: bool,
    pub instance: bool,
}

impl Known<'_> {
    fn problem(&self, reference: &Reference) -> Option<String> {
        let declared = |names: &[String], name: &String, kind: &str| {
            (!names.contains(name)).then(|| {
                let names = if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                };
                format!("`${{{reference}}}` names no {kind}; there are: {names}")
            })
        };
        let here = |allowed: bool| {
            (!allowed).then(|| format!("`${{{reference}}}` has no value in this place"))
        };
        match reference {
            Reference::Input(steps) => match self.input {
                Some(schema) => (!has_input(schema, steps))
                    .then(|| format!("`${{{reference}}}` is not among the properties of `input`")),
                None => here(false),
            },
            Reference::Field(name) => declared(self.fields, name, "field"),
            Reference::Credential(name) => declared(self.credentials, name, "credential"),
            Reference::AccessToken => here(self.access_token),
            Reference::RefreshToken => here(self.refresh_token),
            Reference::ClientId | Reference::ClientSecret => here(self.client),
            Reference::Step(name) => declared(self.steps, name, "step"),
            Reference::Assertion => here(self.assertion),
            Reference::Random | Reference::Now | Reference::NowMs | Reference::Date(_) => None,
            Reference::InstanceUrl | Reference::InstancePublicUrl => (!self.instance).then(|| {
                format!("`${{{reference}}}` is only for connectors with `instance: true`")
            }),
        }
    }

    fn check<'r>(
        &self,
        sink: &mut Sink<'_>,
        path: &str,
        references: impl IntoIterator<Item = &'r Reference>,
    ) {
        for reference in references {
            if let Some(problem) = self.problem(reference) {
                sink.add(path, problem);
            }
        }
    }
}

fn has_input(schema: &Value, steps: &[String]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    let Some(properties) = schema["properties"].as_object() else {
        // A free-form object or a list: what is in it shows only at the call.
        return true;
    };
    properties
        .get(step)
        .is_some_and(|property| has_input(property, rest))
}

pub(crate) fn template(
    sink: &mut Sink<'_>,
    path: &str,
    text: &str,
    known: Known<'_>,
) -> Option<Template> {
    let parsed = note(sink, path, Template::parse(text))?;
    known.check(sink, path, parsed.references());
    Some(parsed)
}

pub(crate) fn url(
    sink: &mut Sink<'_>,
    path: &str,
    text: &str,
    known: Known<'_>,
) -> Option<UrlTemplate> {
    let parsed = note(sink, path, UrlTemplate::parse(text))?;
    known.check(sink, path, parsed.references());
    if known.instance && !parsed.is_instance() {
        sink.add(
            path,
            "a connector with `instance: true` calls only `${instance.url}`",
        );
    }
    Some(parsed)
}

pub(crate) fn json(
    sink: &mut Sink<'_>,
    path: &str,
    value: &Value,
    known: Known<'_>,
) -> JsonTemplate {
    let parsed = JsonTemplate::parse(value, path, &mut |path, message| sink.add(path, message));
    known.check(sink, path, parsed.references());
    parsed
}

pub(crate) fn json_entries(
    sink: &mut Sink<'_>,
    path: &str,
    entries: &Map<String, Value>,
    known: Known<'_>,
) -> Vec<(String, JsonTemplate)> {
    entries
        .iter()
        .map(|(name, value)| {
            (
                name.clone(),
                json(sink, &format!("{path}.{name}"), value, known),
            )
        })
        .collect()
}

pub(crate) fn texts(
    sink: &mut Sink<'_>,
    path: &str,
    entries: &BTreeMap<String, String>,
    known: Known<'_>,
) -> Vec<(String, Template)> {
    let mut parsed = Vec::new();
    for (name, text) in entries {
        let path = format!("{path}.{name}");
        parsed.extend(template(sink, &path, text, known).map(|t| (name.clone(), t)));
    }
    parsed
}

pub(crate) fn headers(
    sink: &mut Sink<'_>,
    path: &str,
    entries: &BTreeMap<String, String>,
    known: Known<'_>,
) -> Vec<(HeaderName, Template)> {
    let mut parsed = Vec::new();
    for (name, text) in entries {
        let path = format!("{path}.{name}");
        let name = header_name(sink, &path, name);
        if text.chars().any(char::is_control) {
            sink.add(&path, "a header value has no control characters");
        }
        parsed.extend(name.zip(template(sink, &path, text, known)));
    }
    parsed
}

pub(crate) fn header_name(sink: &mut Sink<'_>, path: &str, name: &str) -> Option<HeaderName> {
    note(
        sink,
        path,
        HeaderName::try_from(name).map_err(|_| format!("`{name}` is no header name")),
    )
}

pub(crate) fn method(sink: &mut Sink<'_>, path: &str, name: &str) -> Option<Method> {
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&name);
    let method = known
        .then(|| Method::from_bytes(name.as_bytes()).ok())
        .flatten();
    let problem = || format!("`{name}` is no method; write GET, POST, PUT, PATCH, DELETE or HEAD");
    note(sink, path, method.ok_or_else(problem))
}

pub(crate) fn target(
    sink: &mut Sink<'_>,
    at: &str,
    path: Option<&str>,
    whole: Option<&str>,
    known: Known<'_>,
) -> Option<Target> {
    match (path, whole) {
        (Some(path), None) => {
            let field = format!("{at}.path");
            let parsed = note(sink, &field, PathTemplate::parse(path))?;
            known.check(sink, &field, parsed.references());
            Some(Target::Path(parsed))
        }
        (None, Some(whole)) => url(sink, &format!("{at}.url"), whole, known).map(Target::Url),
        (Some(_), Some(_)) => {
            sink.add(at, "has both `path` and `url`; write one of them");
            None
        }
        (None, None) => {
            sink.add(at, "needs `path` (below `base_url`) or `url` (a whole one)");
            None
        }
    }
}

pub(crate) fn probe(
    sink: &mut Sink<'_>,
    at: &str,
    file: ProbeFile,
    known: Known<'_>,
) -> Option<Probe> {
    let method = method(sink, &format!("{at}.method"), &file.method);
    let target = target(sink, at, file.path.as_deref(), file.url.as_deref(), known);
    let headers = headers(sink, &format!("{at}.headers"), &file.headers, known);
    let query = texts(sink, &format!("{at}.query"), &file.query, known);
    let body = file
        .body
        .as_ref()
        .map(|body| json(sink, &format!("{at}.body"), body, known));
    if let Some(identifier) = &file.identifier {
        dotted(sink, &format!("{at}.identifier"), identifier);
    }
    statuses(sink, &format!("{at}.ok"), &file.ok);
    field_paths(sink, &format!("{at}.fields"), &file.fields, known);
    Some(Probe {
        method: method?,
        target: target?,
        headers,
        query,
        body,
        ok: file.ok,
        identifier: file.identifier,
        fields: file.fields,
    })
}

/// A map from connection fields to paths in an answer.
pub(crate) fn field_paths(
    sink: &mut Sink<'_>,
    at: &str,
    paths: &BTreeMap<String, String>,
    known: Known<'_>,
) {
    for (name, path) in paths {
        let at = format!("{at}.{name}");
        known.check(sink, &at, [&Reference::Field(name.clone())]);
        dotted(sink, &at, path);
    }
}

/// A pattern, which the example must match.
pub(crate) fn pattern(
    sink: &mut Sink<'_>,
    at: &str,
    pattern: Option<&str>,
    example: Option<&str>,
) -> Option<Regex> {
    let pattern = pattern?;
    let Ok(regex) = Regex::new(pattern) else {
        sink.add(
            &format!("{at}.pattern"),
            format!("`{pattern}` is no regular expression"),
        );
        return None;
    };
    if let Some(example) = example.filter(|example| !regex.is_match(example)) {
        sink.add(
            &format!("{at}.example"),
            format!("`{example}` does not match the pattern"),
        );
    }
    Some(regex)
}

pub(crate) fn dotted(sink: &mut Sink<'_>, at: &str, path: &str) {
    if !is_path(path) {
        sink.add(
            at,
            format!("`{path}` is no dotted path; write one such as `data.id`"),
        );
    }
}

pub(crate) fn statuses(sink: &mut Sink<'_>, at: &str, statuses: &[u16]) {
    for status in statuses
        .iter()
        .filter(|status| !(100..600).contains(*status))
    {
        sink.add(at, format!("{status} is no HTTP status"));
    }
}

pub(crate) fn failure(sink: &mut Sink<'_>, file: FailureFile) -> Failure {
    dotted(sink, "failure.path", &file.path);
    if let Some(code) = &file.code {
        dotted(sink, "failure.code", code);
    }
    Failure {
        path: file.path,
        equals: file.equals,
        code: file.code,
        auth_codes: file.auth_codes,
        transient_codes: file.transient_codes,
    }
}

fn note<T>(sink: &mut Sink<'_>, path: &str, parsed: Result<T, String>) -> Option<T> {
    match parsed {
        Ok(value) => Some(value),
        Err(message) => {
            sink.add(path, message);
            None
        }
    }
}
