//! Session tokens: a linked account's own credential.

use crate::id::SessionTokenId;
use crate::text::AccountId;
use crate::time::Timestamp;

/// A token as the store knows it. The text is signed anew from this, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionToken {
    pub id: SessionTokenId,
    pub account_id: AccountId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub refresh_expires_at: Timestamp,
}
