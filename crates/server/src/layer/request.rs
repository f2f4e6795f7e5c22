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
use trunnel_core::{Ctx, MemberCtx};
use trunnel_model::id::RequestId;

use crate::app::Server;
use crate::meter::Meters;
use crate::problem::{Cause, Envelope};
use crate::routes::RouteInfo;

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
    /// Absent for a member on a route about the whole organization.
    app: Option<String>,
    environment: Option<&'static str>,
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
            app: Some(ctx.scope.app().as_str().to_owned()),
            environment: Some(ctx.scope.environment().name()),
            actor: ctx.actor.name().to_owned(),
        });
    }

    /// Notes a member, whose app and environment only the path says.
    pub(crate) fn called_by_member(&self, member: &MemberCtx) {
        // The same.
        let _ = self.0.caller.set(Who {
            app: None,
            environment: None,
            actor: member.member.as_str().to_owned(),
        });
    }
}

/// What the layer works with.
#[derive(Clone)]
pub(crate) struct Watch {
    server: Server,
    meters: Arc<Meters>,
}

impl Watch {
    pub(crate) fn new(server: Server, table: &[RouteInfo]) -> Self {
        Self {
            server,
            meters: Arc::new(Meters::new(table)),
        }
    }
}

pub(crate) async fn observe(
    State(watch): State<Watch>,
    mut request: Request,
    next: Next,
) -> Response {
    let core = &watch.server.core;
    let clock = core.clock();
    let began = clock.ticks();
    let id = RequestId::new(clock.now(), &*core.chance_handle());
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
    watch
        .meters
        .record(info.route(), &method, response.status().as_u16(), micros);
    write_line(&info, &method, &response, id.as_str(), micros);
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

fn write_line(
    info: &RequestInfo,
    method: &http::Method,
    response: &Response,
    id: &str,
    micros: u64,
) {
    let status = response.status().as_u16();
    let who = info.0.caller.get();
    let cause = response.extensions().get::<Cause>();
    let internal = cause.and_then(|cause| cause.internal.as_deref());
    macro_rules! line {
        ($level:ident, $message:literal) => {
            tracing::$level!(
                target: "trunnel::request",
                request_id = id,
                method = method.as_str(),
                route = info.route(),
                status,
                duration_us = micros,
                app = who.and_then(|who| who.app.as_deref()),
                environment = who.and_then(|who| who.environment),
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
