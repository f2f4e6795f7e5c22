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
    RefreshToken,
    ClientId,
    ClientSecret,
    InstanceUrl,
    InstancePublicUrl,
    /// What an earlier request of the same exchange brought.
    Step(String),
    Assertion,
    /// A word that no other request has.
    Random,
    /// Seconds since 1970.
    Now,
    NowMs,
    /// The day, so many days from now.
    Date(i64),
}

/// What is done to the text in a call such as `${base64(…)}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Base64,
    /// Of a private or public key, as in `SHA256:…`.
    Fingerprint,
}

impl Function {
    const ALL: [Self; 2] = [Self::Base64, Self::Fingerprint];

    const fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Fingerprint => "fingerprint",
        }
    }
}

impl Reference {
    fn parse(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "`${{{text}}}` is no placeholder; there are ${{input.…}}, ${{field.…}}, \
                 ${{credential.…}}, ${{access_token}}, ${{refresh_token}}, ${{client_id}}, \
                 ${{client_secret}}, ${{step.…}}, ${{assertion}}, ${{random}}, ${{now}}, \
                 ${{now_ms}}, ${{date+1}}, ${{instance.url}}, ${{instance.public_url}} and \
                 ${{base64(…)}}"
            )
        };
        if let Some(days) = text.strip_prefix("date+") {
            return days.parse().map(Self::Date).map_err(|_| unknown());
        }
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
            ("step", [name]) => Ok(Self::Step((*name).to_owned())),
            ("access_token", []) => Ok(Self::AccessToken),
            ("refresh_token", []) => Ok(Self::RefreshToken),
            ("client_id", []) => Ok(Self::ClientId),
            ("client_secret", []) => Ok(Self::ClientSecret),
            ("assertion", []) => Ok(Self::Assertion),
            ("random", []) => Ok(Self::Random),
            ("now", []) => Ok(Self::Now),
            ("now_ms", []) => Ok(Self::NowMs),
            ("instance", ["url"]) => Ok(Self::InstanceUrl),
            ("instance", ["public_url"]) => Ok(Self::InstancePublicUrl),
            _ => Err(unknown()),
        }
    }

    /// Whether the value must stay out of logs.
    pub fn is_secret(&self) -> bool {
        matches!(
            self,
            Self::Credential(_)
                | Self::AccessToken
                | Self::RefreshToken
                | Self::ClientSecret
                | Self::Step(_)
                | Self::Assertion
        )
    }

    pub(crate) fn is_client(&self) -> bool {
        matches!(self, Self::ClientId | Self::ClientSecret)
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
            Self::Step(name) => write!(f, "step.{name}"),
            Self::Date(days) => write!(f, "date+{days}"),
            Self::AccessToken => f.write_str("access_token"),
            Self::RefreshToken => f.write_str("refresh_token"),
            Self::ClientId => f.write_str("client_id"),
            Self::ClientSecret => f.write_str("client_secret"),
            Self::Assertion => f.write_str("assertion"),
            Self::Random => f.write_str("random"),
            Self::Now => f.write_str("now"),
            Self::NowMs => f.write_str("now_ms"),
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
    Call(Function, Parts),
}

impl Part {
    pub fn references(&self) -> Box<dyn Iterator<Item = &Reference> + '_> {
        match self {
            Self::Text(_) => Box::new(std::iter::empty()),
            Self::Ref(reference) => Box::new(std::iter::once(reference)),
            Self::Call(_, parts) => Box::new(parts.iter().flat_map(Self::references)),
        }
    }
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
                flush(&mut literal, &mut parts);
                let (part, after) = placeholder(text, after)?;
                parts.push(part);
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
            .flat_map(Part::references)
    }

    pub fn is_secret(&self) -> bool {
        self.references().any(Reference::is_secret)
    }
}

/// What stands behind a `${`, and what follows its end.
fn placeholder<'t>(text: &str, after: &'t str) -> Result<(Part, &'t str), String> {
    let open = || format!("the placeholder in `{text}` is never closed by `}}`");
    for function in Function::ALL {
        let inside = after
            .strip_prefix(function.name())
            .and_then(|after| after.strip_prefix('('));
        if let Some(inside) = inside {
            let (argument, after) = argument(inside).ok_or_else(open)?;
            let template = Template::parse(argument)?;
            let [parts] = template.alternatives.as_slice() else {
                return Err("there is no `||` inside a function".to_owned());
            };
            return Ok((Part::Call(function, parts.clone()), after));
        }
    }
    let (name, after) = after.split_once('}').ok_or_else(open)?;
    Ok((Part::Ref(Reference::parse(name)?), after))
}

/// Splits at the `)}` that closes a function, over placeholders inside of it.
fn argument(inside: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            ')' if depth == 0 && inside[at..].starts_with(")}") => {
                return Some((&inside[..at], &inside[at + 2..]));
            }
            _ => {}
        }
    }
    None
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
            write_parts(f, parts)?;
        }
        Ok(())
    }
}

fn write_parts(f: &mut fmt::Formatter<'_>, parts: &Parts) -> fmt::Result {
    for part in parts {
        match part {
            Part::Text(text) => f.write_str(&text.replace("${", "$${"))?,
            Part::Ref(reference) => write!(f, "${{{reference}}}")?,
            Part::Call(function, parts) => {
                write!(f, "${{{}(", function.name())?;
                write_parts(f, parts)?;
                f.write_str(")}")?;
            }
        }
    }
    Ok(())
}
