//! The form of every secret that is handed out once and found by its hash afterwards.
//!
//! `<prefix><body><check>`: the prefix says what it is, the body is 32 random bytes as
//! 43 base62 characters, the check the CRC-32 of everything before it as 6. The form
//! has two uses: a secret scanner can tell a leaked one from a look-alike, and a
//! mistyped one is refused before storage is asked.

use sha2::{Digest as _, Sha256};

use crate::base62;
use crate::chance::{Chance, secret_text};
use crate::secret::Secret;

const BODY_LEN: usize = 43;
const CHECK_LEN: usize = 6;

pub(crate) fn generate(prefix: &str, chance: &dyn Chance) -> Secret {
    let unchecked = format!("{prefix}{}", secret_text(chance));
    let check = checksum(&unchecked);
    Secret::new(unchecked + &check)
}

/// Whether the text has the form, with this prefix.
pub(crate) fn is_one(prefix: &str, text: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else {
        return false;
    };
    if rest.len() != BODY_LEN + CHECK_LEN || !base62::is_base62(rest) {
        return false;
    }
    let (unchecked, check) = text.split_at(text.len() - CHECK_LEN);
    checksum(unchecked) == check
}

/// What a person may see of it to tell one from another: the prefix and the last four
/// characters, of which two are checksum.
pub(crate) fn hint(prefix: &str, text: &Secret) -> String {
    let text = text.expose();
    format!("{prefix}…{}", &text[text.len() - 4..])
}

/// What it is looked up by: the SHA-256 of the whole. 256 random bits need no slow hash.
pub(crate) fn hash(text: &Secret) -> [u8; 32] {
    Sha256::digest(text.expose()).into()
}

fn checksum(unchecked: &str) -> String {
    // 6 base62 characters hold any 32-bit number.
    base62::encode(
        &crc32fast::hash(unchecked.as_bytes()).to_be_bytes(),
        CHECK_LEN,
    )
    .unwrap_or_default()
}

/// Declares a kind of such a secret, and what it is looked up by.
macro_rules! checked_secret {
    ($(#[$doc:meta])* $plain:ident = $prefix:literal, $hashed:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $plain($crate::secret::Secret);

        /// What it is looked up by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $hashed([u8; 32]);

        impl $plain {
            pub const PREFIX: &'static str = $prefix;

            pub fn generate(chance: &dyn $crate::chance::Chance) -> Self {
                Self($crate::checked_secret::generate($prefix, chance))
            }

            /// `None` for whatever has not the form; it does not say what is wrong,
            /// because every bad one gets the same answer.
            pub fn parse(text: &str) -> Option<Self> {
                $crate::checked_secret::is_one($prefix, text)
                    .then(|| Self($crate::secret::Secret::new(text)))
            }

            pub const fn secret(&self) -> &$crate::secret::Secret {
                &self.0
            }

            pub fn hint(&self) -> String {
                $crate::checked_secret::hint($prefix, &self.0)
            }

            pub fn hash(&self) -> $hashed {
                $hashed($crate::checked_secret::hash(&self.0))
            }
        }

        impl $hashed {
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }
    };
}
pub(crate) use checked_secret;
