//! What happened to an account's connections to an app, as people read it.

use crate::id::{ConnectionEventId, ConnectionId};
use crate::text::AccountId;
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionEventKind {
    Created,
    /// An existing connection has got a new credential.
    Reauthenticated,
    /// The provider has ended the access.
    Expired,
    /// A connect, or a talk about tokens, has failed.
    Failed,
    Deleted,
}

impl ConnectionEventKind {
    pub const ALL: [Self; 5] = [
        Self::Created,
        Self::Reauthenticated,
        Self::Expired,
        Self::Failed,
        Self::Deleted,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "Integration Created",
            Self::Reauthenticated => "Reauthenticated",
            Self::Expired => "Integration Expired",
            Self::Failed => "Connection Failed",
            Self::Deleted => "Integration Deleted",
        }
    }

    pub fn parse(text: &str) -> Result<Self, UnknownConnectionEvent> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text)
            .ok_or(UnknownConnectionEvent)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event of a connection")]
pub struct UnknownConnectionEvent;

/// One line of a connection's story. It outlives the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionEvent {
    pub id: ConnectionEventId,
    pub account_id: AccountId,
    pub slug: String,
    /// Absent when there was no connection yet.
    pub connection: Option<ConnectionId>,
    pub kind: ConnectionEventKind,
    /// What the provider said, or what we say where it said nothing; never a secret.
    pub error: Option<String>,
    pub created_at: Timestamp,
}
