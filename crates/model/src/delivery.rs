//! A delivery as people look at it.

use crate::id::{DeliveryId, MessageId, WebhookId};
use crate::time::Timestamp;
use crate::webhook::{DeliveryState, WebhookEvent};

/// One message on its way to one webhook, with what came of the last attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    pub id: DeliveryId,
    pub message: MessageId,
    pub webhook: WebhookId,
    /// The webhook's present address.
    pub url: String,
    pub event: WebhookEvent,
    /// None for a message that was made up to try the webhook.
    pub account_id: Option<String>,
    pub state: DeliveryState,
    pub attempts: i64,
    pub last_status: Option<u16>,
    pub last_error: Option<String>,
    /// When the next attempt is due.
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Which deliveries a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    pub webhook: Option<WebhookId>,
    pub account: Option<String>,
    pub state: Option<DeliveryState>,
    pub event: Option<WebhookEvent>,
}
