//! The device flow (RFC 8628): a short code that the customer types elsewhere.

use serde_json::Value;
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use url::Url;

use super::oauth2::{Params, client_request};
use super::token::{
    TokenAnswer, TokenFault, TokenFaultKind, body, fault, is_success, read_token_answer, text_at,
};
use crate::access::Access;
use crate::fault::BuildFault;
use crate::option::AuthOption;
use crate::path::{dig, plain_text};

/// How long a code is good for at most, and at least, whatever the answer says.
const LIFETIME_S: std::ops::RangeInclusive<i64> = 30..=86_400;
const DEFAULT_LIFETIME_S: i64 = 600;
/// How often the provider may be asked.
const INTERVAL_S: std::ops::RangeInclusive<i64> = 1..=300;
const DEFAULT_INTERVAL_S: i64 = 5;

/// What the provider hands out for one consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    pub device_code: Secret,
    /// What the customer types.
    pub user_code: String,
    pub verification_uri: Url,
    /// The same with the code in it.
    pub verification_uri_complete: Option<Url>,
    pub expires_in_s: i64,
    pub interval_s: i64,
}

/// What asking for the token came to.
#[derive(Debug, Clone, PartialEq)]
pub enum DeviceAnswer {
    Granted(Box<TokenAnswer>),
    /// The customer has not decided yet.
    Pending,
    /// Not yet, and to be asked less often.
    SlowDown,
    Denied,
    Expired,
    Failed(TokenFault),
}

/// The request for a code.
pub fn device_request(access: &Access<'_>, scopes: &[String]) -> Result<HttpRequest, BuildFault> {
    let device = access
        .option
        .device()
        .ok_or(BuildFault::Unsupported("device"))?;
    let scope = access.scope();
    let mut params = Params::new();
    if !scopes.is_empty() {
        let scopes = scopes.join(&device.endpoint.scope_separator);
        params.push(("scope".to_owned(), scopes));
    }
    let url = device.authorization_url.render(&scope)?;
    client_request(access, &device.endpoint, &scope, url, params)
}

pub fn read_device_code(answer: &HttpAnswer) -> Result<DeviceCode, TokenFault> {
    let body = body(answer);
    let read = is_success(answer).then(|| device_code(&body)).flatten();
    read.ok_or_else(|| fault(answer, &body))
}

fn device_code(body: &Value) -> Option<DeviceCode> {
    let page = |name: &str| {
        let url: Url = text_at(body, name)?.parse().ok()?;
        // It is opened in a browser; `javascript:` is a URL, too.
        matches!(url.scheme(), "https" | "http").then_some(url)
    };
    let number = |name: &str, otherwise: i64, fits: std::ops::RangeInclusive<i64>| {
        let text = dig(body, name).and_then(plain_text);
        let number = text.and_then(|text| text.trim().parse::<i64>().ok());
        number
            .unwrap_or(otherwise)
            .clamp(*fits.start(), *fits.end())
    };
    let user_code = text_at(body, "user_code")?;
    let plain = user_code.len() <= 100 && !user_code.chars().any(char::is_control);
    Some(DeviceCode {
        device_code: Secret::new(text_at(body, "device_code")?),
        user_code: Some(user_code).filter(|_| plain)?,
        // Google's name came before the standard's.
        verification_uri: page("verification_uri").or_else(|| page("verification_url"))?,
        verification_uri_complete: page("verification_uri_complete"),
        expires_in_s: number("expires_in", DEFAULT_LIFETIME_S, LIFETIME_S),
        interval_s: number("interval", DEFAULT_INTERVAL_S, INTERVAL_S),
    })
}

/// Reads the answer to a token request with a device code.
pub fn read_device_answer(
    option: &AuthOption,
    answer: &HttpAnswer,
    now: Timestamp,
) -> DeviceAnswer {
    let fault = match read_token_answer(option, answer, now) {
        Ok(tokens) => return DeviceAnswer::Granted(Box::new(tokens)),
        Err(fault) => fault,
    };
    match fault.error.as_deref() {
        _ if fault.status >= 500 => DeviceAnswer::Failed(fault),
        Some("authorization_pending") => DeviceAnswer::Pending,
        Some("slow_down") => DeviceAnswer::SlowDown,
        Some("access_denied" | "authorization_declined") => DeviceAnswer::Denied,
        Some("expired_token" | "code_expired") => DeviceAnswer::Expired,
        // It no longer knows the code.
        _ if fault.kind == TokenFaultKind::GrantDead => DeviceAnswer::Expired,
        _ => DeviceAnswer::Failed(fault),
    }
}
