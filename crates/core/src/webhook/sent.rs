//! What a webhook's request looks like, without what is secret in it.
//!
//! Requests are not kept. A message never changes, and a webhook is kept as it was in each
//! of its versions, so that a request can be shown again from the two.

use serde_json::Value;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::{Message, Webhook};
use trunnel_outbound::is_framing;

use super::body;

/// Says that nothing has happened, also where the body is the developer's own.
const TEST_HEADER: &str = "x-trunnel-test";

/// What stands where a secret was.
const MASK: &str = "********";

/// Parts of the names of headers whose values are nobody's business.
const SECRET_NAMES: [&str; 9] = [
    "auth",
    "cookie",
    "credential",
    "key",
    "passw",
    "secret",
    "session",
    "signature",
    "token",
];

/// A request as it was sent, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// The headers without the signatures. The developer's come before ours, so that none of
/// them can stand for one of ours.
pub(super) fn unsigned_headers(webhook: &Webhook, message: &Message) -> Vec<(String, String)> {
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(body::headers(webhook, message));
    if message.is_test {
        headers.push((TEST_HEADER.to_owned(), "true".to_owned()));
    }
    headers
}

/// The request that was made `at` this time, where one was made.
pub(crate) fn sent(webhook: &Webhook, message: &Message, at: Option<Timestamp>) -> SentRequest {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut set = |name: &str, value: String| {
        let name = name.to_ascii_lowercase();
        headers.retain(|(known, _)| *known != name);
        headers.push((name, value));
    };
    for (name, value) in unsigned_headers(webhook, message) {
        if !is_framing(&name) {
            let value = if is_secret(&name) {
                MASK.to_owned()
            } else {
                value
            };
            set(&name, value);
        }
    }
    set("webhook-id", message.id.as_str().to_owned());
    if let Some(at) = at {
        set("webhook-timestamp", at.as_seconds().to_string());
    }
    set("webhook-signature", MASK.to_owned());
    set("x-cobalt-signature", MASK.to_owned());
    SentRequest {
        method: webhook.method.as_str(),
        url: webhook.url.clone(),
        headers,
        body: String::from_utf8_lossy(&body::render(webhook, message)).into_owned(),
    }
}

/// The webhook as it is kept once it is replaced.
pub(super) fn without_secrets(webhook: &Webhook) -> Webhook {
    let mut kept = webhook.clone();
    for (name, value) in &mut kept.headers {
        if is_secret(name) {
            *value = Value::from(MASK);
        }
    }
    kept
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}
