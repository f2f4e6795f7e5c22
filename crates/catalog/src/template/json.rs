//! JSON in which any string may be a template.

use serde_json::{Map, Value};

use super::{Part, Reference, Scope, Template};
use crate::fault::BuildFault;

/// A JSON value with templates in the place of its strings.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonTemplate {
    /// A number, a boolean, `null`.
    Plain(Value),
    Text(Template),
    List(Vec<JsonTemplate>),
    Object(Vec<(String, JsonTemplate)>),
}

impl JsonTemplate {
    /// Reads a template; `fault` is told the path of every string that is none.
    pub fn parse(value: &Value, path: &str, fault: &mut dyn FnMut(&str, String)) -> Self {
        match value {
            Value::String(text) => match Template::parse(text) {
                Ok(template) => Self::Text(template),
                Err(message) => {
                    fault(path, message);
                    Self::Plain(Value::Null)
                }
            },
            Value::Array(items) => Self::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| Self::parse(item, &format!("{path}[{index}]"), fault))
                    .collect(),
            ),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(name, member)| {
                        (
                            name.clone(),
                            Self::parse(member, &format!("{path}.{name}"), fault),
                        )
                    })
                    .collect(),
            ),
            plain => Self::Plain(plain.clone()),
        }
    }

    /// The value, or nothing when it hangs on a value that is absent. A list or
    /// an object whose every element was dropped is dropped with them.
    pub fn render(&self, scope: &Scope<'_>) -> Result<Option<Value>, BuildFault> {
        match self {
            Self::Plain(value) => Ok(Some(value.clone())),
            Self::Text(template) => render_text(template, scope),
            Self::List(items) => {
                let mut rendered = Vec::new();
                for item in items {
                    rendered.extend(item.render(scope)?);
                }
                let emptied = rendered.is_empty() && !items.is_empty();
                Ok((!emptied).then_some(Value::Array(rendered)))
            }
            Self::Object(members) => {
                let mut rendered = Map::new();
                for (name, member) in members {
                    if let Some(value) = member.render(scope)? {
                        rendered.insert(name.clone(), value);
                    }
                }
                let emptied = rendered.is_empty() && !members.is_empty();
                Ok((!emptied).then_some(Value::Object(rendered)))
            }
        }
    }

    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Plain(_) => Vec::new(),
            Self::Text(template) => template.references().collect(),
            Self::List(items) => items.iter().flat_map(Self::references).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, m)| m.references()).collect(),
        }
    }
}

fn render_text(template: &Template, scope: &Scope<'_>) -> Result<Option<Value>, BuildFault> {
    for parts in template.alternatives() {
        if let [Part::Ref(reference)] = parts.as_slice() {
            if let Some(value) = scope.find(reference) {
                return Ok(Some(value.into_owned()));
            }
        } else if scope.has_all(parts) {
            return scope.text(template).map(|text| text.map(Value::String));
        }
    }
    Ok(None)
}
