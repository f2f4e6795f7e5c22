//! How a customer's access is asked for, checked and renewed.

pub mod keys;
pub mod oauth2;
pub mod probe;
pub mod token;

use serde_json::{Map, Value, json};

use crate::connector::{AuthType, Connector, Field, Fields, KeyField, KeyFieldKind};
use crate::fault::InputFault;
use crate::path::plain_text;
use crate::view::{InputFieldView, field_view, key_field_view};

/// Checks the connection fields that a customer is asked for.
pub fn check_fields(
    connector: &Connector,
    given: &Map<String, Value>,
) -> Result<Fields, Vec<InputFault>> {
    check_against(asked(connector), given)
}

fn asked(connector: &Connector) -> impl Iterator<Item = &Field> {
    connector.fields.iter().filter(|field| !field.automated)
}

fn check_against<'a>(
    fields: impl Iterator<Item = &'a Field>,
    given: &Map<String, Value>,
) -> Result<Fields, Vec<InputFault>> {
    let mut faults = Vec::new();
    let mut accepted = Fields::new();
    let mut known = Vec::new();
    for field in fields {
        known.push(field.name.as_str());
        match check_field(field, given.get(&field.name)) {
            Ok(Some(text)) => {
                accepted.insert(field.name.clone(), Value::String(text));
            }
            Ok(None) => {}
            Err(message) => faults.push(InputFault::new(&field.name, message)),
        }
    }
    faults.extend(unknown(given, &known));
    if faults.is_empty() {
        Ok(accepted)
    } else {
        Err(faults)
    }
}

fn unknown(given: &Map<String, Value>, known: &[&str]) -> Vec<InputFault> {
    let all = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    given
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| {
            InputFault::new(
                name,
                format!("is not a field of this connector; there are: {all}"),
            )
        })
        .collect()
}

/// The text of a value; an empty one counts as not given.
fn given_text(value: Option<&Value>) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match plain_text(value) {
            Some(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            None => Err("must be a text".to_owned()),
        },
    }
}

fn check_field(field: &Field, value: Option<&Value>) -> Result<Option<String>, String> {
    let Some(text) = given_text(value)? else {
        let needed = field.required && !field.automated;
        return if needed {
            Err("is required".to_owned())
        } else {
            Ok(None)
        };
    };
    check_choice(&field.options, &text)?;
    match &field.pattern {
        Some(pattern) if !pattern.is_match(&text) => {
            let example = field.example.as_deref();
            let example = example
                .map(|e| format!(", as in `{e}`"))
                .unwrap_or_default();
            Err(format!("must match `{pattern}`{example}"))
        }
        _ => Ok(Some(text)),
    }
}

fn check_choice(options: &[crate::connector::Choice], text: &str) -> Result<(), String> {
    if options.is_empty() || options.iter().any(|option| option.value == text) {
        return Ok(());
    }
    let all: Vec<_> = options.iter().map(|option| option.value.as_str()).collect();
    Err(format!("must be one of {}", all.join(", ")))
}

/// What a credential consists of, per auth type, in the wire form
/// `{type: {field: "string" | {type, required: false}}}`.
pub fn auth_structure(connector: &Connector) -> Value {
    let mut structure = Map::new();
    for auth_type in connector.auth_types() {
        let mut fields = Map::new();
        for field in key_fields(connector, auth_type) {
            let required = field.required && field.default.is_none();
            fields.insert(field.name.clone(), shape(wire_type(field.kind), required));
        }
        for field in asked(connector) {
            fields.insert(field.name.clone(), shape("string", field.required));
        }
        structure.insert(auth_type.as_str().to_owned(), Value::Object(fields));
    }
    Value::Object(structure)
}

fn shape(kind: &str, required: bool) -> Value {
    if required {
        json!(kind)
    } else {
        json!({ "type": kind, "required": false })
    }
}

fn wire_type(kind: KeyFieldKind) -> &'static str {
    match kind {
        KeyFieldKind::Text | KeyFieldKind::Password | KeyFieldKind::Select => "string",
        KeyFieldKind::Number => "number",
        KeyFieldKind::Boolean => "boolean",
    }
}

fn key_fields(connector: &Connector, auth_type: AuthType) -> &[KeyField] {
    match (auth_type, &connector.keybased) {
        (AuthType::KeyBased, Some(keybased)) => &keybased.fields,
        _ => &[],
    }
}

/// What a customer is asked for when connecting in this way.
pub fn input_fields_for(connector: &Connector, auth_type: AuthType) -> Vec<InputFieldView> {
    let keys = key_fields(connector, auth_type).iter().map(key_field_view);
    keys.chain(asked(connector).map(field_view)).collect()
}
