//! Connectors and actions that a developer has written for an environment.

use crate::id::{CustomActionId, CustomConnectorId};
use crate::time::Timestamp;

/// Where a custom connector comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorSource {
    Scratch,
    OpenApi,
}

/// Where one action comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionSource {
    /// Written, or changed, by hand: an import leaves it alone.
    Own,
    OpenApi,
}

impl ConnectorSource {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scratch => "scratch",
            Self::OpenApi => "openapi",
        }
    }

    pub fn parse(text: &str) -> Result<Self, UnknownSource> {
        match text {
            "scratch" => Ok(Self::Scratch),
            "openapi" => Ok(Self::OpenApi),
            _ => Err(UnknownSource),
        }
    }
}

impl ActionSource {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::OpenApi => "openapi",
        }
    }

    pub fn parse(text: &str) -> Result<Self, UnknownSource> {
        match text {
            "own" => Ok(Self::Own),
            "openapi" => Ok(Self::OpenApi),
            _ => Err(UnknownSource),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a source of a connector or an action")]
pub struct UnknownSource;

/// A connector as it is kept: its file is in the form of the catalogue's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomConnector {
    pub id: CustomConnectorId,
    pub slug: String,
    pub name: String,
    pub description: String,
    /// JSON.
    pub file: String,
    pub source: ConnectorSource,
    pub source_url: Option<String>,
    /// Whether the file was written by hand: an import leaves it alone then.
    pub edited: bool,
    /// Counts its changes.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a list of actions shows of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomActionEntry {
    pub id: CustomActionId,
    /// The developer's own name for it, unique on its connector.
    pub action_id: String,
    pub name: String,
    pub description: String,
    pub tag: String,
    pub source: ActionSource,
    /// Counts its changes.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomAction {
    pub entry: CustomActionEntry,
    /// JSON, in the form of the catalogue's files.
    pub file: String,
}
