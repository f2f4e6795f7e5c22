//! What a request is to be answered with.

use std::fmt;
use std::str::FromStr;

/// One planned answer. Each has one spelling, in which it is set and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// As without faults; useful between others.
    Honest,
    /// `429`, with `Retry-After` in seconds.
    TooMany {
        retry_after_s: u32,
    },
    ServerError,
    /// No answer for longer than any client waits; nothing is done.
    Timeout,
    /// Everything is done, and the answer is lost on the way.
    LostReply,
    /// `200` with a page where JSON was due; nothing is done.
    Html,
    /// As without faults, but later.
    Slow {
        millis: u32,
    },
    /// A token answer without `expires_in`; other answers are as without faults.
    NoExpiresIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must hold only: ok, 429, 429:<seconds>, 500, timeout, lost_reply, html, slow:<milliseconds>, \
     no_expires_in"
)]
pub(crate) struct BadAnswer;

impl FromStr for Answer {
    type Err = BadAnswer;

    fn from_str(text: &str) -> Result<Self, BadAnswer> {
        let (kind, number) = match text.split_once(':') {
            Some((kind, number)) => (kind, Some(number.parse().map_err(|_| BadAnswer)?)),
            None => (text, None),
        };
        match (kind, number) {
            ("ok", None) => Ok(Self::Honest),
            ("429", seconds) => Ok(Self::TooMany {
                retry_after_s: seconds.unwrap_or(1),
            }),
            ("500", None) => Ok(Self::ServerError),
            ("timeout", None) => Ok(Self::Timeout),
            ("lost_reply", None) => Ok(Self::LostReply),
            ("html", None) => Ok(Self::Html),
            ("slow", Some(millis)) => Ok(Self::Slow { millis }),
            ("no_expires_in", None) => Ok(Self::NoExpiresIn),
            _ => Err(BadAnswer),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Honest => f.write_str("ok"),
            Self::TooMany { retry_after_s } => write!(f, "429:{retry_after_s}"),
            Self::ServerError => f.write_str("500"),
            Self::Timeout => f.write_str("timeout"),
            Self::LostReply => f.write_str("lost_reply"),
            Self::Html => f.write_str("html"),
            Self::Slow { millis } => write!(f, "slow:{millis}"),
            Self::NoExpiresIn => f.write_str("no_expires_in"),
        }
    }
}
