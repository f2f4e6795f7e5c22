//! The fingerprint of a public key, as Snowflake names a key in its tokens.
//!
//! ```
//! use trunnel_model::secret::Secret;
//!
//! let key = Secret::new(
//!     "-----BEGIN PUBLIC KEY-----
//!     MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
//!     -----END PUBLIC KEY-----",
//! );
//! let name = trunnel_sign::fingerprint::public_key(&key).expect("a key");
//! assert!(name.starts_with("SHA256:"));
//! ```

use trunnel_model::secret::Secret;

use crate::digest::sha256;
use crate::encode::base64;
use crate::fault::SignFault;
use crate::key::spki;

/// `SHA256:` and the base64 of the hash of the `SubjectPublicKeyInfo` of a private or
/// public key in PEM.
pub fn public_key(pem: &Secret) -> Result<String, SignFault> {
    Ok(format!("SHA256:{}", base64(&sha256(&spki(pem)?))))
}
