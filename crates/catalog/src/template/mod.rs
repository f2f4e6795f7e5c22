//! Texts with placeholders: `${input.id}`, `${field.region}`, `${access_token}`.
//!
//! A template is parsed once, when its file is loaded. Where it is used decides
//! how a value is written: [`url`] encodes it, [`json`] keeps its type, [`Scope`]
//! knows what there is.

pub mod json;
pub mod path;
mod scope;
pub mod url;

use std::fmt;

pub use scope::Scope;

const OR: &str = " || ";

/// What a placeholder names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    Input(Vec<String>),
    Field(String),
    Credential(String),
    AccessToken,
    ClientId,
    InstanceUrl,
    InstancePublicUrl,
}

impl Reference {
    fn parse(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "`${{{text}}}` is no placeholder; there are ${{input.…}}, ${{field.…}}, \
                 ${{credential.…}}, ${{access_token}}, ${{client_id}}, ${{instance.url}} and \
                 ${{instance.public_url}}"
            )
        };
        let mut steps = text.split('.');
        let space = steps.next().unwrap_or_default();
        let steps: Vec<&str> = steps.collect();
        if !steps.iter().all(|step| is_name(step)) {
            return Err(unknown());
        }
        match (space, steps.as_slice()) {
            ("input", [_, ..]) => Ok(Self::Input(steps.iter().map(ToString::to_string).collect())),
            ("field", [name]) => Ok(Self::Field((*name).to_owned())),
            ("credential", [name]) => Ok(Self::Credential((*name).to_owned())),
            ("access_token", []) => Ok(Self::AccessToken),
            ("client_id", []) => Ok(Self::ClientId),
            ("instance", ["url"]) => Ok(Self::InstanceUrl),
            ("instance", ["public_url"]) => Ok(Self::InstancePublicUrl),
            _ => Err(unknown()),
        }
    }

    /// Whether the value must stay out of logs.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Credential(_) | Self::AccessToken)
    }

    pub(crate) fn is_instance(&self) -> bool {
        matches!(self, Self::InstanceUrl | Self::InstancePublicUrl)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(steps) => write!(f, "input.{}", steps.join(".")),
            Self::Field(name) => write!(f, "field.{name}"),
            Self::Credential(name) => write!(f, "credential.{name}"),
            Self::AccessToken => f.write_str("access_token"),
            Self::ClientId => f.write_str("client_id"),
            Self::InstanceUrl => f.write_str("instance.url"),
            Self::InstancePublicUrl => f.write_str("instance.public_url"),
        }
    }
}

pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Ref(Reference),
}

/// A run of text and placeholders; all its placeholders need a value.
pub type Parts = Vec<Part>;

/// One text, or several of which the first with all its values is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    alternatives: Vec<Parts>,
}

impl Template {
    /// Reads a template. `$${` stands for a `${` that is no placeholder.
    ///
    /// # Errors
    /// In plain words, when the text cannot mean anything.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut alternatives = Vec::new();
        let mut parts = Parts::new();
        let mut literal = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("$${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let Some((name, after)) = after.split_once('}') else {
                    return Err(format!(
                        "the placeholder in `{text}` is never closed by `}}`"
                    ));
                };
                flush(&mut literal, &mut parts);
                parts.push(Part::Ref(Reference::parse(name)?));
                rest = after;
            } else if let Some(after) = rest.strip_prefix(OR) {
                flush(&mut literal, &mut parts);
                alternatives.push(std::mem::take(&mut parts));
                rest = after;
            } else {
                let mut letters = rest.chars();
                literal.extend(letters.next());
                rest = letters.as_str();
            }
        }
        flush(&mut literal, &mut parts);
        alternatives.push(parts);
        check_alternatives(&alternatives)?;
        Ok(Self { alternatives })
    }

    pub fn alternatives(&self) -> &[Parts] {
        &self.alternatives
    }

    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.alternatives
            .iter()
            .flatten()
            .filter_map(|part| match part {
                Part::Ref(reference) => Some(reference),
                Part::Text(_) => None,
            })
    }

    pub fn is_secret(&self) -> bool {
        self.references().any(Reference::is_secret)
    }
}

fn flush(literal: &mut String, parts: &mut Parts) {
    if !literal.is_empty() {
        parts.push(Part::Text(std::mem::take(literal)));
    }
}

fn check_alternatives(alternatives: &[Parts]) -> Result<(), String> {
    let Some((_, before_last)) = alternatives.split_last() else {
        return Ok(());
    };
    if alternatives.len() > 1 && alternatives.iter().any(Vec::is_empty) {
        return Err("there is nothing on one side of `||`".to_owned());
    }
    let always = |parts: &Parts| parts.iter().all(|part| matches!(part, Part::Text(_)));
    if before_last.iter().any(always) {
        return Err(
            "an alternative without a placeholder always holds, so what follows its `||` \
                    is never used; put it last"
                .to_owned(),
        );
    }
    Ok(())
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, parts) in self.alternatives.iter().enumerate() {
            if index > 0 {
                f.write_str(OR)?;
            }
            for part in parts {
                match part {
                    Part::Text(text) => f.write_str(&text.replace("${", "$${"))?,
                    Part::Ref(reference) => write!(f, "${{{reference}}}")?,
                }
            }
        }
        Ok(())
    }
}
