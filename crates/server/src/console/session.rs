//! Who is signed in; signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use trunnel_core::SignIn;
use trunnel_model::secret::Secret;

use super::caller::{Address, Member};
use super::{cookie, view};
use crate::app::Server;
use crate::input::{Body, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(Access::Public, "/console/api/session", session)
        .post(Access::Public, "/console/api/sign-in", sign_in)
        .post(Access::Entering, "/console/api/sign-out", sign_out)
}

async fn session(State(server): State<Server>, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    let token = cookie::read(&headers);
    Ok(Json(view::session(&server, token.as_deref()).await?))
}

async fn sign_in(
    State(server): State<Server>,
    Address(address): Address,
    Body(body): Body,
) -> Result<Response, Problem> {
    server.core.note_attempt(address.as_deref())?;
    let reader = Reader::new(&body);
    let typed = SignIn {
        email: reader.required("email")?,
        password: Secret::new(reader.required("password")?),
        code: reader.id("code")?.filter(|code| !code.trim().is_empty()),
    };
    let signed_in = server.core.sign_in(typed, address).await?;
    view::signed_in(&server, Some(&signed_in)).await
}

async fn sign_out(
    State(server): State<Server>,
    Member(caller): Member,
) -> Result<Response, Problem> {
    server.core.sign_out(&caller).await?;
    let gone = cookie::clear(&server.core.settings().instance.public_url);
    Ok(([(header::SET_COOKIE, gone)], view::done()).into_response())
}
