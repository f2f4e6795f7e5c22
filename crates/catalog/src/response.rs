//! What an answer means: a value, or a failure and whether to try again.

use serde_json::Value;
use trunnel_model::http::HttpAnswer;

use crate::action::{Action, Call};
use crate::connector::Connector;
use crate::option::AuthOption;
use crate::path::{dig, dig_mut, plain_text};

/// Of an answer that is no JSON, at most this much is kept.
const TEXT_LIMIT: usize = 64 * 1024;

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The whole answer; [`mapped`] takes the action's part of it.
    Success(Value),
    Failure {
        class: FailureClass,
        status: u16,
        body: Value,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureClass {
    /// The same call may succeed later.
    Transient { retry_after: Option<RetryAfter> },
    /// The credential is not accepted.
    Auth,
    /// The same call will fail again.
    Permanent,
}

/// How long the provider asks to wait; there is no clock here to compare it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryAfter {
    Seconds(u64),
    /// An HTTP date, as it was sent.
    Date(String),
    /// Seconds since 1970.
    Epoch(u64),
}

/// How a provider that answers 200 says that a call failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub(crate) path: String,
    /// Without it, anything but `null` at the path is a failure.
    pub(crate) equals: Option<Value>,
    pub(crate) code: Option<String>,
    pub(crate) auth_codes: Vec<String>,
    pub(crate) transient_codes: Vec<String>,
}

impl Failure {
    fn class(&self, body: &Value, retry_after: Option<RetryAfter>) -> Option<FailureClass> {
        let found = dig(body, &self.path).filter(|value| !value.is_null());
        let holds = match &self.equals {
            Some(equals) => dig(body, &self.path) == Some(equals),
            None => found.is_some(),
        };
        if !holds {
            return None;
        }
        let code = self
            .code
            .as_deref()
            .and_then(|path| dig(body, path))
            .and_then(plain_text);
        let among = |codes: &[String]| code.as_ref().is_some_and(|code| codes.contains(code));
        Some(if among(&self.auth_codes) {
            FailureClass::Auth
        } else if among(&self.transient_codes) {
            FailureClass::Transient { retry_after }
        } else {
            FailureClass::Permanent
        })
    }
}

/// Reads the answer to an action's request.
pub fn classify(
    connector: &Connector,
    action: &Action,
    option: &AuthOption,
    answer: &HttpAnswer,
) -> Outcome {
    let body = body(answer);
    let failure = action.failure.as_ref().or(connector.failure.as_ref());
    match failure_class(connector, failure, option, answer, &body) {
        Some(class) => Outcome::Failure {
            class,
            status: answer.status,
            body,
        },
        None if is_page(answer) && !matches!(action.call, Call::Caller) => Outcome::Failure {
            class: FailureClass::Transient { retry_after: None },
            status: answer.status,
            body,
        },
        None => Outcome::Success(body),
    }
}

/// The part of a whole answer that the action is about, with what it takes from the
/// headers.
pub fn mapped(action: &Action, answer: &HttpAnswer, body: Value) -> Value {
    let mut part = select(body, action.answer.as_deref());
    let found = action.answer_headers.iter().filter_map(|(name, header)| {
        let text = answer.header(header)?;
        Some((name.clone(), Value::String(text.to_owned())))
    });
    let found: Vec<_> = found.collect();
    if !found.is_empty() && part.is_null() {
        part = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(members) = &mut part {
        members.extend(found);
    }
    part
}

/// A page for people where an answer for programs was asked for: a provider under
/// maintenance, or something in between, whatever the status says.
fn is_page(answer: &HttpAnswer) -> bool {
    let content_type = answer.header("content-type").unwrap_or_default();
    content_type
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("text/html")
}

/// The part that the action is about; the whole answer when it has no such part.
fn select(mut body: Value, path: Option<&str>) -> Value {
    let Some(path) = path else { return body };
    let found = dig_mut(&mut body, path);
    match found {
        Some(part) => part.take(),
        None => body,
    }
}

pub(crate) fn failure_class(
    connector: &Connector,
    failure: Option<&Failure>,
    option: &AuthOption,
    answer: &HttpAnswer,
    body: &Value,
) -> Option<FailureClass> {
    let status = answer.status;
    if option.expiry_statuses.contains(&status) {
        return Some(FailureClass::Auth);
    }
    if (200..300).contains(&status) {
        return failure.and_then(|rule| rule.class(body, retry_after(connector, answer)));
    }
    // A provider's own word weighs more than a status that says only "no".
    let told = failure.and_then(|rule| rule.class(body, retry_after(connector, answer)));
    if let Some(class @ (FailureClass::Auth | FailureClass::Transient { .. })) = told {
        return Some(class);
    }
    let waits = matches!(status, 408 | 425 | 429 | 500..=599);
    Some(
        if waits || (status == 403 && is_rate_limited(connector, answer)) {
            FailureClass::Transient {
                retry_after: retry_after(connector, answer),
            }
        } else {
            FailureClass::Permanent
        },
    )
}

/// Some providers say "too many" with a 403, which only their headers tell from
/// a missing permission.
fn is_rate_limited(connector: &Connector, answer: &HttpAnswer) -> bool {
    let remaining = connector
        .retry
        .remaining
        .as_deref()
        .and_then(|name| answer.header(name));
    remaining == Some("0") || answer.header("retry-after").is_some()
}

fn retry_after(connector: &Connector, answer: &HttpAnswer) -> Option<RetryAfter> {
    let after = connector
        .retry
        .after
        .iter()
        .map(String::as_str)
        .chain(["retry-after"]);
    let wait = after
        .filter_map(|name| answer.header(name))
        .find_map(read_retry_after);
    wait.or_else(|| {
        let mut moments = connector
            .retry
            .reset_at
            .iter()
            .filter_map(|name| answer.header(name));
        moments.find_map(read_epoch)
    })
}

pub(crate) fn read_retry_after(text: &str) -> Option<RetryAfter> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    match text.parse::<f64>() {
        Ok(seconds) => whole_seconds(seconds).map(RetryAfter::Seconds),
        Err(_) => Some(RetryAfter::Date(text.to_owned())),
    }
}

fn read_epoch(text: &str) -> Option<RetryAfter> {
    /// Later than any second of this millennium: it must be milliseconds.
    const MILLIS_FROM: u64 = 100_000_000_000;
    let number = text.trim().parse::<f64>().ok().and_then(whole_seconds)?;
    Some(RetryAfter::Epoch(if number >= MILLIS_FROM {
        number / 1000
    } else {
        number
    }))
}

/// Rounded up, because a little early is too early.
fn whole_seconds(seconds: f64) -> Option<u64> {
    let fits = seconds.is_finite() && (0.0..9.0e15).contains(&seconds);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked just now"
    )]
    fits.then(|| seconds.ceil() as u64)
}

/// The answer's JSON; a text when it is none, `null` when there is nothing.
pub(crate) fn body(answer: &HttpAnswer) -> Value {
    if answer.body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| {
        let kept = &answer.body[..answer.body.len().min(TEXT_LIMIT)];
        Value::String(String::from_utf8_lossy(kept).into_owned())
    })
}
