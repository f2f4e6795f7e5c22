//! The public HTTP API: it unpacks, calls one use case and converts.

mod api;
mod app;
mod assets;
mod caller;
mod health;
mod inbound;
mod input;
mod layer;
mod meter;
mod oauth;
mod openapi;
mod problem;
mod routes;
mod wire;

pub use app::{Server, build};
pub use assets::Assets;
pub use meter::{install_metrics, keep_metrics};
pub use openapi::openapi_document;
pub use routes::{Access, RouteInfo};

/// Every route of this crate, for the test that tries each with every identity.
pub fn route_table() -> Vec<RouteInfo> {
    app::all_routes().1
}
