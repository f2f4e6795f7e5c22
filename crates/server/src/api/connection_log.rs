//! The story of an account's connections to an app.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_model::connection_event::ConnectionEvent;
use trunnel_model::fault::Fault;
use trunnel_model::id::ConnectionEventId;

use super::connection_list::{limit, page};
use crate::app::Server;
use crate::caller::Account;
use crate::input::{Params, PathText};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

pub(crate) fn routes() -> Routes {
    const LOG: &str = "/api/v2/public/linked-account/integration/{slug}/log";
    Routes::default().get(Access::Account, LOG, log)
}

async fn log(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let before = params.text("cursor");
    let before = before
        .map(|text| ConnectionEventId::parse(&text))
        .transpose();
    let before = before.map_err(|_| bad_cursor())?;
    let events = server
        .core
        .connection_log(&caller, &slug, before.as_ref(), limit(&params)?)
        .await?;
    Ok(Json(page(&events, event)))
}

/// What a page before has not answered.
pub(super) fn bad_cursor() -> Fault {
    Fault::field(
        "cursor",
        "`cursor` must be the `next_cursor` of the page before",
    )
}

fn event(event: &ConnectionEvent) -> Value {
    // Kept as JSON; the provider's own words are within.
    let error = event.error.as_ref();
    let error = error.map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
    json!({
        "_id": event.id.as_str(),
        "event": event.kind.as_str(),
        "linked_account_id": event.account_id.as_str(),
        "slug": event.slug,
        "connection_id": event.connection.as_ref().map(trunnel_model::id::ConnectionId::as_str),
        "error": error,
        "createdAt": time(event.created_at),
    })
}
