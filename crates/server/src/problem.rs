//! A fault as the API's error envelope.

use axum::Json;
use axum::extract::Extension;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use trunnel_core::Error;
use trunnel_model::fault::{Fault, FaultCode};

use crate::assets;
use crate::layer::request::RequestInfo;

/// What a handler fails with.
#[derive(Debug)]
pub(crate) struct Problem(pub(crate) Error);

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Carried from the error to the request's log line.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    pub(crate) code: FaultCode,
    /// The internal cause, which the caller does not see.
    pub(crate) internal: Option<String>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (fault, internal) = match self.0 {
            Error::Fault(fault) => (*fault, None),
            Error::Store(trunnel_core::StoreError::Pool(why)) => (busy(), Some(why)),
            error => (ours(), Some(error.to_string())),
        };
        respond(&fault, internal)
    }
}

/// The caller learns nothing of it but where to ask.
fn ours() -> Fault {
    Fault::new(
        500,
        FaultCode::InternalServerError,
        "Something went wrong on the server. Try again; if it stays, quote the request id to \
         whoever runs it.",
    )
}

fn busy() -> Fault {
    let mut fault = Fault::new(
        503,
        FaultCode::ServiceUnavailable,
        "The server is busy. Try again in a second.",
    );
    fault.retry_after_s = Some(1);
    fault
}

/// The request id is filled in by the layer around all of this, see
/// [`crate::layer::request`]: it is the one place that knows it.
fn respond(fault: &Fault, internal: Option<String>) -> Response {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    let cause = Cause {
        code: fault.code,
        internal,
    };
    response.extensions_mut().insert(cause);
    response.extensions_mut().insert(Envelope(envelope(fault)));
    if let Some(seconds) = fault.retry_after_s {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if fault.status == 401 {
        let scheme = HeaderValue::from_static(match fault.code {
            FaultCode::InvalidToken => "Bearer",
            FaultCode::NotSignedIn
            | FaultCode::InvalidSignIn
            | FaultCode::TwoFactorRequired
            | FaultCode::TwoFactorInvalid => "Cookie",
            _ => "ApiKey",
        });
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// An error body that still lacks its request id.
#[derive(Debug, Clone)]
pub(crate) struct Envelope(Map<String, Value>);

impl Envelope {
    pub(crate) fn into_body(mut self, request_id: &str) -> Json<Map<String, Value>> {
        self.0.insert("request_id".to_owned(), request_id.into());
        Json(self.0)
    }
}

fn envelope(fault: &Fault) -> Map<String, Value> {
    let known = json!({
        "status_code": fault.status,
        "http_error_type": fault.http_error_type(),
        "error": fault.code.as_str(),
        "error_code": fault.code.as_str(),
        "message": fault.message,
    });
    let Value::Object(mut envelope) = known else {
        return Map::new();
    };
    envelope.extend(fault.extra.clone());
    envelope
}

pub(crate) async fn no_such_route(method: Method, uri: Uri) -> Problem {
    let path = uri.path();
    Problem::from(Fault::not_found(
        FaultCode::ResourceNotFound,
        format!("There is no route {method} {path}. The API's routes start with /api/v2/public."),
    ))
}

pub(crate) async fn method_not_allowed(
    method: Method,
    uri: Uri,
    Extension(info): Extension<RequestInfo>,
) -> Problem {
    // The Console's page has every path that is nobody else's, but not those of its API.
    if info.route() == assets::CONSOLE_PATHS && assets::is_api(uri.path()) {
        return no_such_route(method, uri).await;
    }
    no_such_method(&method)
}

pub(crate) fn no_such_method(method: &Method) -> Problem {
    Problem::from(Fault::new(
        405,
        FaultCode::MethodNotAllowed,
        format!("This route does not take {method}."),
    ))
}
