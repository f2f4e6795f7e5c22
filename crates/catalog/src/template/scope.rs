//! The values that placeholders stand for, in one request.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Part, Parts, Reference, Template};
use crate::connector::{Credential, Fields, Instance};
use crate::fault::BuildFault;
use crate::path::plain_text;

/// What there is while one request is built.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub instance: &'a Instance,
    pub fields: &'a Fields,
    pub credential: Option<Credential<'a>>,
    pub client_id: Option<&'a str>,
    pub input: Option<&'a Map<String, Value>>,
}

impl<'a> Scope<'a> {
    pub fn new(instance: &'a Instance, fields: &'a Fields) -> Self {
        Self {
            instance,
            fields,
            credential: None,
            client_id: None,
            input: None,
        }
    }

    #[must_use]
    pub fn with_credential(self, credential: Credential<'a>) -> Self {
        Self {
            credential: Some(credential),
            ..self
        }
    }

    #[must_use]
    pub fn with_client_id(self, client_id: &'a str) -> Self {
        Self {
            client_id: Some(client_id),
            ..self
        }
    }

    #[must_use]
    pub fn with_input(self, input: &'a Map<String, Value>) -> Self {
        Self {
            input: Some(input),
            ..self
        }
    }

    /// The value with its JSON type; a `null` that was given is a value.
    pub fn find(&self, reference: &Reference) -> Option<Cow<'a, Value>> {
        match reference {
            Reference::Input(steps) => find_input(self.input?, steps).map(Cow::Borrowed),
            Reference::Field(name) => self
                .fields
                .get(name)
                .filter(|value| !value.is_null())
                .map(Cow::Borrowed),
            _ => self
                .find_str(reference)
                .map(|text| Cow::Owned(Value::String(text.to_owned()))),
        }
    }

    fn find_str(&self, reference: &Reference) -> Option<&'a str> {
        match (reference, self.credential) {
            (Reference::Credential(name), Some(Credential::KeyBased(values))) => {
                values.get(name).map(trunnel_model::secret::Secret::expose)
            }
            (Reference::AccessToken, Some(Credential::OAuth2 { access_token })) => {
                Some(access_token.expose())
            }
            (Reference::ClientId, _) => self.client_id,
            (Reference::InstanceUrl, _) => Some(self.instance.url.as_str().trim_end_matches('/')),
            (Reference::InstancePublicUrl, _) => {
                Some(self.instance.public_url.as_str().trim_end_matches('/'))
            }
            _ => None,
        }
    }

    /// The value as text; absent when there is none or it is `null`.
    pub(crate) fn find_text(
        &self,
        reference: &Reference,
    ) -> Result<Option<Cow<'a, str>>, BuildFault> {
        if let Some(text) = self.find_str(reference) {
            return Ok(Some(Cow::Borrowed(text)));
        }
        let Some(value) = self.find(reference) else {
            return Ok(None);
        };
        if value.is_null() {
            return Ok(None);
        }
        match plain_text(&value) {
            Some(text) => Ok(Some(Cow::Owned(text))),
            None => Err(BuildFault::value(
                reference,
                "must be a text, a number or a boolean here",
            )),
        }
    }

    pub(crate) fn has_all(&self, parts: &Parts) -> bool {
        parts.iter().all(|part| match part {
            Part::Text(_) => true,
            Part::Ref(reference) => self.find(reference).is_some_and(|value| !value.is_null()),
        })
    }

    /// The text of the first alternative that has all its values, if one has.
    pub(crate) fn text(&self, template: &Template) -> Result<Option<String>, BuildFault> {
        let Some(parts) = template
            .alternatives()
            .iter()
            .find(|parts| self.has_all(parts))
        else {
            return Ok(None);
        };
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Ref(reference) => {
                    text.push_str(&self.find_text(reference)?.unwrap_or_default());
                }
            }
        }
        Ok(Some(text))
    }

    /// The fault to report when no alternative has all its values.
    pub(crate) fn absent<'p>(&self, alternatives: impl Iterator<Item = &'p Parts>) -> BuildFault {
        let missing = alternatives.flatten().find_map(|part| match part {
            Part::Ref(r) if self.find(r).is_none_or(|value| value.is_null()) => Some(r.to_string()),
            _ => None,
        });
        BuildFault::Absent {
            name: missing.unwrap_or_default(),
        }
    }
}

fn find_input<'a>(input: &'a Map<String, Value>, steps: &[String]) -> Option<&'a Value> {
    let (first, rest) = steps.split_first()?;
    rest.iter()
        .try_fold(input.get(first)?, |value, step| match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => value.get(step),
        })
}
