//! The developer app: an organization's workspace.

use crate::id::{AppId, OrganizationId};
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub id: AppId,
    pub organization: OrganizationId,
    pub name: String,
    /// Whether a permitted person may see a key again after it was made.
    pub reveal_keys: bool,
    pub created_at: Timestamp,
}
