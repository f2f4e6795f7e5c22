//! The authorization server: RFC 6749 with PKCE (7636), revocation (7009),
//! registration (7591), metadata (8414) and the issuer in its answers (9207).

pub(crate) mod authorize;
pub(crate) mod client;
pub(crate) mod consent;
pub(crate) mod error;
mod exchange;
pub(crate) mod metadata;
mod pkce;
mod redirect;
mod refused;
pub(crate) mod register;
pub(crate) mod revoke;
pub(crate) mod token;
