//! Reading what a token endpoint answers.
//!
//! A grant counts as dead only when the provider says so in as many words: the
//! customer has to consent again then. An outage, a proxy's error page or a
//! mistake in the developer's settings must not look like that.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use trunnel_model::http::HttpAnswer;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use super::probe::pick_fields;
use crate::connector::Fields;
use crate::option::{AuthOption, LifetimeUnit, Method, OAuth2, TokenReading, TokenSource};
use crate::path::{dig, plain_text};
use crate::response::{RetryAfter, read_retry_after};

/// An access token lives no longer than this; a larger number is a mistake.
const LONGEST_LIFETIME_S: i64 = 10 * 366 * 24 * 60 * 60;
/// A provider's explanation is kept up to this length.
const DESCRIPTION_LIMIT: usize = 500;
/// And of its whole answer so many bytes.
const ANSWER_LIMIT: usize = 16 * 1024;

/// Codes by which providers say that a code or a refresh token is no longer good.
const GRANT_DEAD: &[&str] = &[
    "invalid_grant",
    "bad_refresh_token",
    "bad_verification_code",
    "invalid_refresh_token",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "invalid_code",
    "code_already_used",
    "bad_auth_code",
];
/// Codes by which they refuse the developer's registration or settings.
const CLIENT_REFUSED: &[&str] = &[
    "invalid_client",
    "unauthorized_client",
    "incorrect_client_credentials",
    "invalid_client_id",
    "bad_client_secret",
    "redirect_uri_mismatch",
    "bad_redirect_uri",
    "bad_client_id",
    "invalid_scope",
    "unsupported_grant_type",
];
const TRANSIENT: &[&str] = &[
    "temporarily_unavailable",
    "slow_down",
    "server_error",
    "ratelimited",
    "rate_limited",
];

#[derive(Debug, Clone, PartialEq)]
pub struct TokenAnswer {
    pub access_token: Secret,
    pub refresh_token: Option<Secret>,
    /// The secret that belongs to an OAuth 1.0a token.
    pub token_secret: Option<Secret>,
    pub expires_in_s: Option<i64>,
    pub scopes: Option<Vec<String>>,
    /// Connection fields that the answer carries.
    pub fields: Fields,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("token endpoint answered {status}: {kind:?} {}", .error.as_deref().unwrap_or("-"))]
pub struct TokenFault {
    pub kind: TokenFaultKind,
    /// The provider's code.
    pub error: Option<String>,
    /// The provider's explanation.
    pub description: Option<String>,
    /// The beginning of the answer, as it came: it may repeat a credential.
    pub answer: String,
    pub status: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFaultKind {
    /// The customer has to consent again.
    GrantDead,
    /// The developer's registration or settings are refused; the grant may be fine.
    ClientRefused,
    /// Ask again later.
    Transient { retry_after_s: Option<u64> },
    /// The answer proves nothing.
    Nonsense,
}

/// Reads the answer to a token request. `now` is for providers that name the end of
/// a token instead of its life.
pub fn read_token_answer(
    option: &AuthOption,
    answer: &HttpAnswer,
    now: Timestamp,
) -> Result<TokenAnswer, TokenFault> {
    let body = body(answer);
    let success = is_success(answer);
    let read = reading(option).filter(|_| success).and_then(|reading| {
        let access_token = access_token(reading, answer, &body)?;
        Some((reading, access_token))
    });
    let Some((reading, access_token)) = read else {
        return Err(fault(answer, &body));
    };
    let paths = &reading.paths;
    Ok(TokenAnswer {
        access_token,
        refresh_token: text_at(&body, &paths.refresh_token).map(Secret::new),
        token_secret: None,
        expires_in_s: dig(&body, &paths.expires_in)
            .and_then(|value| lifetime(value, reading.unit))
            .or_else(|| left(dig(&body, paths.expires_at.as_deref()?)?, now))
            .or(reading.default_lifetime),
        scopes: dig(&body, &paths.scope).and_then(read_scopes),
        fields: pick_fields(&reading.metadata, &body),
    })
}

fn reading(option: &AuthOption) -> Option<&TokenReading> {
    match &option.method {
        Method::OAuth2(oauth2) => Some(&oauth2.endpoint.answer),
        Method::Device(device) => Some(&device.endpoint.answer),
        Method::Keys(keys) => match &keys.token {
            TokenSource::Exchange(exchange) => Some(&exchange.answer),
            TokenSource::None | TokenSource::Signed(_) => None,
        },
        Method::OAuth1(_) | Method::None => None,
    }
}

fn access_token(reading: &TokenReading, answer: &HttpAnswer, body: &Value) -> Option<Secret> {
    let paths = reading.paths.access_token.as_slice();
    paths.iter().find_map(|path| {
        if path.is_empty() {
            // The body is the token, perhaps as a JSON text.
            let text = body.as_str().map(str::to_owned);
            let text = text.or_else(|| String::from_utf8(answer.body.to_vec()).ok())?;
            let text = text.trim();
            let plain = !text.is_empty() && !text.contains(char::is_whitespace);
            return plain.then(|| Secret::new(text));
        }
        text_at(body, path).map(Secret::new)
    })
}

/// The seconds until a moment.
fn left(value: &Value, now: Timestamp) -> Option<i64> {
    let left = read_moment(value)?.since(now) / 1000;
    (1..=LONGEST_LIFETIME_S).contains(&left).then_some(left)
}

/// A moment: a date, or seconds or milliseconds since 1970.
pub fn read_moment(value: &Value) -> Option<Timestamp> {
    /// Later than any second of this millennium: it must be milliseconds.
    const MILLIS_FROM: i64 = 100_000_000_000;
    let text = plain_text(value)?;
    let moment_ms = match text.trim().parse::<i64>() {
        Ok(number) if number >= MILLIS_FROM => number,
        Ok(number) => number.checked_mul(1000)?,
        Err(_) => date_ms(text.trim())?,
    };
    Some(Timestamp::from_millis(moment_ms))
}

/// RFC 3339, or the same without a zone, which providers mean as UTC.
fn date_ms(text: &str) -> Option<i64> {
    let zoned = chrono::DateTime::parse_from_rfc3339(text).map(|date| date.timestamp_millis());
    zoned.ok().or_else(|| {
        let plain = text.replacen(' ', "T", 1);
        let date = chrono::NaiveDateTime::parse_from_str(&plain, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(date.and_utc().timestamp_millis())
    })
}

/// Connection fields that come as query parameters of the redirect.
pub fn redirect_fields(oauth2: &OAuth2, query: &BTreeMap<String, String>) -> Fields {
    let found = oauth2.redirect_metadata.iter().filter_map(|(name, param)| {
        let text = query.get(param).filter(|text| !text.is_empty())?;
        Some((name.clone(), Value::String(text.clone())))
    });
    found.collect()
}

pub(crate) fn is_success(answer: &HttpAnswer) -> bool {
    (200..300).contains(&answer.status)
}

/// JSON, or a form when the answer says that it is one.
pub(crate) fn body(answer: &HttpAnswer) -> Value {
    let content_type = answer.header("content-type").unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let pairs = url::form_urlencoded::parse(&answer.body);
        let members: Map<String, Value> = pairs
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
        return Value::Object(members);
    }
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

pub(crate) fn text_at(body: &Value, path: &str) -> Option<String> {
    dig(body, path)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A number of seconds, also as a text or with a fraction.
fn lifetime(value: &Value, unit: LifetimeUnit) -> Option<i64> {
    let number = plain_text(value)?.trim().parse::<f64>().ok()?;
    let seconds = match unit {
        LifetimeUnit::Seconds => number,
        LifetimeUnit::Milliseconds => number / 1000.0,
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "ten years in seconds are exact in an f64"
    )]
    let fits = seconds >= 1.0 && seconds <= LONGEST_LIFETIME_S as f64;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was checked just now"
    )]
    fits.then_some(seconds as i64)
}

/// Scopes as a list, or as a text with commas or spaces between them.
pub fn read_scopes(value: &Value) -> Option<Vec<String>> {
    let scopes: Vec<String> = match value {
        Value::String(text) => text
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
        Value::Array(items) => items.iter().filter_map(plain_text).collect(),
        _ => return None,
    };
    (!scopes.is_empty()).then_some(scopes)
}

pub(crate) fn fault(answer: &HttpAnswer, body: &Value) -> TokenFault {
    let error = error_code(body);
    let description = [
        "error_description",
        "message",
        "error.message",
        "error_message",
    ]
    .into_iter()
    .find_map(|path| text_at(body, path))
    .map(|text| text.chars().take(DESCRIPTION_LIMIT).collect());
    let kind = fault_kind(answer, error.as_deref());
    let kept = &answer.body[..answer.body.len().min(ANSWER_LIMIT)];
    TokenFault {
        answer: String::from_utf8_lossy(kept).into_owned(),
        kind,
        error,
        description,
        status: answer.status,
    }
}

fn error_code(body: &Value) -> Option<String> {
    [
        "error",
        "error.code",
        "error.type",
        "code",
        "errorCode",
        "status",
    ]
    .into_iter()
    .filter_map(|path| text_at(body, path))
    .map(|text| text.chars().take(DESCRIPTION_LIMIT).collect::<String>())
    .next()
}

fn fault_kind(answer: &HttpAnswer, error: Option<&str>) -> TokenFaultKind {
    // The status first: a gateway in trouble may put any word into its answer.
    let busy = matches!(answer.status, 408 | 425 | 429 | 500..=599);
    let among = |codes: &[&str]| {
        error.is_some_and(|error| codes.iter().any(|code| code.eq_ignore_ascii_case(error)))
    };
    if busy || among(TRANSIENT) {
        let wait = answer.header("retry-after").and_then(read_retry_after);
        let retry_after_s = match wait {
            Some(RetryAfter::Seconds(seconds)) => Some(seconds),
            _ => None,
        };
        TokenFaultKind::Transient { retry_after_s }
    } else if among(GRANT_DEAD) {
        TokenFaultKind::GrantDead
    } else if among(CLIENT_REFUSED) {
        TokenFaultKind::ClientRefused
    } else {
        TokenFaultKind::Nonsense
    }
}
