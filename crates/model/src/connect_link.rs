//! Links to one customer's Connect portal.

use crate::checked_secret::checked_secret;
use crate::id::ConnectLinkId;
use crate::text::AccountId;
use crate::time::Timestamp;

/// How long a link lives.
pub const LINK_LIFE_MS: i64 = 3 * 24 * 3_600_000;

/// The most that a link carries for its page, in bytes.
pub const MAX_PROPERTIES: usize = 64 * 1024;

checked_secret! {
    /// A link's token in the clear; it is the last part of the link.
    PlainLink = "lnk_", HashedLink
}

/// A link as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectLink {
    pub id: ConnectLinkId,
    pub account_id: AccountId,
    pub config_id: Option<String>,
    /// A JSON object, byte for byte as it was given.
    pub properties: String,
    /// Who has made it; what ends them ends it.
    pub made_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}
