//! The public HTTP API: it unpacks, calls one use case and converts.

mod api;
mod app;
mod assets;
mod caller;
mod console;
mod health;
mod inbound;
mod input;
mod layer;
mod meter;
mod oauth;
mod openapi;
mod portal;
mod problem;
mod routes;
mod wire;

pub use app::{Server, build};
pub use assets::Assets;
pub use console::permission::permission_of;
pub use meter::{install_metrics, keep_metrics};
pub use openapi::openapi_document;
pub use routes::{Access, RouteInfo};

/// Every route but the Console's, for the tests that try each with every identity.
pub fn route_table() -> Vec<RouteInfo> {
    app::outer_routes().table
}

/// The Console's routes, for the test that tries each with every role.
pub fn console_route_table() -> Vec<RouteInfo> {
    console::routes().table
}

/// The routes that are served once more under the Console, for a member.
pub fn nested_route_table() -> Vec<RouteInfo> {
    api::routes().table
}
