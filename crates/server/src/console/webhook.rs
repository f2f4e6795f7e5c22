//! Trying a webhook, and giving it a new secret.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_model::fault::Fault;
use trunnel_model::role::Permission;

use super::caller::Scoped;
use super::delivery::delivery;
use crate::app::Server;
use crate::input::{Body, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

/// How long both secrets sign unless one says otherwise: a day.
const DEFAULT_GRACE_S: i64 = 86_400;

pub(crate) fn routes() -> Routes {
    const TEST: &str = "/console/api/{app_id}/{environment}/webhook/{id}/test";
    const ROTATE: &str = "/console/api/{app_id}/{environment}/webhook/{id}/rotate-secret";
    Routes::default()
        .post(Access::Member(Permission::DeliveriesReplay), TEST, test)
        .post(Access::Member(Permission::WebhooksWrite), ROTATE, rotate)
}

async fn test(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    PathText(id): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let event = Reader::new(&body).text("event")?;
    let sent = server
        .core
        .test_webhook(&ctx, &id, event.as_deref())
        .await?;
    Ok(Json(delivery(&sent)))
}

async fn rotate(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    PathText(id): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let grace_s = match Reader::new(&body).value("grace_s") {
        None => DEFAULT_GRACE_S,
        Some(value) => value.as_i64().ok_or_else(|| {
            Fault::field("grace_s", "`grace_s` must be a whole number of seconds")
        })?,
    };
    let rotated = server
        .core
        .rotate_webhook_secret(&ctx, &id, grace_s.saturating_mul(1000))
        .await?;
    Ok(Json(json!({
        // Shown now and never again.
        "secret": rotated.secret.expose(),
        "previous_until": rotated.previous_until.map(time),
    })))
}
