//! Credentials that a customer types.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use trunnel_model::http::HttpAnswer;
use trunnel_model::secret::Secret;

use super::{asked, check_choice, check_fields, given_text, unknown};
use crate::connector::{Connector, Fields};
use crate::fault::InputFault;
use crate::option::{AuthOption, KeyField, KeyFieldKind};
use crate::response::{FailureClass, RetryAfter, body, failure_class};

const PEM_BEGIN: &str = "-----BEGIN ";

/// Checks a credential that came in one flat object with the connection's fields,
/// and takes the two apart.
pub fn check_key_credentials(
    connector: &Connector,
    option: &AuthOption,
    given: &Map<String, Value>,
) -> Result<(BTreeMap<String, Secret>, Fields), Vec<InputFault>> {
    let keys = option.key_fields();
    let mut faults = Vec::new();
    let mut secrets = BTreeMap::new();
    for field in keys {
        match check_key(field, given.get(&field.name)) {
            Ok(text) => secrets.extend(text.map(|text| (field.name.clone(), Secret::new(text)))),
            Err(message) => faults.push(InputFault::new(&field.name, message)),
        }
    }
    let (own, others): (Map<_, _>, Map<_, _>) = given
        .iter()
        .filter(|(name, _)| keys.iter().all(|field| field.name != **name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .partition(|(name, _)| asked(connector, option).any(|field| field.name == *name));
    let fields = check_fields(connector, option, &own).map_err(|more| faults.extend(more));
    let of_connection = asked(connector, option).map(|field| field.name.as_str());
    let known: Vec<&str> = keys
        .iter()
        .map(|field| field.name.as_str())
        .chain(of_connection)
        .collect();
    faults.extend(unknown(&others, &known));
    match fields {
        Ok(fields) if faults.is_empty() => Ok((secrets, fields)),
        _ => Err(faults),
    }
}

fn check_key(field: &KeyField, value: Option<&Value>) -> Result<Option<String>, String> {
    let given = given_text(value)?.or_else(|| field.default.clone());
    let Some(text) = given.map(|text| pem_lines(&text).unwrap_or(text)) else {
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
    // A private key has lines; nothing else that is typed has control characters.
    let is_pem = text.starts_with(PEM_BEGIN);
    if text
        .chars()
        .any(|c| c.is_control() && !(is_pem && (c == '\n' || c == '\r')))
    {
        return Err("must not hold control characters".to_owned());
    }
    match &field.pattern {
        // The value is a secret and stays out of the message.
        Some(pattern) if !pattern.is_match(&text) => Err(format!("must match `{pattern}`")),
        _ => Ok(Some(text)),
    }
}

/// A PEM text with line ends where forms and `.env` files have lost them: as `\n` in
/// two characters, or as blanks. Nothing when the text is no PEM or has its lines.
fn pem_lines(text: &str) -> Option<String> {
    if !text.starts_with(PEM_BEGIN) || text.contains('\n') {
        return None;
    }
    let text = text
        .replace("\\r", "")
        .replace("\\n", "\n")
        .replace('\r', "\n");
    let mut lines = String::new();
    let mut rest = text.as_str();
    // Between two lines of dashes, whose own words have blanks, a blank is a line end.
    while let Some((label, body, after)) = pem_block(rest) {
        let body: Vec<&str> = body.split_whitespace().collect();
        let body = body.join("\n");
        let block = [
            "-----BEGIN ",
            label,
            "-----\n",
            &body,
            "\n-----END ",
            label,
            "-----\n",
        ];
        lines += &block.concat();
        rest = after.trim_start();
    }
    rest.is_empty().then_some(lines)
}

/// The label and the body of the block that the text begins with, and what follows.
fn pem_block(text: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = text.strip_prefix(PEM_BEGIN)?.split_once("-----")?;
    let (body, after) = rest.split_once("-----END ")?;
    let after = after.strip_prefix(label)?.strip_prefix("-----")?;
    Some((label, body, after))
}

/// What the answer to a probe proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// The key works; the identifier is whose it is, when the answer tells.
    Accepted { identifier: Option<String> },
    /// The provider refuses the key.
    Rejected,
    /// The provider says nothing about the key; ask again.
    Unclear { retry_after: Option<RetryAfter> },
}

pub fn read_verification(
    connector: &Connector,
    option: &AuthOption,
    answer: &HttpAnswer,
) -> Verification {
    let probe = option.probe.as_ref();
    let accepted = |identifier| Verification::Accepted { identifier };
    let identifier = probe.and_then(|probe| probe.identifier(answer));
    if probe.is_some_and(|probe| probe.ok.contains(&answer.status)) {
        return accepted(identifier);
    }
    let failure = connector.failure.as_ref();
    match failure_class(connector, failure, option, answer, &body(answer)) {
        None => accepted(identifier),
        Some(FailureClass::Transient { retry_after }) => Verification::Unclear { retry_after },
        Some(FailureClass::Auth | FailureClass::Permanent) => Verification::Rejected,
    }
}
