//! The server put together.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use trunnel_core::Core;

use crate::assets::{self, Assets};
use crate::console::guard::{Guard, guard};
use crate::layer::request::{Watch, observe};
use crate::routes::Routes;
use crate::{api, console, health, inbound, oauth, openapi, portal, problem};

/// The most a request's body may have.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What handlers work with.
#[derive(Clone)]
pub struct Server {
    pub core: Core,
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
    /// The Console's and the portal's files.
    pub assets: Assets,
}

/// All but the Console's.
pub(crate) fn outer_routes() -> Routes {
    Routes::default()
        .merge(api::routes())
        .merge(oauth::routes())
        .merge(inbound::routes())
        .merge(health::routes())
        .merge(openapi::routes())
        .merge(assets::routes())
        .merge(portal::routes())
}

/// The whole application. `beside` is served next to the API: the Playground.
pub fn build(server: Server, beside: Router) -> Router {
    let (outer, console) = (outer_routes(), console::routes());
    let table = [outer.table, console.table.clone()].concat();
    let watch = Watch::new(server.clone(), &table);
    let guarded = Guard::new(server.clone(), &console.table, nested(server.clone()));
    // Before its own routes only: the API's calls have no cookie to look at.
    let console = console
        .router
        .route_layer(axum::middleware::from_fn_with_state(guarded, guard));
    outer
        .router
        .merge(console)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(server)
        .merge(beside)
        .fallback(problem::no_such_route)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(axum::middleware::from_fn_with_state(watch, observe))
}

/// The public API by itself, for members in the Console.
fn nested(server: Server) -> Router {
    let router = api::routes().router;
    router
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(server)
        .fallback(problem::no_such_route)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}
