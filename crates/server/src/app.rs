//! The server put together.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use trunnel_core::Core;

use crate::assets::{self, Assets};
use crate::layer::request::{Watch, observe};
use crate::routes::{RouteInfo, Routes};
use crate::{api, health, inbound, oauth, openapi, problem};

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

pub(crate) fn all_routes() -> (Router<Server>, Vec<RouteInfo>) {
    let routes = Routes::default()
        .merge(api::routes())
        .merge(oauth::routes())
        .merge(inbound::routes())
        .merge(health::routes())
        .merge(openapi::routes())
        .merge(assets::routes());
    (routes.router, routes.table)
}

/// The whole application. `beside` is served next to the API: the Playground.
pub fn build(server: Server, beside: Router) -> Router {
    let (router, table) = all_routes();
    let watch = Watch::new(server.clone(), &table);
    router
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(server)
        .merge(beside)
        .fallback(problem::no_such_route)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(axum::middleware::from_fn_with_state(watch, observe))
}
