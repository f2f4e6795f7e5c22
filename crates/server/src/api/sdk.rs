//! What the browser SDK calls under names of its own: the same use cases, for a session.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::connection::{asked_with, begin};
use crate::app::Server;
use crate::caller::Session;
use crate::input::{Body, Params, PathText};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const INTEGRATE: &str = "/api/v1/{slug}/integrate";
    Routes::default()
        .get(Access::Session, INTEGRATE, integrate)
        .post(Access::Session, INTEGRATE, connect)
        .post(Access::Session, "/api/v2/app/{slug}/save", save)
}

/// Where the customer's browser goes to consent.
async fn integrate(
    State(server): State<Server>,
    Session(caller): Session,
    PathText(slug): PathText,
    query: Params,
) -> Result<Json<Value>, Problem> {
    begin(&server, &caller, &slug, query).await.map(Json)
}

/// Connects with a client of the customer's own; no window is opened for it.
async fn connect(
    State(server): State<Server>,
    Session(caller): Session,
    PathText(slug): PathText,
    query: Params,
    Body(mut body): Body,
) -> Result<Json<Value>, Problem> {
    let asked = asked_with(&query, &mut body)?;
    server
        .core
        .connect_client(&caller, &slug, asked, &body)
        .await?;
    Ok(Json(json!({ "connected": true })))
}

async fn save(
    State(server): State<Server>,
    Session(caller): Session,
    PathText(slug): PathText,
    query: Params,
    Body(mut body): Body,
) -> Result<Json<Value>, Problem> {
    let asked = asked_with(&query, &mut body)?;
    server.core.save_keys(&caller, &slug, asked, &body).await?;
    Ok(Json(json!({ "success": true })))
}
