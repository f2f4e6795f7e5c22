//! Who calls the Console. The guard has looked; these hand it to handlers.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::Extensions;
use axum::http::request::Parts;
use trunnel_core::{Ctx, MemberCtx, Recognised};
use trunnel_model::fault::{Fault, FaultCode};

use crate::app::Server;
use crate::layer::request::RequestInfo;
use crate::problem::Problem;

/// Put into the request by the guard, and by nobody else.
#[derive(Clone)]
pub(crate) struct Caller(pub(crate) Arc<Recognised>);

/// A signed-in member, on a route about the organization.
pub(crate) struct Member(pub(crate) MemberCtx);

/// A signed-in member, on a route about one environment of an app of the
/// organization: `/console/api/{app_id}/{environment}/..`.
pub(crate) struct Scoped(pub(crate) Ctx);

impl FromRequestParts<Server> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Problem> {
        let member = member(parts)?;
        if let Some(info) = parts.extensions.get::<RequestInfo>() {
            info.called_by_member(&member);
        }
        Ok(Self(member))
    }
}

impl FromRequestParts<Server> for Scoped {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let member = member(parts)?;
        let (app, environment) = place(parts, server).await?;
        let ctx = server.core.scoped_ctx(&member, &app, &environment).await?;
        if let Some(info) = parts.extensions.get::<RequestInfo>() {
            info.called_by(&ctx);
        }
        Ok(Self(ctx))
    }
}

fn member(parts: &Parts) -> Result<MemberCtx, Fault> {
    let caller = parts.extensions.get::<Caller>();
    caller.map(|caller| caller.0.ctx.clone()).ok_or_else(nobody)
}

/// What the path says of the app and the environment.
async fn place(parts: &mut Parts, server: &Server) -> Result<(String, String), Problem> {
    let params = RawPathParams::from_request_parts(parts, server)
        .await
        .map_err(|_| Fault::bad_request(FaultCode::BadRequest, "the path is not valid UTF-8"))?;
    let named = |name: &str| {
        let found = params.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    Ok((named("app_id"), named("environment")))
}

/// The caller's address, for the audit.
pub(crate) fn address(extensions: &Extensions) -> Option<String> {
    let info = extensions.get::<RequestInfo>()?;
    info.address().map(ToOwned::to_owned)
}

/// The address of a visitor.
pub(crate) struct Address(pub(crate) Option<String>);

impl FromRequestParts<Server> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Problem> {
        Ok(Self(address(&parts.extensions)))
    }
}

/// A route without the guard in front of it lets nobody in.
fn nobody() -> Fault {
    Fault::new(401, FaultCode::NotSignedIn, "You are not signed in.")
}
