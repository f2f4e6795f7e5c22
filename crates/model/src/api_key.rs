//! API keys: their form, their checksum and what is stored of them.
//!
//! `trn_test_<body><check>` or `trn_live_<body><check>`, the form that `checked_secret` describes.

use crate::chance::Chance;
use crate::checked_secret;
use crate::environment::Environment;
use crate::id::ApiKeyId;
use crate::secret::Secret;
use crate::time::Timestamp;

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
        Self {
            text: checked_secret::generate(prefix(environment), chance),
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
        if !checked_secret::is_one(prefix(environment), text) {
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
        checked_secret::hint(prefix(self.environment), &self.text)
    }

    pub fn hash(&self) -> HashedApiKey {
        HashedApiKey(checked_secret::hash(&self.text))
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
