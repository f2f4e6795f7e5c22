//! Any request to a connected app. The path, the query, the headers and the body are
//! the caller's; the host and the credential are the connection's.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use trunnel_core::{Proxied, ProxyBody};
use trunnel_model::fault::{Fault, FaultCode};

use crate::app::Server;
use crate::caller::{Account, NamedConnection};
use crate::input::PathTexts;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

/// A body up to this length is read first, so that it can be sent once more with a
/// renewed credential.
const WHOLE_UP_TO: u64 = 1024 * 1024;

/// What a caller says to us and not to the app.
const OURS: [&str; 6] = [
    "x-api-key",
    "linked_account_id",
    "connection_id",
    "x-forwarded-for",
    "x-forwarded-proto",
    "forwarded",
];

/// What belongs to one connection between two machines, or to the app's own site.
const NOT_PASSED_BACK: [HeaderName; 6] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TRAILER,
    header::UPGRADE,
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
];

pub(crate) fn routes() -> Routes {
    const ANY: &str = "/api/v2/proxy/{slug}/{*path}";
    Routes::default()
        .get(Access::Account, ANY, proxy)
        .post(Access::Account, ANY, proxy)
        .put(Access::Account, ANY, proxy)
        .patch(Access::Account, ANY, proxy)
        .delete(Access::Account, ANY, proxy)
}

async fn proxy(
    State(server): State<Server>,
    Account(caller): Account,
    PathTexts(slug, _): PathTexts,
    NamedConnection(connection): NamedConnection,
    request: Request,
) -> Result<Response, Problem> {
    let path = path_of(&request, &slug)?;
    let (parts, body) = request.into_parts();
    let headers = their_headers(&parts.headers);
    let body = their_body(&parts.headers, body).await?;
    let request = (parts.method, path.as_str(), &headers);
    let answer = server
        .core
        .proxy(&caller, &slug, connection.as_deref(), request, body)
        .await?;
    Ok(passed_back(answer))
}

/// The rest of the path and the query as they were sent, since decoding them would
/// lose what was encoded in them. What is ours in the query stays here.
fn path_of(request: &Request, slug: &str) -> Result<String, Fault> {
    let uri = request.uri();
    let rest = uri.path().strip_prefix("/api/v2/proxy/");
    let rest = rest
        .and_then(|rest| rest.split_once('/'))
        .map(|(_, rest)| rest);
    let rest = rest.ok_or_else(|| {
        let message = format!("write the app's path behind /api/v2/proxy/{slug}/");
        Fault::bad_request(FaultCode::BadRequest, message)
    })?;
    let query = uri.query().unwrap_or_default().split('&');
    let theirs = query.filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && name != "linked_account_id" && name != "connection_id"
    });
    let theirs: Vec<&str> = theirs.collect();
    let mark = if theirs.is_empty() { "" } else { "?" };
    Ok(format!("/{rest}{mark}{}", theirs.join("&")))
}

fn their_headers(headers: &HeaderMap) -> HeaderMap {
    let mut theirs = headers.clone();
    for name in OURS {
        theirs.remove(name);
    }
    theirs
}

async fn their_body(headers: &HeaderMap, body: Body) -> Result<ProxyBody, Fault> {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let chunked = headers.contains_key(header::TRANSFER_ENCODING);
    if !chunked && length.unwrap_or(0) <= WHOLE_UP_TO {
        let whole = axum::body::to_bytes(body, usize::MAX)
            .await
            .map_err(|error| {
                let message = format!("the body broke off: {error}");
                Fault::bad_request(FaultCode::BadRequest, message)
            })?;
        return Ok(ProxyBody::Whole(whole));
    }
    let chunks = body
        .into_data_stream()
        .map(|chunk| chunk.map_err(Into::into));
    Ok(ProxyBody::Stream(chunks.boxed(), length))
}

fn passed_back(answer: Proxied) -> Response {
    let mut headers = answer.headers;
    for name in NOT_PASSED_BACK {
        headers.remove(name);
    }
    let mut response = Response::new(Body::from_stream(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = headers;
    response
}
