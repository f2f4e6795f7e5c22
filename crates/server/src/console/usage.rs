//! What an environment has used.

use axum::Json;
use axum::extract::State;
use chrono::DateTime;
use serde_json::{Value, json};
use trunnel_model::fault::Fault;
use trunnel_model::role::Permission;
use trunnel_model::text::AccountId;
use trunnel_model::usage::{Day, UsageCounts};

use super::caller::Scoped;
use crate::app::Server;
use crate::input::Params;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default().get(
        Access::Member(Permission::UsageRead),
        "/console/api/{app_id}/{environment}/usage",
        get,
    )
}

async fn get(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    params: Params,
) -> Result<Json<Value>, Problem> {
    const ACCOUNT: &str = "linked_account_id";
    let days = params.number("days")?.unwrap_or(30);
    let account = params.text(ACCOUNT).map(|text| AccountId::parse(&text));
    let account = account
        .transpose()
        .map_err(|error| Fault::field(ACCOUNT, format!("`{ACCOUNT}` has {error}")))?;
    let view = server.core.usage(&ctx, days, account.as_ref()).await?;
    let days = view
        .days
        .iter()
        .map(|(day, used)| json!({ "day": date(*day), "counts": counts(used) }));
    let accounts = view
        .accounts
        .iter()
        .map(|(id, used)| json!({ "linked_account_id": id, "counts": counts(used) }));
    Ok(Json(json!({
        "days": days.collect::<Vec<_>>(),
        "accounts": accounts.collect::<Vec<_>>(),
        "totals": counts(&view.totals),
        "linked_accounts": view.linked_accounts,
        "connections": view.connections,
    })))
}

fn date(day: Day) -> String {
    let begin = DateTime::from_timestamp_millis(day.begin().as_millis()).unwrap_or_default();
    begin.format("%Y-%m-%d").to_string()
}

fn counts(counts: &UsageCounts) -> Value {
    json!({
        "api_calls": counts.api_calls,
        "actions": counts.actions,
        "deliveries": counts.deliveries,
        "events": counts.events,
    })
}
