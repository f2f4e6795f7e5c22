//! Notifications on their way and done.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_core::{DeliveryDetail, DeliveryFilter, DeliveryView};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{DeliveryId, WebhookId};
use trunnel_model::role::Permission;
use trunnel_model::webhook::{Attempt, DeliveryState, WebhookEvent};

use super::caller::Scoped;
use crate::app::Server;
use crate::input::{Params, PathText};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

const DEFAULT_LIMIT: i64 = 25;
const MAX_LIMIT: i64 = 100;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/console/api/{app_id}/{environment}/delivery";
    const ONE: &str = "/console/api/{app_id}/{environment}/delivery/{id}";
    const REPLAY: &str = "/console/api/{app_id}/{environment}/delivery/{id}/replay";
    Routes::default()
        .get(Access::Member(Permission::LogsRead), ALL, list)
        .get(Access::Member(Permission::LogsRead), ONE, get)
        .post(Access::Member(Permission::DeliveriesReplay), REPLAY, replay)
}

async fn list(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let before = params.text("cursor");
    let before = before.map(|text| DeliveryId::parse(&text)).transpose();
    let before = before.map_err(|_| {
        let message = "`cursor` must be the `next_cursor` of the page before";
        Fault::field("cursor", message)
    })?;
    let page = server
        .core
        .deliveries(&ctx, &filter(&params)?, before.as_ref(), limit(&params)?)
        .await?;
    Ok(Json(json!({
        "deliveries": page.items.iter().map(delivery).collect::<Vec<_>>(),
        "next_cursor": page.next,
    })))
}

async fn get(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    Ok(Json(detail(&server.core.delivery(&ctx, &id).await?)))
}

async fn replay(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    let new = server.core.replay_delivery(&ctx, &id).await?;
    Ok(Json(delivery(&new)))
}

fn filter(params: &Params) -> Result<DeliveryFilter, Fault> {
    let webhook = params.text("webhook_id");
    let webhook = webhook.map(|text| WebhookId::parse(&text)).transpose();
    let state = params.text("state");
    let state = state.map(|text| DeliveryState::parse(&text)).transpose();
    let event = params.text("event");
    let event = event.map(|text| WebhookEvent::parse(&text)).transpose();
    let account = params.text("linked_account_id");
    if account
        .as_ref()
        .is_some_and(|text| text.chars().count() > 255)
    {
        let message = "`linked_account_id` has at most 255 characters";
        return Err(Fault::field("linked_account_id", message));
    }
    Ok(DeliveryFilter {
        webhook: webhook
            .map_err(|error| Fault::field("webhook_id", format!("`webhook_id` is {error}")))?,
        account,
        state: state.map_err(|error| Fault::field("state", format!("`state`: {error}")))?,
        event: event.map_err(|error| {
            Fault::bad_request(FaultCode::InvalidEvent, error.to_string()).with("field", "event")
        })?,
    })
}

fn limit(params: &Params) -> Result<i64, Fault> {
    let limit = params.number("limit")?.unwrap_or(DEFAULT_LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    let message = format!("`limit` is a whole number from 1 to {MAX_LIMIT}");
    Err(Fault::field("limit", message))
}

pub(super) fn delivery(view: &DeliveryView) -> Value {
    json!({
        "id": view.id.as_str(),
        "message_id": view.message.as_str(),
        "webhook_id": view.webhook.as_str(),
        "webhook_url": view.url,
        "event": view.event.as_str(),
        "linked_account_id": view.account_id,
        "state": view.state.as_str(),
        "attempts": view.attempts,
        "last_status": view.last_status,
        "last_error": view.last_error,
        "next_attempt_at": view.due_at.map(time),
        "created_at": time(view.created_at),
        "updated_at": time(view.updated_at),
    })
}

fn detail(detail: &DeliveryDetail) -> Value {
    let request = &detail.request;
    let header = |(name, value): &(String, String)| json!({ "name": name, "value": value });
    json!({
        "delivery": delivery(&detail.delivery),
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": request.headers.iter().map(header).collect::<Vec<_>>(),
            "body": request.body,
        },
        "attempts": detail.attempts.iter().map(attempt).collect::<Vec<_>>(),
    })
}

fn attempt(attempt: &Attempt) -> Value {
    json!({
        "number": attempt.number,
        "status": attempt.status,
        "error": attempt.error,
        "answer": attempt.answer,
        "duration_ms": attempt.duration_ms,
        "at": time(attempt.at),
    })
}
