//! Linked accounts as the Console lists them.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_model::account_list::{AccountEntry, AccountListFilter};
use trunnel_model::role::Permission;

use super::caller::Scoped;
use crate::api::connection_list::limit;
use crate::app::Server;
use crate::input::Params;
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

pub(crate) fn routes() -> Routes {
    Routes::default().get(
        Access::Member(Permission::AccountsRead),
        "/console/api/{app_id}/{environment}/account",
        list,
    )
}

async fn list(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let filter = AccountListFilter {
        search: params.text("search"),
        scope: params.text("scope"),
    };
    let cursor = params.text("cursor");
    let limit = limit(&params)?;
    let list = server
        .core
        .account_list(&ctx, &filter, cursor.as_deref(), limit)
        .await?;
    Ok(Json(json!({
        "accounts": list.page.items.iter().map(entry).collect::<Vec<_>>(),
        "next_cursor": list.page.next,
        "total": list.total,
    })))
}

fn entry(entry: &AccountEntry) -> Value {
    json!({
        "account_id": entry.account_id.as_str(),
        "name": entry.name,
        "scope": entry.scope,
        "created_at": time(entry.created_at),
        "connections": entry.connections,
        "expired": entry.expired,
    })
}
