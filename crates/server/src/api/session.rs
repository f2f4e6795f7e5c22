//! Session tokens.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::text::AccountId;

use crate::app::Server;
use crate::caller::{Developer, Session};
use crate::input::{Body, Params, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .post(Access::Developer, "/api/v2/public/session-token", mint)
        .post(
            Access::Session,
            "/api/v2/public/session-token/revoke",
            revoke,
        )
}

async fn mint(
    State(server): State<Server>,
    Developer(ctx): Developer,
    params: Params,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let fault = |code, message: String| {
        Fault::bad_request(code, message).with("field", "linked_account_id")
    };
    let text = Reader::new(&body)
        .either("linked_account_id", "account_id")?
        .ok_or_else(|| {
            fault(
                FaultCode::ServerError,
                "linked_account_id is required".to_owned(),
            )
        })?;
    let account = AccountId::parse(&text).map_err(|error| {
        let message = format!("linked_account_id has {error}");
        fault(FaultCode::InvalidLinkedAccountId, message)
    })?;
    let minted = server
        .core
        .mint_session(&ctx, &account, params.yes("force_refresh")?)
        .await?;
    Ok(Json(json!({
        "token": minted.token,
        "refresh_token": minted.refresh_token,
        "expires_in": minted.expires_in_s,
        "refresh_expires_in": minted.refresh_expires_in_s,
        "is_api_token": false,
    })))
}

async fn revoke(
    State(server): State<Server>,
    Session(caller): Session,
) -> Result<Json<Value>, Problem> {
    let revoked = server.core.revoke_session(&caller).await?;
    Ok(Json(json!({ "success": true, "revoked_count": revoked })))
}
