//! Linked accounts: the developer's customers.

use std::collections::BTreeMap;

use crate::id::{LinkedAccountId, UdfEntryId};
use crate::text::AccountId;
use crate::time::Timestamp;

pub const MAX_UDF_KEYS: usize = 100;
pub const MAX_UDF_BYTES: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedAccount {
    pub id: LinkedAccountId,
    pub account_id: AccountId,
    pub name: Option<String>,
    /// The developer's own grouping; nothing to do with OAuth scopes.
    pub scope: Option<String>,
    pub udf: Vec<UdfEntry>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A user-defined field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UdfEntry {
    pub id: UdfEntryId,
    pub name: String,
    pub value: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a caller wants changed. What is absent stays; in a map, `None` removes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    pub name: Option<String>,
    pub scope: Option<String>,
    pub udf: BTreeMap<String, Option<String>>,
    /// What the developer's own API wants to see for this customer.
    pub auth_credentials: BTreeMap<String, Option<String>>,
}

/// Which accounts a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Part of the name or of the account id, in any case.
    pub search: Option<String>,
    pub scope: Option<String>,
    pub udf: Option<(String, String)>,
}

impl AccountFilter {
    pub const fn is_empty(&self) -> bool {
        self.search.is_none() && self.scope.is_none() && self.udf.is_none()
    }
}
