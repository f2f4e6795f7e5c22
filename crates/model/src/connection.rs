//! Connections: one customer's authorized access to one connector.

use crate::id::ConnectionId;
use crate::text::AccountId;
use crate::time::Timestamp;

/// The two families of ways to connect that the public API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthType {
    OAuth2,
    KeyBased,
}

impl AuthType {
    pub const ALL: [Self; 2] = [Self::OAuth2, Self::KeyBased];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OAuth2 => "oauth2",
            Self::KeyBased => "keybased",
        }
    }

    pub fn parse(text: &str) -> Result<Self, UnknownAuthType> {
        match text {
            "oauth2" => Ok(Self::OAuth2),
            "keybased" => Ok(Self::KeyBased),
            _ => Err(UnknownAuthType),
        }
    }
}

impl std::fmt::Display for AuthType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an auth type is `oauth2` or `keybased`")]
pub struct UnknownAuthType;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    /// The provider has said that the access is gone; only the customer can renew it.
    Expired,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
        }
    }

    pub fn parse(text: &str) -> Result<Self, UnknownStatus> {
        match text {
            "active" => Ok(Self::Active),
            "expired" => Ok(Self::Expired),
            _ => Err(UnknownStatus),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a connection is `active` or `expired`")]
pub struct UnknownStatus;

/// What may be shown of a connection. The credential is not here.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub id: ConnectionId,
    pub account_id: AccountId,
    pub slug: String,
    pub auth_type: AuthType,
    /// Which of the connector's ways to connect was taken.
    pub auth_option: String,
    /// Whether it was chosen to be used where none is named.
    pub is_default: bool,
    pub status: Status,
    /// Who the provider says this is, as it says it.
    pub identifier: Option<serde_json::Value>,
    /// What the provider granted, where it said so.
    pub scopes: Option<Vec<String>>,
    /// The developer's own values about it.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// When its token ends, where that is known.
    pub expires_at: Option<Timestamp>,
    /// The provider's own words when the access was lost.
    pub last_error: Option<String>,
    pub connected_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
