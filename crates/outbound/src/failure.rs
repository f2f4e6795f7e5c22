//! What can go wrong, split by what the caller may do about it.
//!
//! None of these types holds any part of a request or an answer, so none of
//! them can leak one into a log or an error page.

use std::error::Error;
use std::fmt;
use std::io;

use rustls::AlertDescription;

use crate::guard::{AddressRefused, UrlRefused};
use crate::handover::Handover;
use crate::identity::CertificateRefused;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// Never sent: it may not be.
    #[error("the request was not sent: {0}")]
    Refused(UrlRefused),
    /// Never sent: nobody was reached. Safe to repeat.
    #[error("the server could not be reached: {cause}")]
    Unreachable { cause: Unreached },
    /// Sent, wholly or in part; whether it was acted upon is unknown.
    #[error("{}", no_answer(*timed_out))]
    NoAnswer { timed_out: bool },
    /// Never sent: it names an identity that cannot be used.
    #[error("the request was not sent: {0}")]
    Certificate(#[from] CertificateRefused),
    /// The stream that was to be the request's body failed, before anything was `sent`
    /// or in the middle of it.
    #[error("the request could not be sent: {cause}")]
    Body { cause: BodyFailure, sent: bool },
    /// Answered, with more than is read.
    #[error("the server's answer is larger than allowed")]
    TooLarge,
}

/// What was wrong with a stream that was to be a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFailure {
    #[error("its body could not be read to the end")]
    Source,
    #[error("its body has not the length it was said to have")]
    Length,
    #[error("its body is larger than allowed")]
    TooLarge,
    #[error("its body paused for longer than allowed")]
    Stalled,
}

/// Why an answer's body ends early. What was read of it is not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamFailure {
    #[error("the server's answer paused for longer than allowed")]
    Stalled,
    #[error("the server ended the connection before its answer was complete")]
    BrokenOff,
    #[error("the server's answer is larger than allowed")]
    TooLarge,
    /// The request was still being sent, and that failed.
    #[error("the request could not be sent to its end: {0}")]
    Request(BodyFailure),
}

/// What stood in the way of reaching a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreached {
    Name,
    TimedOut,
    ConnectionRefused,
    /// The reason rustls gives; it speaks of certificates and protocol, never of content.
    Tls(String),
    Connection,
}

/// Why the client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupFailure {
    #[error("TLS could not be set up: {0}")]
    Tls(String),
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

impl SendFailure {
    /// Whether the request may have been acted upon although it failed. What may
    /// happen only once must then not be repeated.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::TooLarge => true,
            Self::Body { sent, .. } => *sent,
            Self::Refused(_) | Self::Certificate(_) | Self::Unreachable { .. } => false,
        }
    }

    /// The deadline ended the exchange.
    pub(crate) fn late(handover: &Handover) -> Self {
        if handover.abandon() {
            Self::Unreachable {
                cause: Unreached::TimedOut,
            }
        } else {
            Self::NoAnswer { timed_out: true }
        }
    }

    /// What it means once a server has answered with a redirect: it has acted on what
    /// came before.
    pub(crate) fn after_an_answer(self) -> Self {
        match self {
            Self::Unreachable { cause } => Self::NoAnswer {
                timed_out: cause == Unreached::TimedOut,
            },
            other => other,
        }
    }

    /// The client gave up. Its error is looked at and then dropped, because it
    /// holds the whole URL.
    pub(crate) fn of(error: &reqwest::Error, handover: &Handover) -> Self {
        if let Some(refused) = find::<AddressRefused>(error) {
            return Self::Refused((*refused).into());
        }
        if error.is_builder() {
            return Self::Refused(UrlRefused::Unusable);
        }
        if handover.abandon() || is_about_certificate(error) {
            Self::Unreachable {
                cause: Unreached::of(error),
            }
        } else {
            Self::NoAnswer {
                timed_out: error.is_timeout(),
            }
        }
    }
}

/// Whether the server turned the client's certificate down, or missed one. In TLS 1.3 it
/// says so only when the client, for its part, is done with the handshake and has begun
/// to send; the server has not, and reads no request before it is.
fn is_about_certificate(error: &reqwest::Error) -> bool {
    let Some(rustls::Error::AlertReceived(alert)) = find(error) else {
        return false;
    };
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            // Of a signature in the handshake; a record that cannot be read has another.
            | AlertDescription::DecryptError
    )
}

impl From<UrlRefused> for SendFailure {
    fn from(refused: UrlRefused) -> Self {
        Self::Refused(refused)
    }
}

impl Unreached {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        if error.is_dns() {
            return Self::Name;
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::Tls(tls.to_string());
        }
        match find::<io::Error>(error).map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => Self::ConnectionRefused,
            _ => Self::Connection,
        }
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("its name could not be resolved"),
            Self::TimedOut => f.write_str("connecting took too long"),
            Self::ConnectionRefused => f.write_str("it refused the connection"),
            Self::Tls(reason) => write!(f, "no secure connection could be made ({reason})"),
            Self::Connection => f.write_str("no connection could be made"),
        }
    }
}

fn no_answer(timed_out: bool) -> &'static str {
    if timed_out {
        "the server did not answer in time"
    } else {
        "the server ended the connection before its answer was complete"
    }
}

/// Looks for an error of one type among the causes.
fn find<'a, T: Error + 'static>(top: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(top);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // `io::Error::source` skips over the very error it wraps.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = wrapped.map_or_else(|| error.source(), |wrapped| Some(wrapped));
    }
    None
}
