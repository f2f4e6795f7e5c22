//! Why a webhook's request is not believed.

use crate::fault::SignFault;
use crate::jwt::JwtRefusal;

/// Says what is missing or does not fit; holds names that the connector wrote, never a
/// value that came in and never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the header `{0}` is missing")]
    HeaderAbsent(String),
    #[error("the header `{0}` came more than once")]
    HeaderTwice(String),
    #[error("`{0}` cannot be read")]
    Unreadable(String),
    #[error("the part `{0}` of the signature header is missing")]
    PartAbsent(String),
    #[error("the signature does not match; check the secret that is set for this webhook")]
    Signature,
    #[error("the time that was signed is missing")]
    TimeAbsent,
    #[error("the request was signed {0} seconds ago, which is too long; it may be a repetition")]
    TooOld(i64),
    #[error("the request was signed {0} seconds in the future; check the clock of this server")]
    TooEarly(i64),
    #[error("{0} is missing")]
    TokenAbsent(String),
    #[error("the token is not the one that is set for this webhook")]
    Token,
    #[error("the token is refused: {0}")]
    Jwt(JwtRefusal),
    /// Not the sender's doing: what is set here cannot verify anything.
    #[error("the request cannot be verified: {0}")]
    Key(SignFault),
}
