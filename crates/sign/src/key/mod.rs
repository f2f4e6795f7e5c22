//! Keys as people paste them: PEM in its several dresses.

pub(crate) mod der;
mod pem;
mod private;
mod public;
mod rsa_sha1;

pub(crate) use private::PrivateKey;
pub(crate) use public::{rsa_public_key, spki};
pub(crate) use rsa_sha1::sign as sign_rsa_sha1;
