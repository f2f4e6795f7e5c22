//! Is it alive, is it ready, how is it doing.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use crate::app::Server;
use crate::routes::{Access, Routes};

/// Seconds; from a look-up in memory to a provider that takes its time.
const BUCKETS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0,
];

/// Starts collecting, for the whole process. Every metric is described here.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets(BUCKETS)?
        .install_recorder()?;
    metrics::describe_counter!("trunnel_requests_total", "Requests answered");
    metrics::describe_histogram!(
        "trunnel_request_duration_seconds",
        metrics::Unit::Seconds,
        "Time from a request to its answer"
    );
    metrics::describe_counter!(
        "trunnel_action_calls_total",
        "Calls to apps that were answered"
    );
    metrics::describe_counter!("trunnel_token_refreshes_total", "Token refreshes sent");
    metrics::describe_counter!(
        "trunnel_webhook_attempts_total",
        "Webhook attempts by outcome"
    );
    Ok(handle)
}

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
