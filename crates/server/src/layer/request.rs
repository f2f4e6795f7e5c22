//! Around every request: its id, one log line, one measurement.
//!
//! The line is an interface, described in `docs/logging.md`. It names the route's
//! template, never the path, so that no id or token of a URL gets into the log.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use trunnel_core::Ctx;
use trunnel_model::id::RequestId;

use crate::app::Server;
use crate::problem::{Cause, Envelope};

const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// What is known of a request while it is served.
#[derive(Clone)]
pub(crate) struct RequestInfo(Arc<Inner>);

struct Inner {
    address: Option<String>,
    route: Option<MatchedPath>,
    caller: OnceLock<Who>,
}

/// Who called, for the log line.
struct Who {
    app: String,
    environment: &'static str,
    actor: String,
}

impl RequestInfo {
    pub(crate) fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    pub(crate) fn route(&self) -> &str {
        self.0.route.as_ref().map_or("unknown", MatchedPath::as_str)
    }

    /// Notes who was recognised.
    pub(crate) fn called_by(&self, ctx: &Ctx) {
        // A request has one caller; a second note would say the same.
        let _ = self.0.caller.set(Who {
            app: ctx.scope.app().as_str().to_owned(),
            environment: ctx.scope.environment().name(),
            actor: ctx.actor.name().to_owned(),
        });
    }
}

pub(crate) async fn observe(
    State(server): State<Server>,
    mut request: Request,
    next: Next,
) -> Response {
    let clock = server.core.clock();
    let began = clock.ticks();
    let id = RequestId::new(clock.now(), &*server.core.chance_handle());
    let method = request.method().clone();
    let info = RequestInfo(Arc::new(Inner {
        address: request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip().to_string()),
        route: request.extensions().get::<MatchedPath>().cloned(),
        caller: OnceLock::new(),
    }));
    request.extensions_mut().insert(info.clone());
    let response = finish(next.run(request).await, id.as_str());
    let micros = clock.ticks().saturating_sub(began) / 1_000;
    record(&info, &method, &response, id.as_str(), micros);
    response
}

/// Gives the response its id, in the header and, for an error, in the body.
fn finish(mut response: Response, id: &str) -> Response {
    if let Some(envelope) = response.extensions_mut().remove::<Envelope>() {
        let (parts, _) = response.into_parts();
        let body = envelope.into_body(id).into_response();
        let (body_parts, body) = body.into_parts();
        response = Response::from_parts(parts, body);
        response.headers_mut().extend(body_parts.headers);
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(TRACE_ID, value);
    }
    response
}

fn record(info: &RequestInfo, method: &http::Method, response: &Response, id: &str, micros: u64) {
    let status = response.status().as_u16();
    let who = info.0.caller.get();
    let cause = response.extensions().get::<Cause>();
    let internal = cause.and_then(|cause| cause.internal.as_deref());
    measure(info.route(), method, status, micros);
    macro_rules! line {
        ($level:ident, $message:literal) => {
            tracing::$level!(
                target: "trunnel::request",
                request_id = id,
                method = method.as_str(),
                route = info.route(),
                status,
                duration_us = micros,
                app = who.map(|who| who.app.as_str()),
                environment = who.map(|who| who.environment),
                actor = who.map(|who| who.actor.as_str()),
                address = info.address(),
                error_code = cause.map(|cause| cause.code.as_str()),
                cause = internal,
                $message
            )
        };
    }
    if internal.is_some() {
        line!(error, "request failed");
    } else {
        line!(info, "request");
    }
}

fn measure(route: &str, method: &http::Method, status: u16, micros: u64) {
    let class = match status {
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    let labels = [
        ("route", route.to_owned()),
        ("method", method.as_str().to_owned()),
        ("status", class.to_owned()),
    ];
    metrics::counter!("trunnel_requests_total", &labels).increment(1);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a duration in seconds needs no more"
    )]
    let seconds = micros as f64 / 1e6;
    metrics::histogram!("trunnel_request_duration_seconds", "route" => route.to_owned())
        .record(seconds);
}
