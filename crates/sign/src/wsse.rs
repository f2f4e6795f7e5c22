//! The `X-WSSE` header, as Emarsys wants it.
//!
//! ```
//! use trunnel_model::{secret::Secret, time::Timestamp};
//! use trunnel_sign::wsse;
//!
//! let now = Timestamp::from_millis(1_700_000_000_000);
//! let token = wsse::token("user", &Secret::new("secret"), "d36e316282959a9e", now)?;
//! assert!(token.expose().starts_with("UsernameToken Username=\"user\""));
//! # Ok::<(), trunnel_sign::SignFault>(())
//! ```

use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use zeroize::Zeroizing;

use crate::date;
use crate::digest::sha1;
use crate::encode::{base64, hex};
use crate::fault::{SignFault, quotable};

/// The value of the header. The digest is the base64 of the hexadecimal hash, not of
/// its bytes; that is what Emarsys computes.
pub fn token(
    username: &str,
    password: &Secret,
    nonce: &str,
    now: Timestamp,
) -> Result<Secret, SignFault> {
    let created = date::format(now, "%Y-%m-%dT%H:%M:%SZ")?;
    let text = Zeroizing::new(format!("{nonce}{created}{}", password.expose()));
    let digest = base64(hex(&sha1(text.as_bytes())).as_bytes());
    let username = quotable(username, "user name")?;
    let nonce = quotable(nonce, "nonce")?;
    Ok(Secret::new(format!(
        "UsernameToken Username=\"{username}\", PasswordDigest=\"{digest}\", \
         Nonce=\"{nonce}\", Created=\"{created}\""
    )))
}
