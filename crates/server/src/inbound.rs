//! Where providers send their events.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use trunnel_catalog::trigger::Reply;
use trunnel_core::{InboundRequest, Received};

use crate::app::Server;
use crate::input::{PathTexts, RawBody};
use crate::layer::request::RequestInfo;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const ONE: &str = "/api/v1/webhook/{place}/{slug}";
    // A HEAD request finds its way to the handler of GET.
    Routes::default()
        .get(Access::Public, ONE, receive)
        .post(Access::Public, ONE, receive)
}

async fn receive(
    State(server): State<Server>,
    Extension(info): Extension<RequestInfo>,
    PathTexts(place, slug): PathTexts,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = InboundRequest {
        place,
        slug,
        method,
        path: path.to_owned(),
        headers,
        body,
        address: info.address().map(ToOwned::to_owned),
    };
    Ok(match server.core.receive_webhook(request).await? {
        Received::Events(count) => {
            Json(json!({ "success": true, "received": count })).into_response()
        }
        Received::Handshake(reply) => handshake(reply),
    })
}

fn handshake(reply: Reply) -> Response {
    match reply {
        Reply::Empty => StatusCode::OK.into_response(),
        Reply::Json(value) => Json(value).into_response(),
        // What somebody has sent is sent back: no browser may take it for a page.
        Reply::Text(text) => {
            let plain = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (plain, text).into_response()
        }
        Reply::Header { name, value } => {
            let mut response = StatusCode::OK.into_response();
            let named = HeaderName::try_from(name).ok();
            // Both came as headers.
            if let Some((name, value)) = named.zip(HeaderValue::try_from(value).ok()) {
                response.headers_mut().insert(name, value);
            }
            response
        }
    }
}
