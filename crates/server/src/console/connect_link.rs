//! A link to a customer's Connect portal, to be handed on by a member.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_core::AccountCtx;
use trunnel_model::role::Permission;

use super::caller::Scoped;
use super::named_account;
use crate::api::new_link;
use crate::app::Server;
use crate::input::{Params, PathText, Whole};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

pub(crate) fn routes() -> Routes {
    Routes::default().post(
        Access::Member(Permission::AccountsWrite),
        "/console/api/{app_id}/{environment}/account/{account_id}/connect-link",
        create,
    )
}

async fn create(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    PathText(account): PathText,
    params: Params,
    Whole(body): Whole,
) -> Result<Json<Value>, Problem> {
    let account = named_account(&server, &ctx, &account)?;
    // In the Console's paths, what is not there is not found.
    server.core.account(&ctx, &account).await?;
    let link = new_link(&params, &body)?;
    let caller = AccountCtx { ctx, account };
    let made = server.core.create_connect_link(&caller, link).await?;
    Ok(Json(json!({
        "hosted_url": made.hosted_url,
        "expires_at": time(made.expires_at),
    })))
}
