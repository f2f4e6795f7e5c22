//! Shared tokens and signed ones.

use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use url::form_urlencoded;

use crate::digest::sha256;
use crate::encode::KeyEncoding;
use crate::fault::SignFault;
use crate::jwt::{self, VerifyKey};

use super::{Inbound, Refusal};

/// Where a token stands in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Header(String),
    Query(String),
    /// A dotted path in the JSON body.
    Body(String),
}

/// A token that the provider repeats in every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRule {
    pub place: Place,
}

impl TokenRule {
    /// Compares in a time that depends neither on the content nor on the length of what
    /// is expected. A `Bearer` before the token is passed over.
    pub fn verify(&self, request: &Inbound<'_>, expected: &Secret) -> Result<(), Refusal> {
        let expected = KeyEncoding::Utf8
            .bytes(expected, "webhook secret")
            .map_err(Refusal::Key)?;
        let given = self.given(request)?;
        let is = |given: &str| bool::from(sha256(given.as_bytes()).ct_eq(&sha256(&expected)));
        if is(&given) || is(bearer(&given)) {
            Ok(())
        } else {
            Err(Refusal::Token)
        }
    }

    fn given(&self, request: &Inbound<'_>) -> Result<String, Refusal> {
        match &self.place {
            Place::Header(name) => request.header(name).map(str::to_owned),
            Place::Query(name) => in_query(request, name)
                .ok_or_else(|| Refusal::TokenAbsent(format!("the query parameter `{name}`"))),
            Place::Body(path) => in_body(request, path)
                .and_then(|found| found.as_str().map(str::to_owned))
                .ok_or_else(|| Refusal::TokenAbsent(format!("`{path}` in the body"))),
        }
    }
}

/// A token that the provider makes and signs for each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtRule {
    pub header: String,
    pub key_encoding: KeyEncoding,
}

impl JwtRule {
    /// The token's claims, when it is signed with the secret by HS256 and still good.
    pub fn verify(
        &self,
        request: &Inbound<'_>,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<Map<String, Value>, Refusal> {
        let key = VerifyKey::Hs256 {
            secret,
            encoding: self.key_encoding,
        };
        let token = bearer(request.header(&self.header)?);
        jwt::verify(token, &key, now).map_err(|refusal| match refusal {
            jwt::JwtRefusal::Key(fault) => Refusal::Key(SignFault {
                field: "webhook secret",
                ..fault
            }),
            other => Refusal::Jwt(other),
        })
    }
}

fn bearer(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => value,
    }
}

fn in_query(request: &Inbound<'_>, name: &str) -> Option<String> {
    let (_, query) = request.url.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

pub(super) fn in_body(request: &Inbound<'_>, path: &str) -> Option<Value> {
    let body: Value = serde_json::from_slice(request.body).ok()?;
    path.split('.')
        .try_fold(&body, |value, name| match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            other => other.get(name),
        })
        .cloned()
}
