//! What a provider signs, written as in `${timestamp}.${body}`.

use url::form_urlencoded;

use crate::fault::SignFault;

use super::{Inbound, Refusal};

/// A text with placeholders, read once and filled for each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Body,
    Timestamp,
    Method,
    Url,
    /// The entries of a form, sorted by name, each name followed by its value.
    Form,
    Header(String),
}

impl Payload {
    /// The body as it came, which is what most providers sign.
    pub fn body() -> Self {
        Self(vec![Part::Body])
    }

    /// Knows `${body}`, `${form}`, `${timestamp}`, `${method}`, `${url}` and
    /// `${header.NAME}`.
    pub fn parse(text: &str) -> Result<Self, SignFault> {
        const UNCLOSED: SignFault = SignFault::new("payload", "holds a `${` without its `}`");
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or(UNCLOSED)?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(placeholder(name)?);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Whether a timestamp takes part, so that the rule must say where it is.
    pub fn needs_timestamp(&self) -> bool {
        self.0.contains(&Part::Timestamp)
    }

    /// Whether the body takes part. A signature that leaves it out proves nothing of it.
    pub fn covers_body(&self) -> bool {
        self.0.contains(&Part::Body) || self.0.contains(&Part::Form)
    }

    /// The bytes that are signed. The timestamp is the text that came in, unchanged.
    pub(super) fn render(
        &self,
        request: &Inbound<'_>,
        timestamp: Option<&str>,
    ) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        for part in &self.0 {
            let sorted;
            bytes.extend_from_slice(match part {
                Part::Text(text) => text.as_bytes(),
                Part::Body => request.body,
                Part::Form => {
                    sorted = sorted_form(request.body);
                    &sorted
                }
                Part::Timestamp => timestamp.ok_or(Refusal::TimeAbsent)?.as_bytes(),
                Part::Method => request.method.as_str().as_bytes(),
                Part::Url => request.url.as_bytes(),
                Part::Header(name) => request.header(name)?.as_bytes(),
            });
        }
        Ok(bytes)
    }
}

/// As Twilio signs a form: what it holds, whatever way it was encoded.
fn sorted_form(body: &[u8]) -> Vec<u8> {
    let mut entries: Vec<_> = form_urlencoded::parse(body).collect();
    entries.sort();
    let texts = entries.iter().flat_map(|(name, value)| [name, value]);
    texts.flat_map(|text| text.bytes()).collect()
}

fn placeholder(name: &str) -> Result<Part, SignFault> {
    match name {
        "body" => Ok(Part::Body),
        "form" => Ok(Part::Form),
        "timestamp" => Ok(Part::Timestamp),
        "method" => Ok(Part::Method),
        "url" => Ok(Part::Url),
        other => match other.strip_prefix("header.") {
            Some(header) if !header.is_empty() => Ok(Part::Header(header.to_ascii_lowercase())),
            _ => Err(SignFault::new(
                "payload",
                "holds an unknown placeholder; `${body}`, `${form}`, `${timestamp}`, \
                 `${method}`, `${url}` and `${header.NAME}` are known",
            )),
        },
    }
}
