//! The seam between what is asked of a token endpoint and how it gets there.

use std::future::Future;
use std::pin::Pin;

use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_outbound::{Limits, Outbound, SendFailure};

/// What comes of sending one request.
pub type Sent<'a> = Pin<Box<dyn Future<Output = Result<HttpAnswer, SendFailure>> + Send + 'a>>;

/// Sends token requests. The product has one, [`Outbound`]; a simulation stands a
/// provider of its own there, whose time is the simulation's.
pub trait Wire: Send + Sync + 'static {
    fn send(&self, request: HttpRequest, limits: Limits) -> Sent<'_>;
}

impl Wire for Outbound {
    fn send(&self, request: HttpRequest, limits: Limits) -> Sent<'_> {
        Box::pin(Self::send(self, request, limits))
    }
}
