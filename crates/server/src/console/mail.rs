//! Mail, and what it is for: a forgotten password.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use trunnel_core::Mailer;
use trunnel_model::role::Permission;
use trunnel_model::secret::Secret;

use super::caller::{Address, Member};
use super::view::{self, done};
use crate::app::Server;
use crate::input::{Body, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(
            Access::Member(Permission::SettingsRead),
            "/console/api/mail",
            state,
        )
        .post(
            Access::Member(Permission::SettingsWrite),
            "/console/api/mail/test",
            test,
        )
        .post(Access::Public, "/console/api/password-reset", request)
        .post(
            Access::Public,
            "/console/api/password-reset/confirm",
            confirm,
        )
}

async fn state(State(server): State<Server>) -> Json<Value> {
    let mailer = server.core.mailer();
    Json(json!({
        "configured": mailer.is_some(),
        "from": mailer.map(Mailer::from),
        "host": mailer.map(Mailer::host),
    }))
}

async fn test(
    State(server): State<Server>,
    Member(caller): Member,
) -> Result<Json<Value>, Problem> {
    server.core.send_test_mail(&caller).await?;
    Ok(done())
}

async fn request(
    State(server): State<Server>,
    Address(address): Address,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    server.core.note_attempt(address.as_deref())?;
    let email = Reader::new(&body).required("email")?;
    server.core.request_password_reset(&email).await?;
    Ok(done())
}

async fn confirm(
    State(server): State<Server>,
    Address(address): Address,
    Body(body): Body,
) -> Result<Response, Problem> {
    server.core.note_attempt(address.as_deref())?;
    let reader = Reader::new(&body);
    let email = reader.required("email")?;
    let code = reader.required_id("code")?;
    let password = Secret::new(reader.required("password")?);
    let begun = server
        .core
        .confirm_password_reset(&email, &code, &password, address)
        .await?;
    view::signed_in(&server, begun.as_ref()).await
}
