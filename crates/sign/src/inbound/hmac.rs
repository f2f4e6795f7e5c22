//! Signatures with a shared secret.

use std::borrow::Cow;

use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use crate::digest::{Hash, hmac_matches};
use crate::encode::{KeyEncoding, unbase64, unhex};

use super::moment::{TimestampRule, TimestampSource, time_in_body};
use super::{Inbound, Payload, Refusal};

/// More candidates than a provider has secrets at a time are not tried.
const MOST_SIGNATURES: usize = 8;

/// How the signature's bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Hex,
    Base64,
}

impl Encoding {
    /// Reads `hex` or `base64`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "hex" => Some(Self::Hex),
            "base64" => Some(Self::Base64),
            _ => None,
        }
    }

    fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => unhex(text),
            Self::Base64 => unbase64(text),
        }
    }
}

/// How a provider signs, as its connector describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HmacRule {
    pub hash: Hash,
    pub encoding: Encoding,
    pub key_encoding: KeyEncoding,
    pub header: String,
    /// Stands before each signature, as in `sha256=`.
    pub prefix: String,
    /// What separates the header's parts, where it has several.
    pub parts: Option<String>,
    /// The name of the parts that are signatures, as `v1` in `t=1,v1=abc`. Without one,
    /// every part that begins with the prefix is a signature.
    pub signature_part: Option<String>,
    pub payload: Payload,
    pub timestamp: Option<TimestampRule>,
}

impl HmacRule {
    /// Verifies the request against the rule's payload.
    pub fn verify(
        &self,
        request: &Inbound<'_>,
        key: &Secret,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let timestamp = self.timestamp(request)?;
        let timestamp = timestamp.as_deref();
        let payload = self.payload.render(request, timestamp)?;
        self.check(request, &payload, timestamp, key, now)
    }

    /// Verifies the request against a payload that the caller has put together, where a
    /// provider signs something that no template can say.
    pub fn verify_payload(
        &self,
        request: &Inbound<'_>,
        payload: &[u8],
        key: &Secret,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let timestamp = self.timestamp(request)?;
        self.check(request, payload, timestamp.as_deref(), key, now)
    }

    /// The signature is checked first: the time is believed only when it was signed.
    fn check(
        &self,
        request: &Inbound<'_>,
        payload: &[u8],
        timestamp: Option<&str>,
        key: &Secret,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let key = self.key_encoding.bytes(key, "webhook secret");
        let key = key.map_err(Refusal::Key)?;
        let found = self.signatures(request)?;
        let matches = found
            .iter()
            .take(MOST_SIGNATURES)
            .any(|tag| hmac_matches(self.hash, &key, payload, tag));
        if !matches {
            return Err(Refusal::Signature);
        }
        match (&self.timestamp, timestamp) {
            (Some(rule), Some(text)) => rule.check(text, now),
            _ => Ok(()),
        }
    }

    /// Several, while a provider changes its secret.
    fn signatures(&self, request: &Inbound<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
        let whole = request.header(&self.header)?;
        let texts: Vec<&str> = match (&self.parts, &self.signature_part) {
            (Some(separator), Some(name)) => named(whole, separator, name).collect(),
            (Some(separator), None) => pieces(whole, separator).collect(),
            (None, _) => vec![whole],
        };
        if let (true, Some(name)) = (texts.is_empty(), &self.signature_part) {
            return Err(Refusal::PartAbsent(name.clone()));
        }
        let found: Vec<Vec<u8>> = texts
            .into_iter()
            .filter_map(|text| text.strip_prefix(self.prefix.as_str()))
            .filter_map(|text| self.encoding.decode(text))
            .collect();
        if found.is_empty() {
            return Err(Refusal::Unreadable(self.header.clone()));
        }
        Ok(found)
    }

    fn timestamp<'a>(&'a self, request: &'a Inbound<'_>) -> Result<Option<Cow<'a, str>>, Refusal> {
        let Some(rule) = &self.timestamp else {
            return Ok(None);
        };
        match &rule.source {
            TimestampSource::Header(name) => Ok(Some(request.header(name)?.into())),
            TimestampSource::Body(path) => Ok(Some(time_in_body(request, path)?.into())),
            TimestampSource::Part(name) => {
                let separator = self.parts.as_deref().unwrap_or(",");
                named(request.header(&self.header)?, separator, name)
                    .next()
                    .map(|text| Some(text.into()))
                    .ok_or_else(|| Refusal::PartAbsent(name.clone()))
            }
        }
    }
}

fn pieces<'a>(whole: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    whole.split(separator).map(str::trim)
}

fn named<'a>(whole: &'a str, separator: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    pieces(whole, separator)
        .filter_map(|piece| piece.split_once('='))
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value)
}
