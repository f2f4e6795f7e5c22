//! The developer's own API: how customers are authenticated there, and what is stored
//! of each for it.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_core::{AuthenticationView, CredentialAction};
use trunnel_model::fault::{Fault, FaultCode};

use crate::app::Server;
use crate::caller::{Account, Developer};
use crate::input::{Body, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

pub(crate) fn routes() -> Routes {
    const CREDENTIAL: &str = "/api/v2/public/linked-account/default-app/auth-credentials/{key}";
    const AUTHENTICATION: &str = "/api/v2/public/my-app/authentication";
    Routes::default()
        .put(Access::Account, CREDENTIAL, put_credential)
        .delete(Access::Account, CREDENTIAL, delete_credential)
        .get(Access::Developer, AUTHENTICATION, get)
        .put(Access::Developer, AUTHENTICATION, put)
}

async fn put_credential(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(key): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let value = match Reader::new(&body).value("value") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => {
            let code = FaultCode::MissingRequiredField;
            let fault = Fault::bad_request(code, "`value` is required");
            return Err(fault.with("field", "value").into());
        }
    };
    let set = server
        .core
        .put_auth_credential(&caller, &key, value)
        .await?;
    let action = match set {
        CredentialAction::Added => "added",
        CredentialAction::Updated => "updated",
    };
    Ok(Json(json!({
        "success": true,
        "message": format!("Auth credential {key} {action} successfully"),
        "action": action,
    })))
}

async fn delete_credential(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(key): PathText,
) -> Result<Json<Value>, Problem> {
    server.core.delete_auth_credential(&caller, &key).await?;
    let message = format!("Auth credential {key} deleted successfully");
    Ok(Json(json!({ "success": true, "message": message })))
}

async fn get(
    State(server): State<Server>,
    Developer(ctx): Developer,
) -> Result<Json<Value>, Problem> {
    let view = server.core.my_app_authentication(&ctx).await?;
    Ok(Json(answer(&view)))
}

async fn put(
    State(server): State<Server>,
    Developer(ctx): Developer,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let view = server.core.set_my_app_authentication(&ctx, body).await?;
    Ok(Json(answer(&view)))
}

fn answer(view: &AuthenticationView) -> Value {
    json!({
        "setup_auth": view.setup_auth,
        "token_injections": view.token_injections,
        "updatedAt": view.updated_at.map(wire::time),
    })
}
