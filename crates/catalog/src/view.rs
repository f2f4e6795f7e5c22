//! Inputs as a form shows them.

use serde::Serialize;
use serde_json::Value;

use crate::connector::{Choice, Field};
use crate::option::{KeyField, KeyFieldKind};
use crate::path::plain_text;

/// One input of an action or of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputFieldView {
    pub name: String,
    pub label: String,
    pub required: bool,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    Text,
    Textarea,
    Password,
    Number,
    Boolean,
    Select,
    Email,
    Date,
    Url,
    Json,
}

impl FieldKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Textarea => "textarea",
            Self::Password => "password",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Select => "select",
            Self::Email => "email",
            Self::Date => "date",
            Self::Url => "url",
            Self::Json => "json",
        }
    }
}

/// The properties of an object schema.
pub(crate) fn schema_fields(schema: &Value) -> Vec<InputFieldView> {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema["properties"].as_object() else {
        return Vec::new();
    };
    properties
        .iter()
        .map(|(name, property)| InputFieldView {
            name: name.clone(),
            label: text(property, "title").unwrap_or_else(|| label(name)),
            required: required.contains(&name.as_str()),
            kind: kind(property),
            description: text(property, "description"),
            placeholder: example(property),
            help_text: None,
            options: options(property),
        })
        .collect()
}

fn text(property: &Value, key: &str) -> Option<String> {
    property[key].as_str().map(str::to_owned)
}

fn example(property: &Value) -> Option<String> {
    plain_text(&property["examples"][0])
}

fn options(property: &Value) -> Vec<Choice> {
    let values = property["enum"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let values = values.iter().filter_map(plain_text);
    values
        .map(|value| Choice {
            name: value.clone(),
            value,
        })
        .collect()
}

fn kind(property: &Value) -> FieldKind {
    if property["enum"].is_array() {
        return FieldKind::Select;
    }
    let name = match &property["type"] {
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        name => name.as_str(),
    };
    match (name, property["format"].as_str()) {
        (Some("integer" | "number"), _) => FieldKind::Number,
        (Some("boolean"), _) => FieldKind::Boolean,
        (Some("string"), Some("email")) => FieldKind::Email,
        (Some("string"), Some("date")) => FieldKind::Date,
        (Some("string"), Some("uri")) => FieldKind::Url,
        (Some("string"), Some("textarea")) => FieldKind::Textarea,
        (Some("string"), _) => FieldKind::Text,
        _ => FieldKind::Json,
    }
}

/// `first_name` as a person reads it: `First name`.
pub(crate) fn label(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

pub(crate) fn field_view(field: &Field) -> InputFieldView {
    InputFieldView {
        name: field.name.clone(),
        label: field.label.clone(),
        required: field.required,
        kind: if field.options.is_empty() {
            FieldKind::Text
        } else {
            FieldKind::Select
        },
        description: None,
        placeholder: field.example.clone(),
        help_text: field.help.clone(),
        options: field.options.clone(),
    }
}

pub(crate) fn key_field_view(field: &KeyField) -> InputFieldView {
    InputFieldView {
        name: field.name.clone(),
        label: field.label.clone(),
        required: field.required,
        kind: match field.kind {
            KeyFieldKind::Text => FieldKind::Text,
            KeyFieldKind::Password => FieldKind::Password,
            KeyFieldKind::Number => FieldKind::Number,
            KeyFieldKind::Boolean => FieldKind::Boolean,
            KeyFieldKind::Select => FieldKind::Select,
        },
        description: None,
        placeholder: field.placeholder.clone(),
        help_text: field.help.clone(),
        options: field.options.clone(),
    }
}
