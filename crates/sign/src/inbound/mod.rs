//! Proof that a webhook's request comes from its provider.
//!
//! ```
//! use http::{HeaderMap, Method};
//! use trunnel_model::{secret::Secret, time::Timestamp};
//! use trunnel_sign::{Hash, KeyEncoding};
//! use trunnel_sign::inbound::{Encoding, HmacRule, Inbound, Payload};
//!
//! let rule = HmacRule {
//!     hash: Hash::Sha256,
//!     encoding: Encoding::Hex,
//!     key_encoding: KeyEncoding::Utf8,
//!     header: "x-hub-signature-256".to_owned(),
//!     prefix: "sha256=".to_owned(),
//!     parts: None,
//!     signature_part: None,
//!     payload: Payload::body(),
//!     timestamp: None,
//! };
//! let mut headers = HeaderMap::new();
//! let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
//! headers.insert("x-hub-signature-256", signature.parse()?);
//! let request = Inbound {
//!     method: &Method::POST,
//!     url: "https://trunnel.example.com/hooks/1",
//!     headers: &headers,
//!     body: b"Hello, World!",
//! };
//! let key = Secret::new("It's a Secret to Everybody");
//! rule.verify(&request, &key, Timestamp::from_millis(0))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ecdsa;
mod hmac;
mod moment;
mod payload;
mod refusal;
mod token;

use http::{HeaderMap, Method};

pub use self::ecdsa::EcdsaRule;
pub use self::hmac::{Encoding, HmacRule};
pub use self::moment::{TimestampRule, TimestampSource, TimestampUnit};
pub use self::payload::Payload;
pub use self::refusal::Refusal;
pub use self::token::{JwtRule, Place, TokenRule};

/// A request that came in, as it came in: its body is not parsed yet.
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'a> {
    pub method: &'a Method,
    /// The address as the provider called it, which behind a proxy is not the one that
    /// this server sees.
    pub url: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

impl Inbound<'_> {
    /// The header's one value. Two of a kind are refused: it would be open which counts.
    fn header(&self, name: &str) -> Result<&str, Refusal> {
        let mut values = self.headers.get_all(name).iter();
        let absent = || Refusal::HeaderAbsent(name.to_owned());
        let value = values.next().ok_or_else(absent)?;
        if values.next().is_some() {
            return Err(Refusal::HeaderTwice(name.to_owned()));
        }
        value
            .to_str()
            .map(str::trim)
            .map_err(|_| Refusal::Unreadable(name.to_owned()))
    }
}
