//! How a customer's access is asked for, checked and renewed.

pub mod device;
pub mod discovery;
pub mod exchange;
pub mod host;
pub mod jwt;
pub mod keys;
pub mod oauth1;
pub mod oauth2;
pub mod probe;
pub mod registration;
pub mod token;

use serde_json::{Map, Value, json};

use crate::connector::{Connector, Field, Fields};
use crate::fault::InputFault;
use crate::option::{AuthOption, KeyFieldKind};
use crate::path::plain_text;
use crate::view::{InputFieldView, field_view, key_field_view};

/// Checks the connection fields that a customer is asked for.
pub fn check_fields(
    connector: &Connector,
    option: &AuthOption,
    given: &Map<String, Value>,
) -> Result<Fields, Vec<InputFault>> {
    check_against(asked(connector, option), given)
}

/// Checks the connection fields that the developer sets for everybody.
pub fn check_developer_fields(
    connector: &Connector,
    given: &Map<String, Value>,
) -> Result<Fields, Vec<InputFault>> {
    check_against(developer_fields(connector), given)
}

/// The fields that the developer sets once per environment.
pub fn developer_fields(connector: &Connector) -> impl Iterator<Item = &Field> {
    let of_options = connector.auth.iter().flat_map(|option| &option.fields);
    let all = connector.fields.iter().chain(of_options);
    all.filter(|field| field.is_developers())
}

/// The fields that a customer is asked for when connecting in this way.
pub(crate) fn asked<'a>(
    connector: &'a Connector,
    option: &'a AuthOption,
) -> impl Iterator<Item = &'a Field> {
    let all = connector.fields.iter().chain(&option.fields);
    all.filter(|field| !field.automated && !field.is_developers())
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
/// `{type: {field: "string" | {type, required: false}}}`. Of several options of one
/// family the first answers for it; the others have their ids.
pub fn auth_structure(connector: &Connector) -> Value {
    let mut structure = Map::new();
    for option in &connector.auth {
        let family = option.auth_type.as_str();
        let name = if structure.contains_key(family) {
            option.id.as_str()
        } else {
            family
        };
        structure.insert(name.to_owned(), Value::Object(shapes(connector, option)));
    }
    Value::Object(structure)
}

fn shapes(connector: &Connector, option: &AuthOption) -> Map<String, Value> {
    let mut fields = Map::new();
    for field in option.key_fields() {
        let required = field.required && field.default.is_none();
        fields.insert(field.name.clone(), shape(wire_type(field.kind), required));
    }
    for field in asked(connector, option) {
        fields.insert(field.name.clone(), shape("string", field.required));
    }
    fields
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

/// What a customer is asked for when connecting in this way.
pub fn input_fields_for(connector: &Connector, option: &AuthOption) -> Vec<InputFieldView> {
    let keys = option.key_fields().iter().map(key_field_view);
    keys.chain(asked(connector, option).map(field_view))
        .collect()
}
