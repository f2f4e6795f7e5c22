//! Cheap calls that tell whether a credential works and whose it is.

use std::collections::BTreeMap;

use http::{HeaderName, Method};
use serde_json::Value;
use trunnel_model::http::{HttpAnswer, HttpRequest};

use crate::access::Access;
use crate::action::Target;
use crate::connector::Fields;
use crate::fault::BuildFault;
use crate::path::{dig, plain_text};
use crate::request;
use crate::response::body;
use crate::template::Template;
use crate::template::json::JsonTemplate;

#[derive(Debug)]
pub struct Probe {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) query: Vec<(String, Template)>,
    pub(crate) body: Option<JsonTemplate>,
    /// Statuses that prove the credential besides those that always do.
    pub(crate) ok: Vec<u16>,
    pub(crate) identifier: Option<String>,
    /// Connection field -> path in the answer.
    pub(crate) fields: BTreeMap<String, String>,
}

impl Probe {
    pub(crate) fn identifier(&self, answer: &HttpAnswer) -> Option<String> {
        let body = body(answer);
        let text = dig(&body, self.identifier.as_deref()?).and_then(plain_text)?;
        Some(text).filter(|text| !text.is_empty())
    }
}

/// The call that tells whether a credential works and whose it is, for options that
/// have one.
pub fn probe_request(access: &Access<'_>) -> Result<Option<HttpRequest>, BuildFault> {
    let Some(probe) = access.option.probe.as_ref() else {
        return Ok(None);
    };
    request::probe_request(access, probe).map(Some)
}

/// Whose credential it is, from the answer to an identity or verify call.
pub fn read_identifier(probe: &Probe, answer: &HttpAnswer) -> Option<String> {
    probe
        .identifier(answer)
        .filter(|_| (200..300).contains(&answer.status))
}

/// Connection fields that the answer to an identity call fills, such as the data
/// centre of the account. They belong with those of the token answer.
pub fn read_fields(probe: &Probe, answer: &HttpAnswer) -> Fields {
    if !(200..300).contains(&answer.status) {
        return Fields::new();
    }
    pick_fields(&probe.fields, &body(answer))
}

pub(crate) fn pick_fields(paths: &BTreeMap<String, String>, body: &Value) -> Fields {
    let found = paths.iter().filter_map(|(name, path)| {
        let text = dig(body, path)
            .and_then(plain_text)
            .filter(|text| !text.is_empty())?;
        Some((name.clone(), Value::String(text)))
    });
    found.collect()
}
