//! Texts with `{{...}}` in them, filled in with what is known of a customer.
//!
//! `{{linked_account.auth_credentials.k}}`, `{{linked_account.udf.k}}`,
//! `{{linked_account.account_id}}`, `{{response.k}}` and `{{input.field}}`; a `\` before
//! the braces makes them plain text. What a value may be depends on its place, so this
//! only finds the values; `url.rs` and `form.rs` write them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use trunnel_model::secret::Secret;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Reference(Reference),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) root: Root,
    /// Of the roots that hold several values.
    pub(crate) path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    AuthCredential,
    Udf,
    AccountId,
    Response,
    Input,
}

impl Root {
    const ALL: [(Self, &'static str); 5] = [
        (Self::AuthCredential, "linked_account.auth_credentials"),
        (Self::Udf, "linked_account.udf"),
        (Self::AccountId, "linked_account.account_id"),
        (Self::Response, "response"),
        (Self::Input, "input"),
    ];

    fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(root, _)| *root == self);
        known.map_or("", |(_, name)| name)
    }
}

impl Reference {
    fn parse(text: &str) -> Result<Self, String> {
        for (root, name) in Root::ALL {
            let Some(rest) = text.strip_prefix(name) else {
                continue;
            };
            let path = match (root, rest.strip_prefix('.')) {
                (Root::AccountId, None) if rest.is_empty() => "",
                (Root::AccountId, _) => continue,
                (_, Some(path)) if !path.is_empty() => path,
                _ if rest.is_empty() || rest == "." => {
                    return Err(format!(
                        "`{text}` needs a name behind it, as in `{name}.key`"
                    ));
                }
                _ => continue,
            };
            return Ok(Self {
                root,
                path: path.to_owned(),
            });
        }
        let names: Vec<_> = Root::ALL.iter().map(|(_, name)| *name).collect();
        Err(format!(
            "`{text}` is not known; there are {}",
            names.join(", ")
        ))
    }

    pub(crate) fn is_response(&self) -> bool {
        self.root == Root::Response
    }

    /// The input that it is about, if it is about one.
    pub(crate) fn field(&self) -> Option<&str> {
        let first = self.path.split('.').next();
        first.filter(|_| self.root == Root::Input)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root.name())?;
        if !self.path.is_empty() {
            write!(f, ".{}", self.path)?;
        }
        Ok(())
    }
}

/// What the references stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) udf: &'a BTreeMap<String, String>,
    pub(crate) credentials: &'a BTreeMap<String, Secret>,
    /// What the developer's API has answered to the exchange, where there was one.
    pub(crate) response: Option<&'a Value>,
    pub(crate) input: &'a Map<String, Value>,
}

impl Values<'_> {
    /// The value; nothing when it is absent or `null`.
    pub(crate) fn get(&self, reference: &Reference) -> Option<Value> {
        let path = reference.path.as_str();
        let text = |text: &str| Some(Value::from(text));
        let found = match reference.root {
            Root::AuthCredential => text(self.credentials.get(path)?.expose()),
            Root::Udf => text(self.udf.get(path)?),
            Root::AccountId => text(self.account_id),
            Root::Response => dig(self.response?, path).cloned(),
            Root::Input => match path.split_once('.') {
                None => self.input.get(path).cloned(),
                Some((field, path)) => dig(self.input.get(field)?, path).cloned(),
            },
        };
        found.filter(|value| !value.is_null())
    }
}

fn dig<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, step| match value {
        Value::Object(members) => members.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A value that a request cannot do without is not there, or is of no use there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfilled {
    pub(crate) reference: Reference,
    pub(crate) problem: &'static str,
}

impl Unfilled {
    pub(crate) fn new(reference: &Reference, problem: &'static str) -> Self {
        Self {
            reference: reference.clone(),
            problem,
        }
    }
}

impl Template {
    /// # Errors
    /// What is wrong with it, in words that follow its name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(OPEN) {
            let before = &rest[..at];
            if let Some(before) = before.strip_suffix('\\') {
                plain.push_str(before);
                plain.push_str(OPEN);
                rest = &rest[at + OPEN.len()..];
                continue;
            }
            plain.push_str(before);
            let inside = &rest[at + OPEN.len()..];
            let Some(end) = inside.find(CLOSE) else {
                return Err(format!("has `{OPEN}` without `{CLOSE}`"));
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Reference(Reference::parse(inside[..end].trim())?));
            rest = &inside[end + CLOSE.len()..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            Part::Reference(reference) => Some(reference),
            Part::Text(_) => None,
        })
    }

    /// The one reference that it consists of.
    pub(crate) fn only(&self) -> Option<&Reference> {
        match self.0.as_slice() {
            [Part::Reference(reference)] => Some(reference),
            _ => None,
        }
    }

    /// Its text, where nothing is to be filled in.
    pub(crate) fn plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with every value in it, each written by `write`. Nothing when an input
    /// that may be left out was left out.
    pub(crate) fn fill(
        &self,
        values: &Values<'_>,
        write: impl Fn(&Reference, &str) -> Result<String, Unfilled>,
    ) -> Result<Option<String>, Unfilled> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Reference(reference) => {
                    let Some(value) = known(reference, values)? else {
                        return Ok(None);
                    };
                    filled.push_str(&write(reference, &as_text(&value))?);
                }
            }
        }
        Ok(Some(filled))
    }

    /// The same as a JSON value: one reference alone keeps its type.
    pub(crate) fn value(&self, values: &Values<'_>) -> Result<Option<Value>, Unfilled> {
        if let Some(reference) = self.only() {
            return known(reference, values);
        }
        let text = self.fill(values, |_, text| Ok(text.to_owned()))?;
        Ok(text.map(Value::String))
    }
}

/// The value, which only an input may lack.
fn known(reference: &Reference, values: &Values<'_>) -> Result<Option<Value>, Unfilled> {
    match values.get(reference) {
        Some(value) => Ok(Some(value)),
        None if reference.root == Root::Input => Ok(None),
        None => Err(Unfilled::new(reference, "has no value")),
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn fill(template: &str, response: &Value) -> Result<Option<Value>, Unfilled> {
        let (udf, credentials) = (
            BTreeMap::from([("plan".to_owned(), "gold".to_owned())]),
            BTreeMap::from([("a.b c".to_owned(), Secret::new("k"))]),
        );
        let values = Values {
            account_id: "acme",
            udf: &udf,
            credentials: &credentials,
            response: Some(response),
            input: &Map::new(),
        };
        Template::parse(template)
            .expect("it can be read")
            .value(&values)
    }

    #[test]
    fn every_root_has_its_values() {
        let all = "{{ linked_account.account_id }}/{{linked_account.udf.plan}}/\
            {{linked_account.auth_credentials.a.b c}}/{{response.a.0}}";
        let response = json!({ "a": [7] });
        assert_eq!(fill(all, &response), Ok(Some(json!("acme/gold/k/7"))));
        assert_eq!(fill("{{response.a}}", &response), Ok(Some(json!([7]))));
        assert_eq!(fill("{{input.x}}!", &response), Ok(None));
        assert!(fill("{{response.b}}", &response).is_err());
        assert_eq!(fill("\\{{x}}", &response), Ok(Some(json!("{{x}}"))));
    }

    #[test]
    fn what_cannot_be_known_is_refused_when_it_is_read() {
        for bad in [
            "{{}}",
            "{{x}}",
            "{{response}}",
            "{{response.}}",
            "{{linked_account}}",
            "{{a",
            "{{linked_account.account_id.x}}",
            "{{linked_account.udfs.x}}",
            "{{ {{input.a}} }}",
            "{{inputs.a}}",
            "{{linked_account.name}}",
        ] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn text_without_braces_stays(text in "[^{]{0,40}") {
            prop_assert_eq!(fill(&text, &Value::Null), Ok(Some(json!(text))));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), more in "[{}\\\\ .a-z_]{0,40}") {
            for text in [text, more] {
                if let Ok(template) = Template::parse(&text) {
                    let again = template.references().map(|r| Reference::parse(&r.to_string()));
                    prop_assert!(again.into_iter().all(|r| r.is_ok()));
                }
            }
        }

        #[test]
        fn a_value_is_never_read_as_a_template(value in any::<String>(), before in "[a-z]{0,5}") {
            let response = json!({ "v": value, "w": "no" });
            let filled = fill(&format!("{before}{{{{response.v}}}}"), &response);
            let expected = if before.is_empty() { value } else { format!("{before}{value}") };
            prop_assert_eq!(filled, Ok(Some(json!(expected))));
        }

        #[test]
        fn what_is_escaped_is_plain(inside in "[a-z. ]{0,20}", before in "[a-z]{0,5}") {
            let filled = fill(&format!("{before}\\{{{{{inside}}}}}"), &Value::Null);
            prop_assert_eq!(filled, Ok(Some(json!(format!("{before}{{{{{inside}}}}}")))));
        }
    }
}
