//! Secrets that the Playground gives out, and what it keeps of them.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use trunnel_model::chance::{self, Chance};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_store::playground::Hash;

/// A secret on its way to whoever asked for it.
pub(crate) struct Minted {
    pub(crate) text: Secret,
    pub(crate) hash: Hash,
}

/// A new secret. The prefix is for people: it says what they are looking at.
pub(crate) fn mint(prefix: &str, chance: &dyn Chance) -> Minted {
    let text = format!("{prefix}{}", chance::secret_text(chance));
    Minted {
        hash: hash(&text),
        text: Secret::new(text),
    }
}

pub(crate) fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

/// Compares without telling by the time it takes how much was right.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// An id that sorts by time of creation.
pub(crate) fn id(prefix: &str, now: Timestamp, chance: &dyn Chance) -> String {
    let random = u128::from_be_bytes(chance::bytes::<16>(chance)) >> 48;
    format!("{prefix}{:012x}{random:020x}", now.as_millis().max(0))
}
