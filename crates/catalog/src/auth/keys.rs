//! Credentials that a customer types.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_model::secret::Secret;

use super::{asked, check_choice, check_fields, given_text, unknown};
use crate::connector::{AuthType, Connector, Credential, Fields, Instance, KeyField, KeyFieldKind};
use crate::fault::{BuildFault, InputFault};
use crate::request::probe_request;
use crate::response::{FailureClass, RetryAfter, body, failure_class};
use crate::template::Scope;

/// Checks a credential that came in one flat object with the connection's fields,
/// and takes the two apart.
pub fn check_key_credentials(
    connector: &Connector,
    given: &Map<String, Value>,
) -> Result<(BTreeMap<String, Secret>, Fields), Vec<InputFault>> {
    let Some(keybased) = &connector.keybased else {
        return Err(vec![InputFault::new(
            "",
            "the connector takes no key-based credentials",
        )]);
    };
    let mut faults = Vec::new();
    let mut secrets = BTreeMap::new();
    for field in &keybased.fields {
        match check_key(field, given.get(&field.name)) {
            Ok(text) => secrets.extend(text.map(|text| (field.name.clone(), Secret::new(text)))),
            Err(message) => faults.push(InputFault::new(&field.name, message)),
        }
    }
    let (own, others): (Map<_, _>, Map<_, _>) = given
        .iter()
        .filter(|(name, _)| keybased.fields.iter().all(|field| field.name != **name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .partition(|(name, _)| asked(connector).any(|field| field.name == *name));
    let fields = check_fields(connector, &own).map_err(|more| faults.extend(more));
    let known: Vec<&str> = keybased
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    let known: Vec<&str> = known
        .into_iter()
        .chain(asked(connector).map(|field| field.name.as_str()))
        .collect();
    faults.extend(unknown(&others, &known));
    match fields {
        Ok(fields) if faults.is_empty() => Ok((secrets, fields)),
        _ => Err(faults),
    }
}

fn check_key(field: &KeyField, value: Option<&Value>) -> Result<Option<String>, String> {
    let Some(text) = given_text(value)?.or_else(|| field.default.clone()) else {
        return if field.required {
            Err("is required".to_owned())
        } else {
            Ok(None)
        };
    };
    check_choice(&field.options, &text)?;
    let fits = match field.kind {
        KeyFieldKind::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
        KeyFieldKind::Boolean => text == "true" || text == "false",
        _ => true,
    };
    if !fits {
        let kind = super::wire_type(field.kind);
        return Err(format!("must be a {kind}"));
    }
    if text.chars().any(char::is_control) {
        return Err("must not hold control characters".to_owned());
    }
    Ok(Some(text))
}

/// The call that proves a key, for connectors that have one.
pub fn verify_request(
    connector: &Connector,
    instance: &Instance,
    fields: &Fields,
    credential: &BTreeMap<String, Secret>,
) -> Result<Option<HttpRequest>, BuildFault> {
    let Some(probe) = connector
        .keybased
        .as_ref()
        .and_then(|keybased| keybased.verify.as_ref())
    else {
        return Ok(None);
    };
    let scope = Scope::new(instance, fields).with_credential(Credential::KeyBased(credential));
    probe_request(connector, probe, AuthType::KeyBased, &scope).map(Some)
}

/// What the answer to [`verify_request`] proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// The key works; the identifier is whose it is, when the answer tells.
    Accepted { identifier: Option<String> },
    /// The provider refuses the key.
    Rejected,
    /// The provider says nothing about the key; ask again.
    Unclear { retry_after: Option<RetryAfter> },
}

pub fn read_verification(connector: &Connector, answer: &HttpAnswer) -> Verification {
    let probe = connector
        .keybased
        .as_ref()
        .and_then(|keybased| keybased.verify.as_ref());
    let accepted = |identifier| Verification::Accepted { identifier };
    let identifier = probe.and_then(|probe| probe.identifier(answer));
    if probe.is_some_and(|probe| probe.ok.contains(&answer.status)) {
        return accepted(identifier);
    }
    let failure = connector.failure.as_ref();
    match failure_class(
        connector,
        failure,
        AuthType::KeyBased,
        answer,
        &body(answer),
    ) {
        None => accepted(identifier),
        Some(FailureClass::Transient { retry_after }) => Verification::Unclear { retry_after },
        Some(FailureClass::Auth | FailureClass::Permanent) => Verification::Rejected,
    }
}
