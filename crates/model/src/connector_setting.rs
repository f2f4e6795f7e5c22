//! How one environment has set up one connector.

use crate::time::Timestamp;

/// Whose OAuth client is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialSource {
    /// The operator's shared client; only in test.
    Shared,
    /// The developer's own.
    Own,
    /// One that registers itself with the provider, per environment.
    Registered,
}

impl CredentialSource {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Own => "own",
            Self::Registered => "registered",
        }
    }

    pub fn parse(text: &str) -> Result<Self, UnknownSource> {
        match text {
            "shared" => Ok(Self::Shared),
            "own" => Ok(Self::Own),
            "registered" => Ok(Self::Registered),
            _ => Err(UnknownSource),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a credential source is `shared`, `own` or `registered`")]
pub struct UnknownSource;

/// A setting without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorSetting {
    pub slug: String,
    pub source: CredentialSource,
    /// Whether customers see the connector.
    pub enabled: bool,
    pub client_id: Option<String>,
    pub has_secret: bool,
    /// Chosen and typed scopes, beside the connector's mandatory ones.
    pub scopes: Vec<String>,
    /// Connection fields that the developer sets for every customer.
    pub fields: serde_json::Map<String, serde_json::Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
