//! Webhooks: who is told, what is written when something happens, and how it is
//! sent.

mod attempt;
mod body;
mod endpoint;
mod publish;
mod rotate;
mod sample;
mod sent;
mod sign;

pub(crate) use attempt::deliver;
pub use endpoint::{CreatedWebhook, WebhookChange};
pub(crate) use publish::{Happening, publish, publish_all};
pub use rotate::RotatedSecret;
pub use sent::SentRequest;
pub(crate) use sent::sent;
