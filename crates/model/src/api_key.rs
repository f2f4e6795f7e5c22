//! API keys: their form, their checksum and what is stored of them.
//!
//! `trn_test_<body><check>` or `trn_live_<body><check>`: the body is 32 random
//! bytes as 43 base62 characters, the check the CRC-32 of everything before it
//! as 6. The form has two uses: a secret scanner can tell a leaked key from a
//! look-alike, and a mistyped key is refused before storage is asked.

use sha2::{Digest, Sha256};

use crate::base62;
use crate::chance::Chance;
use crate::environment::Environment;
use crate::id::ApiKeyId;
use crate::secret::Secret;
use crate::time::Timestamp;

const PREFIX_LEN: usize = 9;
const BODY_LEN: usize = 43;
const CHECK_LEN: usize = 6;
const KEY_LEN: usize = PREFIX_LEN + BODY_LEN + CHECK_LEN;

/// A well-formed API key in the clear. Whether it is *valid* only the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainApiKey {
    text: Secret,
    environment: Environment,
}

/// What a key is looked up by: the SHA-256 of the whole key. 256 random bits
/// need no slow hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HashedApiKey([u8; 32]);

/// The text is not a key: wrong prefix, length, alphabet or checksum. It does
/// not say which, because every bad key gets the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct MalformedApiKey;

impl PlainApiKey {
    pub fn generate(environment: Environment, chance: &dyn Chance) -> Self {
        let mut bytes = [0; 32];
        chance.fill(&mut bytes);
        // 43 base62 characters hold any 256-bit number.
        let body = base62::encode(&bytes, BODY_LEN).unwrap_or_default();
        let unchecked = format!("{}{body}", prefix(environment));
        let check = checksum(&unchecked);
        Self {
            text: Secret::new(unchecked + &check),
            environment,
        }
    }

    /// # Errors
    /// [`MalformedApiKey`], whatever is wrong with it.
    pub fn parse(text: &str) -> Result<Self, MalformedApiKey> {
        let environment = Environment::ALL
            .into_iter()
            .find(|environment| text.starts_with(prefix(*environment)))
            .ok_or(MalformedApiKey)?;
        if text.len() != KEY_LEN || !base62::is_base62(&text[PREFIX_LEN..]) {
            return Err(MalformedApiKey);
        }
        let (unchecked, check) = text.split_at(KEY_LEN - CHECK_LEN);
        if checksum(unchecked) != check {
            return Err(MalformedApiKey);
        }
        Ok(Self {
            text: Secret::new(text),
            environment,
        })
    }

    pub const fn environment(&self) -> Environment {
        self.environment
    }

    pub const fn secret(&self) -> &Secret {
        &self.text
    }

    /// What a person may see of it to tell keys apart: the prefix and the last four
    /// characters, of which two are checksum.
    pub fn hint(&self) -> String {
        let text = self.text.expose();
        format!("{}…{}", &text[..PREFIX_LEN], &text[KEY_LEN - 4..])
    }

    pub fn hash(&self) -> HashedApiKey {
        HashedApiKey(Sha256::digest(self.text.expose()).into())
    }
}

impl HashedApiKey {
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A key as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub hint: String,
    pub created_at: Timestamp,
    /// The end of a rotation's grace; the newest key has none.
    pub expires_at: Option<Timestamp>,
    pub last_use: Option<LastUse>,
}

/// When and by what a key was last used; up to a few seconds behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    pub at: Timestamp,
    pub address: Option<String>,
    pub route: Option<String>,
}

const fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Test => "trn_test_",
        Environment::Live => "trn_live_",
    }
}

fn checksum(unchecked: &str) -> String {
    // 6 base62 characters hold any 32-bit number.
    base62::encode(
        &crc32fast::hash(unchecked.as_bytes()).to_be_bytes(),
        CHECK_LEN,
    )
    .unwrap_or_default()
}
