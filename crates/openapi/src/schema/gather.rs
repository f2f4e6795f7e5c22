//! One schema out of many: `$ref` followed, `allOf` merged, nothing copied.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::Converter;
use crate::refs::{RefFault, reference};

/// What all schemas that hold at one place say together.
#[derive(Default)]
pub(crate) struct Merged<'d> {
    /// The outermost last, because what it says about itself counts most.
    pub parts: Vec<&'d Map<String, Value>>,
    /// In the order of the document, each with every schema that holds for it.
    pub properties: Vec<(&'d str, Vec<&'d Value>)>,
    pub required: Vec<&'d str>,
    pub items: Vec<&'d Value>,
    pub additional: Vec<&'d Value>,
    /// One for each `oneOf` and `anyOf`.
    pub alternatives: Vec<&'d [Value]>,
    /// What was entered through a `$ref`.
    pub entered: Vec<&'d Value>,
    /// Something that is being converted already, further up.
    pub circle: Option<&'d Value>,
    index: HashMap<&'d str, usize>,
}

impl<'d> Merged<'d> {
    /// The outermost value of a keyword.
    pub(crate) fn get(&self, name: &str) -> Option<&'d Value> {
        self.values(name).next()
    }

    /// Every value of a keyword, the outermost first.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'d Value> {
        self.parts
            .iter()
            .rev()
            .filter_map(move |part| part.get(name))
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.values(name).any(|value| value == &Value::Bool(true))
    }

    fn add_part(&mut self, part: &'d Map<String, Value>) {
        self.parts.push(part);
        for (name, property) in object(part, "properties") {
            let known = self.index.get(name.as_str());
            if let Some((_, schemas)) = known.and_then(|at| self.properties.get_mut(*at)) {
                schemas.push(property);
            } else {
                self.index.insert(name, self.properties.len());
                self.properties.push((name, vec![property]));
            }
        }
        let required = list(part, "required").iter().filter_map(Value::as_str);
        self.required.extend(required);
        self.items
            .extend(part.get("items").filter(|items| items.is_object()));
        self.additional.extend(part.get("additionalProperties"));
        for name in ["oneOf", "anyOf"] {
            let alternatives = list(part, name);
            if !alternatives.is_empty() {
                self.alternatives.push(alternatives);
            }
        }
    }
}

impl<'d> Converter<'d, '_> {
    /// Everything that the schemas say. What is met twice counts once; what is
    /// being converted further up is not entered again.
    pub(crate) fn gather(&mut self, schemas: &[&'d Value]) -> Result<Merged<'d>, RefFault> {
        let mut merged = Merged::default();
        for schema in schemas {
            self.add(schema, &mut merged, 0)?;
        }
        Ok(merged)
    }

    fn add(
        &mut self,
        schema: &'d Value,
        merged: &mut Merged<'d>,
        depth: usize,
    ) -> Result<(), RefFault> {
        let Value::Object(part) = schema else {
            return Ok(());
        };
        if depth > super::DEEPEST_NEST || !self.spend(cost(part)) {
            return Ok(());
        }
        if let Some(reference) = reference(schema) {
            let target = self.refs.step(reference)?;
            if self.stack.iter().any(|other| std::ptr::eq(*other, target)) {
                merged.circle = Some(target);
            } else if !merged
                .entered
                .iter()
                .any(|other| std::ptr::eq(*other, target))
            {
                merged.entered.push(target);
                self.add(target, merged, depth + 1)?;
            }
        }
        for inner in list(part, "allOf") {
            self.add(inner, merged, depth + 1)?;
        }
        merged.add_part(part);
        Ok(())
    }
}

/// Everything that makes work later.
fn cost(part: &Map<String, Value>) -> usize {
    let lists = list(part, "required").len() + list(part, "enum").len();
    1 + object(part, "properties").len() + lists
}

fn list<'d>(part: &'d Map<String, Value>, name: &str) -> &'d [Value] {
    let list = part.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn object<'d>(
    part: &'d Map<String, Value>,
    name: &str,
) -> impl ExactSizeIterator<Item = (&'d String, &'d Value)> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    part.get(name)
        .and_then(Value::as_object)
        .unwrap_or(&NONE)
        .iter()
}
