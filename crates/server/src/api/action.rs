//! Actions of a connector.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::app::Server;
use crate::caller::{Account, NamedConnection};
use crate::input::{Body, PathText, PathTexts};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/api/v2/integration-schema/{slug}/actions";
    const ONE: &str = "/api/v2/integration-schema/{slug}/actions/{action_id}";
    const EXECUTE: &str = "/api/v2/integration-schema/{slug}/actions/{action_id}/execute";
    Routes::default()
        .get(Access::Account, ALL, list)
        .get(Access::Account, ONE, schema)
        .post(Access::Account, EXECUTE, execute)
}

async fn list(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
) -> Result<Json<Value>, Problem> {
    let actions = server.core.actions(&caller.ctx.scope, &slug).await?;
    server.core.require_account(&caller).await?;
    let actions = actions.iter().map(|action| {
        json!({
            "action_id": action.id,
            "name": action.name,
            "description": action.description,
            "tag": action.tag,
        })
    });
    Ok(Json(actions.collect()))
}

async fn schema(
    State(server): State<Server>,
    Account(caller): Account,
    PathTexts(slug, action): PathTexts,
) -> Result<Json<Value>, Problem> {
    let (_, action) = server
        .core
        .action(&caller.ctx.scope, &slug, &action)
        .await?;
    server.core.require_account(&caller).await?;
    Ok(Json(json!(action.input_fields())))
}

async fn execute(
    State(server): State<Server>,
    Account(caller): Account,
    PathTexts(slug, action): PathTexts,
    NamedConnection(connection): NamedConnection,
    Body(input): Body,
) -> Result<Json<Value>, Problem> {
    let answer = server
        .core
        .run_action(&caller, &slug, &action, connection.as_deref(), &input)
        .await?;
    Ok(Json(json!({
        "node_status": "Success",
        "success": true,
        "http_status": answer.status,
        "data": answer.data,
    })))
}
