//! What an action asks its caller for, and under which names.

use serde_json::{Map, Value, json};

use crate::names::{label, placeholder, unique};

/// An action with more is not one that somebody fills in.
pub(crate) const MOST: usize = 500;

#[derive(Default)]
pub(crate) struct Inputs {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Inputs {
    /// Adds one and says what it is called. Where the name is taken already,
    /// `prefix` tells the two apart.
    pub(crate) fn add(
        &mut self,
        name: &str,
        prefix: &str,
        schema: Map<String, Value>,
        required: bool,
    ) -> String {
        let wanted = placeholder(name);
        let wanted = if self.properties.contains_key(&wanted) {
            format!("{prefix}_{wanted}")
        } else {
            wanted
        };
        let given = unique(&wanted, |name| self.properties.contains_key(name));
        let mut property = Map::new();
        property.insert("title".to_owned(), json!(label(name)));
        property.extend(schema);
        self.properties
            .insert(given.clone(), Value::Object(property));
        if required {
            self.required.push(given.clone());
        }
        given
    }

    pub(crate) fn len(&self) -> usize {
        self.properties.len()
    }

    pub(crate) fn into_schema(self) -> Value {
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), json!(self.required));
        }
        schema.insert("properties".to_owned(), Value::Object(self.properties));
        Value::Object(schema)
    }
}

/// The placeholder of an input, or of a member of one.
pub(crate) fn refer(steps: &[&str]) -> String {
    format!("${{input.{}}}", steps.join("."))
}
