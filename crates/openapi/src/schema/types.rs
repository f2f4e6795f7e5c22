//! `type`, `enum` and `null`, which `OpenAPI` 3.0 and 3.1 write in different ways.

use serde_json::{Map, Value, json};

use super::Merged;

const NAMES: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];

/// The types that a value may have.
pub(super) struct Types {
    /// Any, when there is none.
    names: Vec<&'static str>,
    null: bool,
    only_null: bool,
}

impl Types {
    pub(super) fn of(merged: &Merged<'_>) -> Self {
        let mut null = merged.is_true("nullable");
        let mut names: Vec<&'static str> = Vec::new();
        for value in merged.values("type") {
            let given = match value {
                Value::Array(given) => given.iter().filter_map(Value::as_str).collect(),
                Value::String(given) => vec![given.as_str()],
                _ => Vec::new(),
            };
            null |= given.contains(&"null");
            let given: Vec<_> = NAMES
                .into_iter()
                .filter(|name| given.contains(name))
                .collect();
            let both: Vec<_> = given
                .iter()
                .copied()
                .filter(|name| names.contains(name))
                .collect();
            if names.is_empty() {
                names = given;
            } else if !both.is_empty() {
                names = both;
            }
        }
        let only_null = names.is_empty() && null && merged.get("type").is_some();
        if names.is_empty() && !only_null {
            names = implied(merged);
        }
        Self {
            names,
            null,
            only_null,
        }
    }

    /// Instead of something that is inside of itself.
    pub(super) fn of_circle(circle: &Value) -> Self {
        let name = circle.get("type").and_then(Value::as_str);
        let name = NAMES.into_iter().find(|known| Some(*known) == name);
        Self {
            names: vec![name.unwrap_or("object")],
            null: circle.get("nullable") == Some(&Value::Bool(true)),
            only_null: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn is_only(&self, name: &str) -> bool {
        self.names == [name]
    }

    pub(super) fn allow_null(&mut self) {
        self.null = true;
    }

    /// Takes over the only variant there is: it holds in any case.
    pub(super) fn take(&mut self, variant: Map<String, Value>, out: &mut Map<String, Value>) {
        for (name, value) in variant {
            match (name.as_str(), &value) {
                ("type", Value::String(given)) if self.names.is_empty() => {
                    self.names
                        .extend(NAMES.into_iter().find(|name| name == given));
                }
                ("type", Value::Array(given)) if self.names.is_empty() => {
                    self.null |= given.contains(&json!("null"));
                    self.names = NAMES
                        .into_iter()
                        .filter(|n| given.contains(&json!(n)))
                        .collect();
                }
                ("type", _) => {}
                _ => {
                    out.entry(name).or_insert(value);
                }
            }
        }
    }

    pub(super) fn write(self, out: &mut Map<String, Value>) {
        let mut names: Vec<&str> = self.names;
        if self.null {
            allow_null(out);
            if !names.is_empty() || self.only_null {
                names.push("null");
            }
        }
        let value = match names.as_slice() {
            [] => return,
            [one] => json!(one),
            several => json!(several),
        };
        out.insert("type".to_owned(), value);
    }
}

/// What a schema without `type` describes all the same.
fn implied(merged: &Merged<'_>) -> Vec<&'static str> {
    if !merged.properties.is_empty() || !merged.additional.is_empty() {
        vec!["object"]
    } else if !merged.items.is_empty() {
        vec!["array"]
    } else {
        let values = merged.get("enum").and_then(Value::as_array);
        let texts = values.is_some_and(|v| !v.is_empty() && v.iter().all(Value::is_string));
        if texts { vec!["string"] } else { Vec::new() }
    }
}

fn allow_null(out: &mut Map<String, Value>) {
    if let Some(constant) = out.remove("const") {
        out.insert("enum".to_owned(), json!([constant]));
    }
    if let Some(Value::Array(values)) = out.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    if let Some(Value::Array(variants)) = out.get_mut("anyOf") {
        variants.push(json!({ "type": "null" }));
    }
}

pub(super) fn is_null(schema: &Map<String, Value>) -> bool {
    schema.get("type") == Some(&json!("null"))
}
