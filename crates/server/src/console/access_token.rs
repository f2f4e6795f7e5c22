//! An account's personal access tokens.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_model::access_token::AccessToken;
use trunnel_model::role::Permission;

use super::caller::{Member, Scoped};
use super::named_account;
use crate::app::Server;
use crate::input::{Body, PathText, PathTexts, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/console/api/{app_id}/{environment}/account/{account_id}/access-token";
    const ONE: &str = "/console/api/{app_id}/{environment}/account/{account_id}/access-token/{id}";
    Routes::default()
        .get(Access::Member(Permission::AccountsRead), ALL, list)
        .post(Access::Member(Permission::AccountsWrite), ALL, create)
        .delete(Access::Member(Permission::AccountsWrite), ONE, revoke)
}

async fn list(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    PathText(account): PathText,
) -> Result<Json<Value>, Problem> {
    let account = named_account(&server, &ctx, &account)?;
    let known = server.core.access_tokens(&ctx, &account).await?;
    let tokens: Vec<_> = known.iter().map(view).collect();
    Ok(Json(json!({ "access_tokens": tokens })))
}

async fn create(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    Member(member): Member,
    PathText(account): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let account = named_account(&server, &ctx, &account)?;
    let name = Reader::new(&body).text("name")?;
    let made = server
        .core
        .create_access_token(&ctx, &member, account, name)
        .await?;
    Ok(Json(json!({
        "access_token": view(&made.access_token),
        "token": made.plain.expose(),
    })))
}

async fn revoke(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    PathTexts(account, id): PathTexts,
) -> Result<Json<Value>, Problem> {
    let account = named_account(&server, &ctx, &account)?;
    server.core.revoke_access_token(&ctx, &account, &id).await?;
    Ok(Json(json!({ "done": true })))
}

fn view(token: &AccessToken) -> Value {
    json!({
        "id": token.id.as_str(),
        "name": token.name,
        "hint": token.hint,
        "created_at": time(token.created_at),
        "created_by": token.created_by,
        "last_used_at": token.last_used_at.map(time),
    })
}
