//! The public API once more, for a signed-in member in place of a key.
//!
//! `/console/api/{app_id}/{environment}/api/v2/..` is served by the very handlers of
//! `/api/v2/..`; what the member's role must hold for each is in `permission.rs`.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, Uri, header};
use axum::response::Response;
use tower::ServiceExt as _;
use trunnel_core::{Ctx, MemberCtx};
use trunnel_model::fault::{Fault, FaultCode};

use super::caller::{Member, Scoped};
use crate::layer::request::RequestInfo;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

/// The public routes, with all that they need.
#[derive(Clone)]
pub(crate) struct PublicApi(pub(crate) Router);

/// The member on whose behalf a public handler runs.
#[derive(Clone)]
pub(crate) struct NestedMember {
    pub(crate) member: MemberCtx,
    pub(crate) ctx: Ctx,
}

/// What is ours and no public handler's business; a proxy would pass it on.
const OURS: [HeaderName; 4] = [
    header::COOKIE,
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-csrf-token"),
];

pub(crate) fn routes() -> Routes {
    const REST: &str = "/console/api/{app_id}/{environment}/api/{*rest}";
    Routes::default()
        .get(Access::Nested, REST, serve)
        .post(Access::Nested, REST, serve)
        .put(Access::Nested, REST, serve)
        .patch(Access::Nested, REST, serve)
        .delete(Access::Nested, REST, serve)
}

async fn serve(
    Scoped(ctx): Scoped,
    Member(member): Member,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let missing = || Fault::not_found(FaultCode::ResourceNotFound, "There is no such route.");
    let public = parts.extensions.get::<PublicApi>().ok_or_else(missing)?;
    let mut inner = Request::builder()
        .method(parts.method)
        .uri(stripped(&parts.uri).ok_or_else(missing)?)
        .version(parts.version)
        .body(body)
        .map_err(|_| missing())?;
    *inner.headers_mut() = parts.headers;
    for ours in &OURS {
        inner.headers_mut().remove(ours);
    }
    // Nothing else of the outer request: its path parameters would be taken for the
    // inner one's.
    if let Some(info) = parts.extensions.get::<RequestInfo>() {
        inner.extensions_mut().insert(info.clone());
    }
    inner.extensions_mut().insert(NestedMember { member, ctx });
    let Ok(mut response) = public.0.clone().oneshot(inner).await;
    // An error's body is written further out; its length is not known here.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    Ok(response)
}

/// The URI from `/api/` on: without `/console/api/{app_id}/{environment}`.
fn stripped(uri: &Uri) -> Option<Uri> {
    let text = uri.path_and_query()?.as_str();
    let rest = text.strip_prefix("/console/api/")?;
    let (_app, rest) = rest.split_once('/')?;
    let at = rest.find('/')?;
    rest.get(at..)?.parse().ok()
}
