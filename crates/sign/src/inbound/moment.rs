//! When a request was signed, and whether that is long ago.

use chrono::DateTime;
use serde_json::Value;
use trunnel_model::time::Timestamp;

use super::token::in_body;
use super::{Inbound, Refusal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampUnit {
    Seconds,
    Milliseconds,
    /// A date, as in `2026-03-02T09:14:05Z`.
    Rfc3339,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimestampSource {
    Header(String),
    /// A part of the signature's own header, as `t` in `t=1,v1=abc`.
    Part(String),
    /// A dotted path in the JSON body, which is signed as a whole.
    Body(String),
}

/// Where the signed time is, and how many seconds it may lie from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRule {
    pub source: TimestampSource,
    pub unit: TimestampUnit,
    /// To either side. Without one, a repetition is not noticed here.
    pub window: Option<i64>,
}

impl TimestampRule {
    pub(super) fn check(&self, text: &str, now: Timestamp) -> Result<(), Refusal> {
        let unreadable = || Refusal::Unreadable("timestamp".to_owned());
        let seconds = self.unit.seconds(text).ok_or_else(unreadable)?;
        let age = now.as_seconds().saturating_sub(seconds);
        match self.window {
            Some(window) if age > window => Err(Refusal::TooOld(age)),
            Some(window) if age < window.saturating_neg() => {
                Err(Refusal::TooEarly(age.saturating_neg()))
            }
            _ => Ok(()),
        }
    }
}

/// A time in the body, written as a text or as a number.
pub(super) fn time_in_body(request: &Inbound<'_>, path: &str) -> Result<String, Refusal> {
    match in_body(request, path) {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(Refusal::TimeAbsent),
    }
}

impl TimestampUnit {
    fn seconds(self, text: &str) -> Option<i64> {
        match self {
            Self::Seconds => text.parse().ok(),
            Self::Milliseconds => Some(text.parse::<i64>().ok()?.div_euclid(1000)),
            Self::Rfc3339 => Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp()),
        }
    }
}
