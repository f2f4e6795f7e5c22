//! What is counted of requests.
//!
//! The handles are looked up once, when the server is put together: on every request
//! a look-up by labels would cost more than the counting.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::http::Method;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use trunnel_model::time::Sleep;

use crate::routes::RouteInfo;

/// Seconds; from a look-up in memory to a provider that takes its time.
const BUCKETS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0,
];

/// How often the samples of the histograms are folded into their buckets.
const UPKEEP_MS: u64 = 5_000;

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
    describe_token_metrics();
    metrics::describe_counter!(
        "trunnel_webhook_attempts_total",
        "Webhook attempts by outcome"
    );
    metrics::describe_counter!(
        "trunnel_inbound_webhooks_total",
        "Requests of providers by outcome"
    );
    Ok(handle)
}

fn describe_token_metrics() {
    metrics::describe_gauge!(
        "trunnel_token_requests_waiting",
        "Token requests that wait for their provider's budget"
    );
    metrics::describe_counter!(
        "trunnel_token_requests_held_total",
        "Token requests put off because of a provider's budget or circuit"
    );
    metrics::describe_gauge!(
        "trunnel_token_circuits_open",
        "Token endpoints that nobody asks because they fail for everyone"
    );
    metrics::describe_counter!(
        "trunnel_token_circuits_opened_total",
        "How often a token endpoint began to fail for everyone"
    );
}

/// Keeps the histograms small; runs until it is dropped.
pub async fn keep_metrics(handle: PrometheusHandle, sleep: &dyn Sleep) -> Infallible {
    loop {
        handle.run_upkeep();
        sleep.sleep(UPKEEP_MS).await;
    }
}

/// One meter per route, and one for everything that is none of ours.
pub(crate) struct Meters {
    routes: HashMap<&'static str, Vec<(Method, Meter)>>,
    other: Meter,
}

struct Meter {
    /// By the answer's class: 2xx, 3xx, 4xx, 5xx.
    answers: [Counter; 4],
    duration: Histogram,
}

impl Meters {
    pub(crate) fn new(table: &[RouteInfo]) -> Self {
        let mut routes: HashMap<&'static str, Vec<(Method, Meter)>> = HashMap::new();
        for route in table {
            // The table's methods are written in this crate.
            if let Ok(method) = Method::from_bytes(route.method.as_bytes()) {
                let meter = Meter::new(route.path, route.method);
                routes.entry(route.path).or_default().push((method, meter));
            }
        }
        Self {
            routes,
            other: Meter::new("other", "other"),
        }
    }

    pub(crate) fn record(&self, route: &str, method: &Method, status: u16, micros: u64) {
        let of_route = self.routes.get(route).and_then(|meters| {
            let found = meters.iter().find(|(known, _)| known == method);
            found.map(|(_, meter)| meter)
        });
        of_route.unwrap_or(&self.other).record(status, micros);
    }
}

impl Meter {
    fn new(route: &'static str, method: &'static str) -> Self {
        let answers = ["2xx", "3xx", "4xx", "5xx"].map(|class| {
            metrics::counter!(
                "trunnel_requests_total",
                "route" => route, "method" => method, "status" => class
            )
        });
        Self {
            answers,
            duration: metrics::histogram!(
                "trunnel_request_duration_seconds", "route" => route, "method" => method
            ),
        }
    }

    fn record(&self, status: u16, micros: u64) {
        let class = match status {
            ..300 => 0,
            300..400 => 1,
            400..500 => 2,
            500.. => 3,
        };
        self.answers[class].increment(1);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a duration in seconds needs no more"
        )]
        self.duration.record(micros as f64 / 1e6);
    }
}
