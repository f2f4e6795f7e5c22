//! Personal access tokens: bearers for one linked account that do not expire.

use crate::checked_secret::checked_secret;
use crate::id::AccessTokenId;
use crate::text::AccountId;
use crate::time::Timestamp;

checked_secret! {
    /// A token in the clear; it is shown when it is made and never again.
    PlainAccessToken = "trn_pat_", HashedAccessToken
}

/// A token as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    pub id: AccessTokenId,
    pub account_id: AccountId,
    pub name: String,
    pub hint: String,
    /// The name of whoever has made it, as it was then.
    pub created_by: String,
    pub created_at: Timestamp,
    /// Up to a few seconds behind.
    pub last_used_at: Option<Timestamp>,
}
