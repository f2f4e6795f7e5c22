//! JSON Web Tokens: made for providers, and read when providers send them.
//!
//! ```
//! use serde_json::{Map, json};
//! use trunnel_model::{secret::Secret, time::Timestamp};
//! use trunnel_sign::{KeyEncoding, jwt};
//!
//! let claims = json!({"iss": "client", "exp": 1_700_000_300});
//! let key = Secret::new("a shared secret");
//! let token = jwt::sign(
//!     jwt::Algorithm::Hs256,
//!     &key,
//!     KeyEncoding::Utf8,
//!     &Map::new(),
//!     claims.as_object().expect("an object"),
//! )?;
//! let now = Timestamp::from_millis(1_700_000_000_000);
//! let key = jwt::VerifyKey::Hs256 { secret: &key, encoding: KeyEncoding::Utf8 };
//! let read = jwt::verify(token.expose(), &key, now)?;
//! assert_eq!(read["iss"], "client");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod make;
mod verify;

pub use make::{Algorithm, sign};
pub use verify::{JwtRefusal, VerifyKey, verify};
