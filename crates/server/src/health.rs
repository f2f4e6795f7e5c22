//! Is it alive, is it ready, how is it doing.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use crate::app::Server;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(Access::Public, "/healthz", alive)
        .get(Access::Public, "/readyz", ready)
        .get(Access::Public, "/metrics", metrics_text)
}

/// The process answers.
async fn alive() -> &'static str {
    "ok\n"
}

/// The database answers, too, so requests can be sent here.
async fn ready(State(server): State<Server>) -> impl IntoResponse {
    match server.core.check_ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}

async fn metrics_text(State(server): State<Server>) -> impl IntoResponse {
    server.metrics.run_upkeep();
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    (
        [(header::CONTENT_TYPE, content_type)],
        server.metrics.render(),
    )
}
