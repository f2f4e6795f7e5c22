//! Webhooks: who is told what.

use crate::id::{DeliveryId, MessageId, WebhookId};
use crate::time::Timestamp;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $error:ident = $sentence:literal: $($variant:ident = $wire:literal $(| $alias:literal)*;)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }

            pub fn parse(text: &str) -> Result<Self, $error> {
                match text { $($wire $(| $alias)* => Ok(Self::$variant),)+ _ => Err($error) }
            }
        }

        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[error($sentence)]
        pub struct $error;
    };
}

words! {
    /// The closed list of events. The hyphenated spellings are read, never written.
    WebhookEvent, UnknownEvent = "Invalid event. Check events list in documentation.":
    ConnectionCreated = "Connection Created" | "connection-created";
    ConnectionDeleted = "Connection Deleted" | "connection-deleted";
    ConnectionExpired = "Connection Expired" | "connection-expired";
    TriggerReceived = "Trigger Received" | "trigger-received";
    WorkflowCompleted = "Workflow Completed" | "workflow-completed";
    WorkflowErrored = "Workflow Errored" | "workflow-errored";
    WorkflowStopped = "Workflow Stopped" | "workflow-stopped";
    WorkflowTimedOut = "Workflow Timed Out" | "workflow-timed-out";
}

impl WebhookEvent {
    /// About a connection rather than about a workflow's run; what a provider tells of
    /// one is, too.
    pub const fn is_connection(self) -> bool {
        matches!(
            self,
            Self::ConnectionCreated
                | Self::ConnectionDeleted
                | Self::ConnectionExpired
                | Self::TriggerReceived
        )
    }
}

words! {
    /// What the body looks like.
    WebhookKind, UnknownKind = "a webhook type is `default`, `slack` or `custom`":
    Default = "default";
    Slack = "slack";
    Custom = "custom";
}

words! {
    WebhookMethod, UnknownMethod = "a webhook method is `POST`, `PUT` or `PATCH`":
    Post = "POST";
    Put = "PUT";
    Patch = "PATCH";
}

words! {
    DeliveryState, UnknownState = "a delivery is `pending`, `delivered` or `failed`":
    Pending = "pending";
    Delivered = "delivered";
    Failed = "failed";
}

/// One subscription, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    pub events: Vec<WebhookEvent>,
    /// Extra headers, as a JSON object of texts.
    pub headers: serde_json::Map<String, serde_json::Value>,
    /// The template of a custom body.
    pub body: Option<serde_json::Value>,
    pub method: WebhookMethod,
    pub kind: WebhookKind,
    /// Only events of this connector.
    pub slug: Option<String>,
    pub workflow_ids: Vec<String>,
    pub description: Option<String>,
    /// The developer's own grouping.
    pub group: Option<String>,
    pub is_enabled: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Something that happened, as every receiver is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: MessageId,
    pub event: WebhookEvent,
    pub account_id: String,
    pub account_name: Option<String>,
    /// The body's JSON, fixed when it happened.
    pub payload: String,
    /// Made up to try a webhook; nothing has happened.
    pub is_test: bool,
    pub created_at: Timestamp,
}

/// A message that a worker has taken, to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub message: MessageId,
    pub webhook: WebhookId,
    /// Attempts so far, the one in progress included.
    pub attempts: i64,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub number: i64,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub answer: Option<String>,
    /// The state of the webhook that it was made with; none where nothing was sent.
    pub webhook_version: Option<i64>,
    pub duration_ms: i64,
    pub at: Timestamp,
}
