//! A credential as it is sealed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trunnel_catalog::TokenAnswer;
use trunnel_model::secret::Secret;
use zeroize::Zeroize;

/// The tokens of one grant.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Option<Secret>,
    /// How long the access token was said to live, in seconds.
    pub(crate) lifetime_s: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct StoredTokens {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime_s: Option<i64>,
}

impl Tokens {
    pub(crate) fn of(answer: &TokenAnswer) -> Self {
        Self {
            access_token: answer.access_token.clone(),
            refresh_token: answer.refresh_token.clone(),
            lifetime_s: answer.expires_in_s,
        }
    }

    /// The next tokens of the same grant. A provider that sends no new refresh token
    /// means the old one to be used again.
    pub(crate) fn renewed(&self, answer: &TokenAnswer) -> Self {
        let next = Self::of(answer);
        Self {
            refresh_token: next.refresh_token.or_else(|| self.refresh_token.clone()),
            ..next
        }
    }

    pub(crate) fn write(&self) -> Secret {
        let mut stored = StoredTokens {
            access_token: self.access_token.expose().to_owned(),
            refresh_token: self
                .refresh_token
                .as_ref()
                .map(|token| token.expose().to_owned()),
            lifetime_s: self.lifetime_s,
        };
        // Texts and numbers always serialize.
        let text = serde_json::to_string(&stored).unwrap_or_default();
        stored.access_token.zeroize();
        stored.refresh_token.zeroize();
        Secret::new(text)
    }

    pub(crate) fn read(plain: &Secret) -> Result<Self, serde_json::Error> {
        let stored: StoredTokens = serde_json::from_str(plain.expose())?;
        Ok(Self {
            access_token: Secret::new(stored.access_token),
            refresh_token: stored.refresh_token.map(Secret::new),
            lifetime_s: stored.lifetime_s,
        })
    }
}

/// The values of a key-based credential, by field.
pub(crate) type Keys = BTreeMap<String, Secret>;

pub(crate) fn write_keys(keys: &Keys) -> Secret {
    let plain: BTreeMap<&str, &str> = keys
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    // Texts always serialize.
    Secret::new(serde_json::to_string(&plain).unwrap_or_default())
}

pub(crate) fn read_keys(plain: &Secret) -> Result<Keys, serde_json::Error> {
    let stored: BTreeMap<String, String> = serde_json::from_str(plain.expose())?;
    Ok(stored
        .into_iter()
        .map(|(name, value)| (name, Secret::new(value)))
        .collect())
}
