//! API proxies: requests to the developer's own API, on a customer's behalf.

use crate::id::ApiProxyId;
use crate::time::Timestamp;

/// How a proxy is found and listed. What it does is sealed beside it, since its
/// headers may hold keys of the developer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiProxy {
    pub id: ApiProxyId,
    /// What callers name it by; unique per environment.
    pub action_id: String,
    pub name: String,
    pub description: String,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
