//! What providers tell us: one address per connector and environment, whose requests
//! are proved, read, kept and passed on to the developer.

mod address;
mod list;
mod receive;
mod secret;
mod whose;

pub use address::WebhookAddress;
pub use list::TriggerEventFilter;
pub use receive::{InboundRequest, Received};
pub use secret::{BroughtSecret, SecretChange};
pub(crate) use secret::{SealedChange, check_secret};
