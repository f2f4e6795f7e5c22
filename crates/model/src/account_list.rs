//! Linked accounts in short, as a list shows them.

use crate::id::LinkedAccountId;
use crate::text::AccountId;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEntry {
    pub id: LinkedAccountId,
    pub account_id: AccountId,
    pub name: Option<String>,
    pub scope: Option<String>,
    pub created_at: Timestamp,
    /// The connectors of its connections, one for each.
    pub connections: Vec<String>,
    /// How many of them have expired.
    pub expired: i64,
}

/// Which accounts the list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountListFilter {
    /// Part of the name or of the account id, in any case.
    pub search: Option<String>,
    pub scope: Option<String>,
}
