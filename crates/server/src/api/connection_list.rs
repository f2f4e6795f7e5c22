//! Connections as things of their own.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};
use trunnel_core::{AtRisk, ConnectionChange, ConnectionFilter, ConnectionView, METADATA, Paged};
use trunnel_model::connection::Status;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectionId;
use trunnel_model::text::AccountId;

use super::connection_log::bad_cursor;
use crate::app::Server;
use crate::caller::{Developer, DeveloperOrSession, NamedAccount};
use crate::input::{Body, Params, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

const MAX_DAYS: i64 = 365;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/api/v2/public/connection";
    const ONE: &str = "/api/v2/public/connection/{id}";
    const AT_RISK: &str = "/api/v2/public/connection/at-risk";
    Routes::default()
        .get(Access::DeveloperOrSession, ALL, list)
        .get(Access::Developer, AT_RISK, at_risk)
        .get(Access::DeveloperOrSession, ONE, get)
        .put(Access::DeveloperOrSession, ONE, change)
        .delete(Access::DeveloperOrSession, ONE, delete)
}

/// Of the whole environment for a developer, unless they name an account.
async fn list(
    State(server): State<Server>,
    caller: DeveloperOrSession,
    NamedAccount(named): NamedAccount,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let status = params.text("status").map(|text| Status::parse(&text));
    let status = status.transpose();
    let filter = ConnectionFilter {
        account: own(&caller).cloned().or(named),
        slug: params.text("slug"),
        status: status
            .map_err(|_| Fault::field("status", "`status` must be `active` or `expired`"))?,
    };
    let before = cursor(&params)?;
    let found = server
        .core
        .connections(caller.ctx(), &filter, before.as_ref(), limit(&params)?)
        .await?;
    Ok(Json(page(&found, connection)))
}

async fn get(
    State(server): State<Server>,
    caller: DeveloperOrSession,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    let view = server
        .core
        .connection(caller.ctx(), own(&caller), &id)
        .await?;
    Ok(Json(connection(&view)))
}

async fn change(
    State(server): State<Server>,
    caller: DeveloperOrSession,
    PathText(id): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let reader = Reader::new(&body);
    let metadata = match reader.object("metadata")? {
        Some(metadata) => Some(metadata),
        None => reader.object(METADATA)?,
    };
    let change = ConnectionChange {
        is_default: reader.boolean("is_default")?,
        metadata: metadata.cloned(),
    };
    if change.is_default.is_none() && change.metadata.is_none() {
        return Err(nothing_given(&body).into());
    }
    let view = server
        .core
        .change_connection(caller.ctx(), own(&caller), &id, change)
        .await?;
    Ok(Json(connection(&view)))
}

async fn delete(
    State(server): State<Server>,
    caller: DeveloperOrSession,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    server
        .core
        .delete_connection(caller.ctx(), own(&caller), &id)
        .await?;
    Ok(Json(
        json!({ "success": true, "message": "Connection deleted successfully" }),
    ))
}

async fn at_risk(
    State(server): State<Server>,
    Developer(ctx): Developer,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let days = params.number("days")?.unwrap_or(7);
    if !(1..=MAX_DAYS).contains(&days) {
        let message = format!("`days` is a whole number from 1 to {MAX_DAYS}");
        return Err(Fault::field("days", message).into());
    }
    let after = cursor(&params)?;
    let found = server
        .core
        .connections_at_risk(&ctx, days, after.as_ref(), limit(&params)?)
        .await?;
    Ok(Json(page(&found, risk)))
}

/// A customer has only their own.
fn own(caller: &DeveloperOrSession) -> Option<&AccountId> {
    match caller {
        DeveloperOrSession::Developer(_) => None,
        DeveloperOrSession::Session(caller) => Some(&caller.account),
    }
}

fn nothing_given(body: &Map<String, Value>) -> Fault {
    let message = if body.is_empty() {
        "`is_default` or `metadata` is required"
    } else {
        "only `is_default` and `metadata` can be changed; neither is given"
    };
    Fault::bad_request(FaultCode::MissingRequiredField, message).with("field", "is_default")
}

fn cursor(params: &Params) -> Result<Option<ConnectionId>, Fault> {
    let text = params.text("cursor");
    let id = text.map(|text| ConnectionId::parse(&text)).transpose();
    id.map_err(|_| bad_cursor())
}

/// How many items a page has.
pub(crate) fn limit(params: &Params) -> Result<i64, Fault> {
    let limit = params.number("limit")?.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Fault::field(
            "limit",
            "`limit` is a whole number from 1 to 100",
        ));
    }
    Ok(limit)
}

/// A page of a list that is read from one item to the next.
pub(super) fn page<T>(page: &Paged<T>, item: impl Fn(&T) -> Value) -> Value {
    json!({
        "docs": page.items.iter().map(item).collect::<Vec<_>>(),
        "next_cursor": page.next,
    })
}

fn connection(view: &ConnectionView) -> Value {
    let (known, scopes) = (&view.connection, &view.scopes);
    json!({
        "_id": known.id.as_str(),
        "connection_id": known.id.as_str(),
        "linked_account_id": known.account_id.as_str(),
        "slug": known.slug,
        "auth_type": known.auth_type.as_str(),
        "auth_option": known.auth_option,
        "status": known.status.as_str(),
        "reauth_required": known.status == Status::Expired,
        "identifier": known.identifier,
        "is_default": known.is_default,
        "metadata": known.metadata,
        "scopes_granted": scopes.granted,
        "scopes_requested": scopes.requested,
        "scopes_missing": scopes.missing,
        "needs_consent": scopes.needs_consent(),
        "expires_at": known.expires_at.map(time),
        "last_error": known.last_error,
        "connectedAt": time(known.connected_at),
        "createdAt": time(known.created_at),
        "updatedAt": time(known.updated_at),
    })
}

fn risk(at_risk: &AtRisk) -> Value {
    let mut shown = connection(&at_risk.view);
    let risks: Vec<_> = at_risk
        .risks
        .iter()
        .map(|risk| {
            json!({
                "reason": risk.kind.as_str(),
                "message": risk.message,
                "at": risk.at.map(time),
            })
        })
        .collect();
    if let Some(members) = shown.as_object_mut() {
        members.insert("risks".to_owned(), json!(risks));
        members.insert("at".to_owned(), json!(at_risk.at().map(time)));
    }
    shown
}
