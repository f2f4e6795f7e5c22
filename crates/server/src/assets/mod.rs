//! The Console's and the portal's pages, and the files that they load.

mod accept;
mod files;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use self::accept::has_already;
pub use self::files::Assets;
use self::files::Served;
use crate::app::Server;
use crate::input::PathText;
use crate::problem::{Problem, no_such_route};
use crate::routes::{Access, Routes};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The template of the Console's paths; the router prefers every other route's.
pub(crate) const CONSOLE_PATHS: &str = "/console/{*path}";

/// Hashed names: another content has another name.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Asks each time, and is mostly answered that nothing has changed.
const ASK: &str = "no-cache";

/// A page whose address holds a credential is kept nowhere.
const NEVER: &str = "no-store";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(Access::Public, "/", front_door)
        .get(Access::Public, "/console", console)
        .get(Access::Public, CONSOLE_PATHS, console_path)
        .get(Access::Public, "/connect/{name}", portal)
        .get(Access::Public, "/assets/{*path}", asset)
        .get(Access::Public, "/favicon.svg", favicon)
}

async fn front_door() -> impl IntoResponse {
    (StatusCode::SEE_OTHER, [(header::LOCATION, "/console")])
}

async fn console(State(server): State<Server>, headers: HeaderMap) -> Response {
    let mut response = page(&server.assets, "console.html", &headers, ASK);
    guard(&mut response, "same-origin", "'none'");
    // No window that the Console opens, and none that opens it, can reach into it.
    set(&mut response, OPENER_POLICY, "same-origin");
    response
}

/// The Console shows what its path says by itself; its API's paths are no pages.
async fn console_path(
    server: State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if is_api(uri.path()) {
        return no_such_route(method, uri).await.into_response();
    }
    console(server, headers).await
}

/// Whether a path belongs to the Console's API, which has no pages.
pub(crate) fn is_api(path: &str) -> bool {
    let below = path.strip_prefix("/console/api");
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The portal waits for a message of the window in which a customer consents, so it
/// has no opener policy.
async fn portal(
    State(server): State<Server>,
    PathText(name): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let origins = server.core.portal_origins(&name).await?;
    let ancestors = if origins.is_empty() {
        "'none'".to_owned()
    } else {
        origins.join(" ")
    };
    let mut response = page(&server.assets, "portal.html", &headers, NEVER);
    guard(&mut response, "no-referrer", &ancestors);
    Ok(response)
}

async fn asset(
    State(server): State<Server>,
    PathText(path): PathText,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    match server.assets.find(&format!("assets/{path}"), &headers) {
        Some(file) => respond(file, &headers, FOREVER),
        None => no_such_route(method, uri).await.into_response(),
    }
}

async fn favicon(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    match server.assets.find("favicon.svg", &headers) {
        Some(file) => respond(file, &headers, ASK),
        None => no_such_route(method, uri).await.into_response(),
    }
}

fn page(assets: &Assets, name: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    match assets.find(name, headers) {
        Some(file) => respond(file, headers, cache),
        None => not_built(),
    }
}

fn not_built() -> Response {
    let text = "This server was built without its pages. Run `make build`, which builds them \
                first, and start it again.\n";
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, NEVER),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
}

fn respond(file: Served, headers: &HeaderMap, cache: &'static str) -> Response {
    let mut response = if cache != NEVER && has_already(headers, &file.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut whole = file.bytes.into_response();
        set(&mut whole, header::CONTENT_TYPE, file.content_type);
        if let Some(coding) = file.coding {
            set(&mut whole, header::CONTENT_ENCODING, coding);
        }
        whole
    };
    set(&mut response, header::CACHE_CONTROL, cache);
    set(&mut response, header::VARY, "accept-encoding");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if let Ok(etag) = HeaderValue::try_from(file.etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// What a page may load and do, and who may frame it.
fn guard(response: &mut Response, referrer: &'static str, ancestors: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors {ancestors}"
    );
    // Origins are checked when they are set, so this is a header's value.
    if let Ok(policy) = HeaderValue::try_from(policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(response, header::REFERRER_POLICY, referrer);
    let unused = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    set(response, PERMISSIONS_POLICY, unused);
}

fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
}
