//! The values that placeholders stand for, in one request.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};
use trunnel_model::secret::Secret;

use super::{Function, Part, Parts, Reference, Template};
use crate::access::{Credential, Moment};
use crate::connector::{Fields, Instance};
use crate::fault::BuildFault;
use crate::path::plain_text;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What there is while one request is built.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub instance: &'a Instance,
    pub fields: &'a Fields,
    pub credential: Credential<'a>,
    pub moment: Option<Moment<'a>>,
    pub input: Option<&'a Map<String, Value>>,
    /// What earlier requests of the same exchange have brought.
    pub steps: Option<&'a BTreeMap<String, Secret>>,
    pub assertion: Option<&'a Secret>,
}

impl<'a> Scope<'a> {
    pub fn new(instance: &'a Instance, fields: &'a Fields) -> Self {
        Self {
            instance,
            fields,
            credential: Credential::default(),
            moment: None,
            input: None,
            steps: None,
            assertion: None,
        }
    }

    #[must_use]
    pub fn with_credential(self, credential: Credential<'a>) -> Self {
        Self { credential, ..self }
    }

    #[must_use]
    pub fn at(self, moment: Moment<'a>) -> Self {
        Self {
            moment: Some(moment),
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
                .find_own(reference)
                .map(|text| Cow::Owned(Value::String(text.into_owned()))),
        }
    }

    /// The value of a reference that is neither an input nor a field.
    fn find_own(&self, reference: &Reference) -> Option<Cow<'a, str>> {
        let credential = &self.credential;
        let secret = match reference {
            Reference::Credential(name) => credential.values?.get(name),
            Reference::AccessToken => credential.access_token,
            Reference::RefreshToken => credential.refresh_token,
            Reference::ClientSecret => credential.client?.secret.as_ref(),
            Reference::Step(name) => self.steps?.get(name),
            Reference::Assertion => self.assertion,
            _ => return self.find_open(reference),
        };
        secret.map(|secret| Cow::Borrowed(secret.expose()))
    }

    /// The value of one that may be seen.
    fn find_open(&self, reference: &Reference) -> Option<Cow<'a, str>> {
        let now = self.moment.map(|moment| moment.now);
        Some(match reference {
            Reference::ClientId => Cow::Borrowed(self.credential.client?.id.as_str()),
            Reference::InstanceUrl => {
                Cow::Borrowed(self.instance.url.as_str().trim_end_matches('/'))
            }
            Reference::InstancePublicUrl => {
                Cow::Borrowed(self.instance.public_url.as_str().trim_end_matches('/'))
            }
            Reference::Random => Cow::Borrowed(self.moment?.random),
            Reference::Now => Cow::Owned(now?.as_seconds().to_string()),
            Reference::NowMs => Cow::Owned(now?.as_millis().to_string()),
            Reference::Date(days) => {
                let then = now?.plus_millis(days.saturating_mul(DAY_MS)).as_millis();
                let then = chrono::DateTime::from_timestamp_millis(then)?;
                Cow::Owned(then.format("%Y-%m-%d").to_string())
            }
            _ => return None,
        })
    }

    /// The value as text; absent when there is none or it is `null`.
    pub(crate) fn find_text(
        &self,
        reference: &Reference,
    ) -> Result<Option<Cow<'a, str>>, BuildFault> {
        if let Some(text) = self.find_own(reference) {
            return Ok(Some(text));
        }
        let Some(value) = self.find(reference) else {
            return Ok(None);
        };
        let text = match value {
            Cow::Borrowed(Value::String(text)) => return Ok(Some(Cow::Borrowed(text))),
            value if value.is_null() => return Ok(None),
            value => plain_text(&value),
        };
        match text {
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
            Part::Ref(reference) => self.has(reference),
            Part::Call(_, parts) => self.has_all(parts),
        })
    }

    pub(crate) fn has(&self, reference: &Reference) -> bool {
        match reference {
            Reference::Input(_) | Reference::Field(_) => {
                self.find(reference).is_some_and(|value| !value.is_null())
            }
            _ => self.find_own(reference).is_some(),
        }
    }

    /// The text of the first alternative that has all its values, if one has.
    pub(crate) fn text(&self, template: &Template) -> Result<Option<String>, BuildFault> {
        let mut alternatives = template.alternatives().iter();
        match alternatives.find(|parts| self.has_all(parts)) {
            Some(parts) => self.parts(parts).map(Some),
            None => Ok(None),
        }
    }

    fn parts(&self, parts: &Parts) -> Result<String, BuildFault> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Ref(reference) => {
                    text.push_str(&self.find_text(reference)?.unwrap_or_default());
                }
                Part::Call(function, parts) => {
                    text.push_str(&call(*function, &self.parts(parts)?)?);
                }
            }
        }
        Ok(text)
    }

    /// The text of a template that must have one.
    pub(crate) fn needed(&self, template: &Template) -> Result<String, BuildFault> {
        match self.text(template)? {
            Some(text) => Ok(text),
            None => Err(self.absent(template.alternatives().iter())),
        }
    }

    /// The fault to report when no alternative has all its values.
    pub(crate) fn absent<'p>(&self, alternatives: impl Iterator<Item = &'p Parts>) -> BuildFault {
        let mut references = alternatives.flatten().flat_map(Part::references);
        let missing = references.find(|reference| !self.has(reference));
        BuildFault::Absent {
            name: missing.map(ToString::to_string).unwrap_or_default(),
        }
    }
}

fn call(function: Function, text: &str) -> Result<String, BuildFault> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    match function {
        Function::Base64 => Ok(STANDARD.encode(text)),
        Function::Fingerprint => crate::sign::fingerprint(&Secret::new(text)),
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
