//! What members change about themselves: name, password, authenticator.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_model::secret::Secret;

use super::caller::Member;
use super::view::{self, done};
use crate::app::Server;
use crate::input::{Body, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const TWO_FACTOR: &str = "/console/api/profile/two-factor";
    Routes::default()
        .patch(Access::SignedIn, "/console/api/profile", rename)
        .post(Access::SignedIn, "/console/api/profile/password", password)
        .post(Access::Entering, TWO_FACTOR, begin)
        .delete(Access::SignedIn, TWO_FACTOR, remove)
        .post(
            Access::Entering,
            "/console/api/profile/two-factor/confirm",
            confirm,
        )
}

async fn rename(
    State(server): State<Server>,
    Member(caller): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let name = Reader::new(&body).required("name")?;
    let member = server.core.rename_member(&caller, &name).await?;
    Ok(Json(view::member(&member)))
}

async fn password(
    State(server): State<Server>,
    Member(caller): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let reader = Reader::new(&body);
    let current = Secret::new(reader.required("current")?);
    let password = Secret::new(reader.required("password")?);
    server
        .core
        .change_password(&caller, &current, &password)
        .await?;
    Ok(done())
}

async fn begin(
    State(server): State<Server>,
    Member(caller): Member,
) -> Result<Json<Value>, Problem> {
    let new = server.core.begin_two_factor(&caller).await?;
    Ok(Json(json!({
        "secret": new.secret.expose(),
        "otpauth_url": new.otpauth_url.expose(),
        "qr_svg": new.qr_svg.expose(),
    })))
}

async fn confirm(
    State(server): State<Server>,
    Member(caller): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let code = Reader::new(&body).required_id("code")?;
    let codes = server.core.confirm_two_factor(&caller, &code).await?;
    let codes: Vec<_> = codes.iter().map(Secret::expose).collect();
    Ok(Json(json!({ "recovery_codes": codes })))
}

async fn remove(
    State(server): State<Server>,
    Member(caller): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let password = Secret::new(Reader::new(&body).required("password")?);
    server.core.remove_two_factor(&caller, &password).await?;
    Ok(done())
}
