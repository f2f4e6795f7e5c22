//! What providers have told by webhook.

use crate::id::{ConnectionId, TriggerEventId};
use crate::text::AccountId;
use crate::time::Timestamp;

/// One event, for one account; for none where nobody is connected to what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerEvent {
    pub id: TriggerEventId,
    pub slug: String,
    /// The connector's trigger; nothing for an event that it has none for.
    pub trigger: Option<String>,
    /// The provider's name for this kind of event.
    pub kind: Option<String>,
    pub account_id: Option<AccountId>,
    pub connection: Option<ConnectionId>,
    /// The provider's id of the event.
    pub event_id: Option<String>,
    /// The event as it came, as JSON.
    pub payload: String,
    pub received_at: Timestamp,
}
