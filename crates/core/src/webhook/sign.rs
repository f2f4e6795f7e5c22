//! How a receiver knows that a webhook is ours.
//!
//! Two schemes travel side by side. `x-cobalt-signature` is the compatible one,
//! keyed on the environment's API key, so it changes when that key is rotated.
//! The `webhook-*` headers follow Standard Webhooks, keyed on the webhook's own
//! secret, and survive every rotation of the key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use trunnel_model::chance::{self, Chance};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use crate::hex;

const SECRET_PREFIX: &str = "whsec_";

/// A new secret in the form receivers' libraries read.
pub(super) fn new_secret(chance: &dyn Chance) -> Secret {
    let bytes = chance::bytes::<32>(chance);
    Secret::new(format!("{SECRET_PREFIX}{}", STANDARD.encode(bytes)))
}

/// The headers to send. `api_keys` are the valid ones, newest first: the newest one
/// signs; while a rotation's grace lasts, the one before signs beside it. All `secrets`
/// sign, and a receiver is content with the one signature that it knows.
pub(super) fn headers(
    message_id: &str,
    at: Timestamp,
    body: &[u8],
    api_keys: &[Secret],
    secrets: &[Secret],
) -> Vec<(&'static str, String)> {
    let timestamp = at.as_seconds().to_string();
    let standard: Vec<String> = secrets
        .iter()
        .map(|secret| standard(secret, message_id, &timestamp, body))
        .collect();
    let mut headers = vec![
        ("webhook-id", message_id.to_owned()),
        ("webhook-signature", standard.join(" ")),
        ("webhook-timestamp", timestamp),
    ];
    let names = ["x-cobalt-signature", "x-cobalt-signature-previous"];
    for (name, key) in names.into_iter().zip(api_keys) {
        headers.push((name, hex::encode(&digest(key.expose().as_bytes(), &[body]))));
    }
    headers
}

/// `v1,` and the base64 HMAC of `id.timestamp.body`.
fn standard(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> String {
    let encoded = secret.expose().trim_start_matches(SECRET_PREFIX);
    let key = STANDARD.decode(encoded).unwrap_or_default();
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    format!("v1,{}", STANDARD.encode(digest(&key, &parts)))
}

fn digest(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC accepts every key length")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
