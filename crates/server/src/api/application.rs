//! Applications: the connectors as one account sees them.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_core::ApplicationFilter;

use crate::app::Server;
use crate::caller::Account;
use crate::input::{Params, PathText};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(Access::Account, "/api/v2/public/application", list)
        .get(Access::Account, "/api/v2/public/application/{slug}", get)
        .get(
            Access::Public,
            "/api/v2/public/auth-structure/{slug}",
            structure,
        )
}

/// A list, or the one application when `slug` is given.
async fn list(
    State(server): State<Server>,
    Account(caller): Account,
    params: Params,
) -> Result<Json<Value>, Problem> {
    if let Some(slug) = params.text("slug") {
        let view = server.core.application(&caller, &slug).await?;
        return Ok(Json(wire::application(&view)));
    }
    // No connector of the catalogue is an ecosystem app.
    if params.yes("ecosystem")? {
        return Ok(Json(json!([])));
    }
    let filter = ApplicationFilter {
        tag: params.text("tags"),
        auth_type: params.text("auth_type"),
    };
    let views = server.core.applications(&caller, &filter).await?;
    Ok(Json(views.iter().map(wire::application).collect()))
}

async fn get(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
) -> Result<Json<Value>, Problem> {
    let view = server.core.application(&caller, &slug).await?;
    Ok(Json(wire::application(&view)))
}

async fn structure(
    State(server): State<Server>,
    PathText(slug): PathText,
) -> Result<Json<Value>, Problem> {
    Ok(Json(server.core.public_auth_structure(&slug).await?))
}
