//! Everything that connectors need signed or verified, on values.
//!
//! Time and nonces are parameters, secrets come as [`trunnel_model::secret::Secret`],
//! and no fault repeats what it was given: it names the field and says what to do.
//!
//! One thing is drawn from the machine: the salt of `PS256` and the number that every
//! `ES256` signature needs, because the library lets nobody else choose them. Choosing
//! them badly gives the key away, and nothing that is decided depends on them.
//!
//! RSA with SHA-1, which only OAuth 1.0a still asks for, is written here on a
//! constant-time number library; see [`oauth1`].

mod date;
mod digest;
mod encode;
mod fault;
mod key;
mod params;

pub mod avanan;
pub mod duo;
pub mod fingerprint;
pub mod http_signature;
pub mod inbound;
pub mod jwt;
pub mod oauth1;
pub mod saml;
pub mod sigv4;
pub mod wsse;

pub use digest::Hash;
pub use encode::KeyEncoding;
pub use fault::SignFault;
