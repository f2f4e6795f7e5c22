//! How a parameter of many values is written, as far as a request's template can.

use serde_json::{Map, Value, json};

use crate::inputs::{Inputs, refer};
use crate::names::{placeholder, unique};
use crate::parameters::Parameter;

/// Levels of `filter[created][after]`.
const DEEPEST: usize = 3;

/// The entries of the query and their templates, or nothing when the parameter's
/// form cannot be written. The input is added.
pub(crate) fn entries(
    parameter: &Parameter<'_>,
    schema: Map<String, Value>,
    inputs: &mut Inputs,
) -> Option<Vec<(String, String)>> {
    let style = parameter.text("style").unwrap_or("form");
    let explode = parameter.node.get("explode").and_then(Value::as_bool);
    let explode = explode.unwrap_or(style == "form" || style == "deepObject");
    let schema = narrowed(schema, style);
    let is_deep = style == "deepObject";
    let wire = parameter.name;
    let mut one = |wire: String, schema| {
        let name = inputs.add(parameter.name, "query", schema, parameter.required);
        Some(vec![(wire, refer(&[&name]))])
    };
    if has_type(&schema, "array") {
        let of_objects = schema.get("items").and_then(Value::as_object);
        if of_objects.is_some_and(|items| has_type(items, "object") || has_type(items, "array")) {
            return None;
        }
        return match style {
            "deepObject" => one(format!("{wire}[]"), schema),
            _ if explode => one(wire.to_owned(), schema),
            "spaceDelimited" => one(wire.to_owned(), as_text(schema, " ")),
            "pipeDelimited" => one(wire.to_owned(), as_text(schema, "|")),
            _ => one(wire.to_owned(), as_text(schema, ",")),
        };
    }
    if !has_type(&schema, "object") {
        return one(wire.to_owned(), schema);
    }
    if !is_deep && !explode {
        return one(wire.to_owned(), as_text(schema, ","));
    }
    let mut schema = schema;
    let mut members = Vec::new();
    let prefix = is_deep.then_some(wire);
    flatten(&mut schema, prefix, &[], &mut members);
    if members.is_empty() {
        return None;
    }
    let name = inputs.add(wire, "query", schema, parameter.required);
    let entry = |(wire, steps): (String, Vec<String>)| {
        let steps: Vec<&str> = [name.as_str()]
            .into_iter()
            .chain(steps.iter().map(String::as_str))
            .collect();
        (wire, refer(&steps))
    };
    Some(members.into_iter().map(entry).collect())
}

/// Of an object or something else, the object: `created[after]=…` says all that
/// `created=…` says.
fn narrowed(mut schema: Map<String, Value>, style: &str) -> Map<String, Value> {
    if style != "deepObject" || has_type(&schema, "object") {
        return schema;
    }
    let Some(Value::Array(variants)) = schema.remove("anyOf") else {
        return schema;
    };
    let members = |variant: &Value| variant.get("properties").is_some();
    match variants.iter().find(|v| members(v)) {
        Some(Value::Object(variant)) => {
            for (name, value) in variant {
                schema.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        _ => {
            schema.insert("anyOf".to_owned(), Value::Array(variants));
        }
    }
    schema
}

/// Lists the members that can be written, and names them so that a placeholder
/// can; the others leave the schema.
fn flatten(
    schema: &mut Map<String, Value>,
    prefix: Option<&str>,
    steps: &[String],
    found: &mut Vec<(String, Vec<String>)>,
) {
    schema.remove("additionalProperties");
    let Some(Value::Object(members)) = schema.remove("properties") else {
        return;
    };
    let mut kept = Map::new();
    let mut names: Vec<(String, String)> = Vec::new();
    for (wire, mut member) in members {
        let name = unique(&placeholder(&wire), |name| kept.contains_key(name));
        let key = prefix.map_or_else(|| wire.clone(), |prefix| format!("{prefix}[{wire}]"));
        let steps: Vec<String> = steps.iter().cloned().chain([name.clone()]).collect();
        let before = found.len();
        match &mut member {
            Value::Object(inner) if has_type(inner, "object") => {
                if prefix.is_some() && steps.len() < DEEPEST {
                    flatten(inner, Some(&key), &steps, found);
                }
            }
            _ => found.push((key, steps)),
        }
        if found.len() > before {
            kept.insert(name.clone(), member);
            names.push((wire, name));
        }
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        let renamed = |wire: &Value| names.iter().find(|(from, _)| json!(from) == *wire);
        *required = required
            .iter()
            .filter_map(|w| Some(json!(renamed(w)?.1)))
            .collect();
    }
    schema.insert("properties".to_owned(), Value::Object(kept));
}

/// A list or an object as the one text that a template can send.
pub(crate) fn as_text(schema: Map<String, Value>, separator: &str) -> Map<String, Value> {
    let separator = match separator {
        " " => "blanks",
        "|" => "`|`",
        _ => "commas",
    };
    if has_type(&schema, "array") {
        let values = schema
            .get("items")
            .and_then(|items| items.get("enum")?.as_array());
        let values: Vec<&str> = values
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut remark = format!("Several values are separated by {separator}.");
        if (1..=30).contains(&values.len()) {
            remark = format!("{remark} There are: {}.", values.join(", "));
        }
        return described(&schema, &remark);
    }
    if has_type(&schema, "object") {
        let remark = format!("Names and values, all separated by {separator}.");
        return described(&schema, &remark);
    }
    schema
}

/// A text in the place of something larger.
pub(crate) fn described(schema: &Map<String, Value>, remark: &str) -> Map<String, Value> {
    let description = schema.get("description").and_then(Value::as_str);
    let description = description.map_or_else(|| remark.to_owned(), |d| format!("{d} {remark}"));
    let mut text = Map::new();
    text.insert("description".to_owned(), json!(description));
    text.insert("type".to_owned(), json!("string"));
    text
}

pub(crate) fn is_scalar(schema: &Map<String, Value>) -> bool {
    !has_type(schema, "object") && !has_type(schema, "array") && schema.contains_key("type")
}

fn has_type(schema: &Map<String, Value>, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(given)) => given == name,
        Some(Value::Array(given)) => given.contains(&json!(name)),
        _ => false,
    }
}
