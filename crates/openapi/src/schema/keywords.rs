//! The keywords that stay, each only where it is what it should be.

use serde_json::{Map, Number, Value, json};

use super::Merged;
use super::types::Types;
use crate::names::shorten;

/// Formats that mean in JSON Schema what the documents mean by them.
const FORMATS: [&str; 8] = [
    "date",
    "date-time",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uuid",
];
/// Larger examples and defaults are no help in a form.
const LARGEST_EXAMPLE: usize = 400;
/// A choice among more is no choice.
const MOST_VALUES: usize = 500;

/// What is for people.
pub(super) fn texts(merged: &Merged<'_>, depth: usize, out: &mut Map<String, Value>) {
    let most = if depth <= 1 { 500 } else { 200 };
    let description = merged.values("description").filter_map(Value::as_str);
    let description = description.map(str::trim).find(|text| !text.is_empty());
    if let Some(description) = description {
        out.insert("description".to_owned(), json!(shorten(description, most)));
    }
    if merged.is_true("deprecated") {
        out.insert("deprecated".to_owned(), json!(true));
    }
    let format = merged.get("format").and_then(Value::as_str);
    let format = format.map(|format| if format == "url" { "uri" } else { format });
    if let Some(format) = format.filter(|format| FORMATS.contains(format)) {
        out.insert("format".to_owned(), json!(format));
    }
}

/// Values that are allowed, assumed or shown.
pub(super) fn values(merged: &Merged<'_>, types: &Types, out: &mut Map<String, Value>) {
    if let Some(constant) = merged.get("const") {
        out.insert("const".to_owned(), constant.clone());
    } else if let Some(values) = merged.get("enum").and_then(Value::as_array) {
        let mut kept: Vec<Value> = Vec::new();
        for value in values.iter().take(MOST_VALUES) {
            let value = if types.is_only("string") {
                as_text(value)
            } else {
                value.clone()
            };
            if !kept.contains(&value) {
                kept.push(value);
            }
        }
        if !kept.is_empty() && values.len() <= MOST_VALUES {
            out.insert("enum".to_owned(), Value::Array(kept));
        }
    }
    let fits = |value: &&Value| is_small(value);
    if let Some(default) = merged.get("default").filter(fits) {
        out.insert("default".to_owned(), default.clone());
    }
    let listed = merged.get("examples").and_then(Value::as_array);
    let example = listed
        .and_then(|list| list.first())
        .or_else(|| merged.get("example"));
    if let Some(example) = example.filter(fits) {
        out.insert("examples".to_owned(), json!([example]));
    }
}

/// YAML reads `enum: [1, yes]` as no texts.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Number(_) | Value::Bool(_) => Value::String(value.to_string()),
        other => other.clone(),
    }
}

/// Whether a value is of help in a form; stops looking as soon as it is not.
pub(crate) fn is_small(value: &Value) -> bool {
    fn fits(value: &Value, left: &mut usize) -> bool {
        let cost = match value {
            Value::String(text) => text.len(),
            _ => 4,
        };
        if *left < cost {
            return false;
        }
        *left -= cost;
        match value {
            Value::Array(items) => items.iter().all(|item| fits(item, left)),
            Value::Object(members) => members.values().all(|member| fits(member, left)),
            _ => true,
        }
    }
    let mut left = LARGEST_EXAMPLE;
    fits(value, &mut left)
}

/// What a caller's value must keep.
pub(super) fn limits(merged: &Merged<'_>, out: &mut Map<String, Value>) {
    for name in [
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ] {
        if let Some(count) = merged.get(name).and_then(count) {
            out.insert(name.to_owned(), json!(count));
        }
    }
    if merged.is_true("uniqueItems") {
        out.insert("uniqueItems".to_owned(), json!(true));
    }
    if let Some(pattern @ Value::String(_)) = merged.get("pattern") {
        out.insert("pattern".to_owned(), pattern.clone());
    }
    if let Some(Value::Number(step)) = merged.get("multipleOf").filter(|step| is_positive(step)) {
        out.insert("multipleOf".to_owned(), Value::Number(step.clone()));
    }
    bound(merged, "minimum", "exclusiveMinimum", out);
    bound(merged, "maximum", "exclusiveMaximum", out);
}

/// In 3.0 `exclusiveMinimum: true` is said about `minimum`; in 3.1 it is a number.
fn bound(merged: &Merged<'_>, plain: &str, exclusive: &str, out: &mut Map<String, Value>) {
    if let Some(Value::Number(limit)) = merged.get(plain) {
        let name = if merged.is_true(exclusive) {
            exclusive
        } else {
            plain
        };
        out.insert(name.to_owned(), Value::Number(limit.clone()));
    }
    if let Some(Value::Number(limit)) = merged.get(exclusive) {
        out.insert(exclusive.to_owned(), Value::Number(limit.clone()));
    }
}

fn count(value: &Value) -> Option<u64> {
    // `5.0` is a count as well.
    let text = value.as_number()?.to_string();
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

fn is_positive(step: &Value) -> bool {
    step.as_number()
        .and_then(Number::as_f64)
        .is_some_and(|step| step > 0.0)
}

/// Whether a variant is more than a remark or a list of members to be given.
pub(super) fn says_something(schema: &Map<String, Value>) -> bool {
    const SAYING: [&str; 6] = ["type", "properties", "enum", "const", "anyOf", "allOf"];
    SAYING.iter().any(|name| schema.contains_key(*name))
}

/// Without the patterns, some of which only other programs can read.
pub(crate) fn drop_patterns(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.retain(|name, value| name != "pattern" || !value.is_string());
            members.values_mut().for_each(drop_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_patterns),
        _ => {}
    }
}
