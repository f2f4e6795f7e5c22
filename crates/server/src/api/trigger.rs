//! What providers have told, and what each can tell.

use axum::Json;
use axum::extract::State;
use chrono::DateTime;
use serde_json::{Value, json};
use trunnel_core::TriggerEventFilter;
use trunnel_model::fault::Fault;
use trunnel_model::id::TriggerEventId;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_model::trigger_event::TriggerEvent;

use super::connection_list::{limit, page};
use super::connection_log::bad_cursor;
use crate::app::Server;
use crate::caller::{Account, Developer, DeveloperOrSession, NamedAccount};
use crate::input::{Params, PathText};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

pub(crate) fn routes() -> Routes {
    const EVENTS: &str = "/api/v2/public/trigger-event";
    const TRIGGERS: &str = "/api/v2/integration-schema/{slug}/triggers";
    const TOKEN: &str = "/api/v2/public/connector/{slug}/webhook-token";
    Routes::default()
        .get(Access::DeveloperOrSession, EVENTS, list)
        .get(Access::Account, TRIGGERS, triggers)
        .get(Access::Developer, TOKEN, token)
}

/// Of the whole environment for a developer, unless they name an account.
async fn list(
    State(server): State<Server>,
    caller: DeveloperOrSession,
    NamedAccount(named): NamedAccount,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let own = match &caller {
        DeveloperOrSession::Developer(_) => named,
        DeveloperOrSession::Session(caller) => Some(caller.account.clone()),
    };
    let filter = TriggerEventFilter {
        account: own,
        slug: params.text("slug"),
        trigger: params.text("trigger"),
        since: since(&params)?,
    };
    let before = params.text("cursor");
    let before = before.map(|text| TriggerEventId::parse(&text)).transpose();
    let before = before.map_err(|_| bad_cursor())?;
    let found = server
        .core
        .trigger_events(caller.ctx(), &filter, before.as_ref(), limit(&params)?)
        .await?;
    Ok(Json(page(&found, event)))
}

async fn triggers(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
) -> Result<Json<Value>, Problem> {
    let connector = server.core.trigger_connector(&caller, &slug).await?;
    let triggers = connector
        .triggers
        .iter()
        .flat_map(|triggers| &triggers.list);
    let shown = triggers.map(|trigger| {
        json!({
            "trigger_id": trigger.id,
            "name": trigger.name,
            "description": trigger.description,
            "type": trigger.kind,
            "docs": trigger.docs,
            "sample": trigger.sample,
        })
    });
    Ok(Json(shown.collect()))
}

/// For a provider that posts a token and has it typed in on its side.
async fn token(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(slug): PathText,
    NamedAccount(account): NamedAccount,
) -> Result<Json<Value>, Problem> {
    let brought = server
        .core
        .brought_secret(&ctx, &slug, account.as_ref())
        .await?;
    Ok(Json(json!({
        "token": brought.secret.expose(),
        "linked_account_id": account.as_ref().map(AccountId::as_str),
        "receivedAt": time(brought.received_at),
    })))
}

fn since(params: &Params) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = params.text("since") else {
        return Ok(None);
    };
    let date = DateTime::parse_from_rfc3339(&text).ok();
    let millis = date.map(|date| date.timestamp_millis());
    match millis.or_else(|| text.parse().ok()) {
        Some(millis) => Ok(Some(Timestamp::from_millis(millis))),
        None => Err(Fault::field(
            "since",
            "`since` is a date such as 2026-03-02T09:00:00Z, or milliseconds since 1970",
        )),
    }
}

fn event(event: &TriggerEvent) -> Value {
    // It was kept as JSON.
    let payload: Value = serde_json::from_str(&event.payload).unwrap_or_default();
    json!({
        "_id": event.id.as_str(),
        "slug": event.slug,
        "trigger": event.trigger,
        "trigger_type": event.kind,
        "linked_account_id": event.account_id.as_ref().map(AccountId::as_str),
        "connection_id": event.connection.as_ref().map(trunnel_model::id::ConnectionId::as_str),
        "provider_event_id": event.event_id,
        "data": payload,
        "receivedAt": time(event.received_at),
    })
}
