//! A credential as it is sealed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trunnel_catalog::{Credential, OAuthClient, TokenAnswer};
use trunnel_model::secret::Secret;
use zeroize::Zeroize;

/// What a customer typed, by field.
pub(crate) type Keys = BTreeMap<String, Secret>;

/// Everything secret of one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(crate) access_token: Option<Secret>,
    pub(crate) refresh_token: Option<Secret>,
    /// The secret that belongs to an OAuth 1.0a token.
    pub(crate) token_secret: Option<Secret>,
    /// How long the access token was said to live, in seconds.
    pub(crate) lifetime_s: Option<i64>,
    pub(crate) values: Keys,
    /// Which row of an import brought it.
    pub(crate) imported: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, String>,
}

impl Held {
    pub(crate) fn of(answer: &TokenAnswer) -> Self {
        Self {
            access_token: Some(answer.access_token.clone()),
            refresh_token: answer.refresh_token.clone(),
            token_secret: answer.token_secret.clone(),
            lifetime_s: answer.expires_in_s,
            values: Keys::new(),
            imported: None,
        }
    }

    pub(crate) fn typed(values: Keys) -> Self {
        Self {
            values,
            ..Self::default()
        }
    }

    /// The same with the next tokens. A provider that sends no new refresh token
    /// means the old one to be used again.
    pub(crate) fn renewed(self, answer: &TokenAnswer) -> Self {
        let next = Self::of(answer);
        Self {
            refresh_token: next.refresh_token.or(self.refresh_token),
            token_secret: next.token_secret.or(self.token_secret),
            lifetime_s: next.lifetime_s.or(self.lifetime_s),
            values: self.values,
            imported: self.imported,
            ..next
        }
    }

    pub(crate) fn credential<'a>(&'a self, client: Option<&'a OAuthClient>) -> Credential<'a> {
        Credential {
            access_token: self.access_token.as_ref(),
            token_secret: self.token_secret.as_ref(),
            refresh_token: self.refresh_token.as_ref(),
            values: Some(&self.values),
            client,
        }
    }

    /// Everything of it that nobody may see.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        let tokens = [&self.access_token, &self.refresh_token, &self.token_secret];
        let tokens = tokens.into_iter().filter_map(Option::as_ref);
        tokens.chain(self.values.values()).collect()
    }

    pub(crate) fn write(&self) -> Secret {
        let plain = |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned());
        let values = self.values.iter();
        let mut stored = Stored {
            access_token: plain(&self.access_token),
            refresh_token: plain(&self.refresh_token),
            token_secret: plain(&self.token_secret),
            lifetime_s: self.lifetime_s,
            imported: self.imported.clone(),
            values: values
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
        };
        // Texts and numbers always serialize.
        let text = serde_json::to_string(&stored).unwrap_or_default();
        stored.access_token.zeroize();
        stored.refresh_token.zeroize();
        stored.token_secret.zeroize();
        stored.values.values_mut().for_each(Zeroize::zeroize);
        Secret::new(text)
    }

    pub(crate) fn read(plain: &Secret) -> Result<Self, serde_json::Error> {
        let stored: Stored = serde_json::from_str(plain.expose())?;
        Ok(Self {
            access_token: stored.access_token.map(Secret::new),
            refresh_token: stored.refresh_token.map(Secret::new),
            token_secret: stored.token_secret.map(Secret::new),
            lifetime_s: stored.lifetime_s,
            imported: stored.imported,
            values: stored
                .values
                .into_iter()
                .map(|(name, value)| (name, Secret::new(value)))
                .collect(),
        })
    }
}
