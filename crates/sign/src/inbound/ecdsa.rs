//! Signatures with a provider's own key, of which the developer sets the public half.

use std::borrow::Cow;

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use crate::encode::unbase64;
use crate::fault::SignFault;

use super::moment::{TimestampRule, TimestampSource, time_in_body};
use super::{Inbound, Payload, Refusal};

/// What a P-256 key written as `SubjectPublicKeyInfo` begins with; the point follows.
const P256_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// ECDSA over P-256 with SHA-256: the signature is base64 of its ASN.1 form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcdsaRule {
    pub header: String,
    pub payload: Payload,
    pub timestamp: Option<TimestampRule>,
}

impl EcdsaRule {
    /// Verifies with a public key as providers show it: base64 of its
    /// `SubjectPublicKeyInfo`, with or without the lines of a PEM around it.
    pub fn verify(
        &self,
        request: &Inbound<'_>,
        public_key: &Secret,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let point = point(public_key.expose()).map_err(Refusal::Key)?;
        let timestamp = match &self.timestamp {
            Some(rule) => Some((rule, time(rule, request)?)),
            None => None,
        };
        let text = timestamp.as_ref().map(|(_, text)| &**text);
        let payload = self.payload.render(request, text)?;
        let signature = unbase64(request.header(&self.header)?)
            .ok_or_else(|| Refusal::Unreadable(self.header.clone()))?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify(&payload, &signature)
            .map_err(|_| Refusal::Signature)?;
        timestamp.map_or(Ok(()), |(rule, text)| rule.check(&text, now))
    }
}

fn time<'a>(rule: &TimestampRule, request: &'a Inbound<'_>) -> Result<Cow<'a, str>, Refusal> {
    match &rule.source {
        TimestampSource::Header(name) => request.header(name).map(Into::into),
        TimestampSource::Body(path) => time_in_body(request, path).map(Into::into),
        TimestampSource::Part(name) => Err(Refusal::PartAbsent(name.clone())),
    }
}

fn point(text: &str) -> Result<Vec<u8>, SignFault> {
    let fault = |problem| SignFault::new("public key", problem);
    let lines = text
        .lines()
        .filter(|line| !line.trim().starts_with("-----"));
    let der = unbase64(&lines.collect::<String>()).ok_or(fault("is not base64"))?;
    let point = der.strip_prefix(&P256_HEAD);
    point
        .filter(|point| point.len() == 65)
        .map(<[u8]>::to_vec)
        .ok_or(fault(
            "is not a P-256 key; paste the verification key as the provider shows it",
        ))
}
