//! Events that providers have told.

use trunnel_model::id::{ConnectionId, TriggerEventId};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_model::trigger_event::TriggerEvent;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! select {
    () => {
        "SELECT id, slug, trigger_id, kind, account_id, connection_id, event_id, payload, \
        received_at FROM trigger_event WHERE app_id = ?1 AND environment = ?2 \
        AND (CAST(?3 AS TEXT) IS NULL OR slug = ?3) \
        AND (CAST(?4 AS TEXT) IS NULL OR trigger_id = ?4) \
        AND (CAST(?5 AS BIGINT) IS NULL OR received_at >= ?5) \
        AND (CAST(?6 AS TEXT) IS NULL OR id < ?6)"
    };
}

statements! { "trigger_event":
    ADD = "INSERT INTO trigger_event (app_id, environment, id, slug, trigger_id, kind, account_id, \
        connection_id, event_id, payload, received_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";
    LIST = concat!(select!(), " ORDER BY id DESC LIMIT ?7");
    LIST_OF_ACCOUNT = concat!(select!(), " AND account_id = ?8 ORDER BY id DESC LIMIT ?7");
    FORGET = "DELETE FROM trigger_event WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM trigger_event WHERE received_at < ?1 LIMIT ?2)";
}

/// Which events a list shows.
#[derive(Debug, Clone, Default)]
pub struct TriggerEventFilter {
    pub account: Option<AccountId>,
    pub slug: Option<String>,
    pub trigger: Option<String>,
    pub since: Option<Timestamp>,
}

/// Says whether it is new: one that the provider has told before is not.
///
/// # Errors
/// [`StoreError::Missing`] when the account is gone.
pub async fn add(tx: &mut Tx<'_>, scope: &Scope, event: &TriggerEvent) -> Result<bool, StoreError> {
    let params = scoped![
        scope,
        event.id.as_str(),
        &event.slug,
        event.trigger.as_deref(),
        event.kind.as_deref(),
        event.account_id.as_ref().map(AccountId::as_str),
        event.connection.as_ref().map(ConnectionId::as_str),
        event.event_id.as_deref(),
        &event.payload,
        event.received_at,
    ];
    Ok(tx.execute(&ADD, &params).await? > 0)
}

/// Up to `limit` events, newest first, from behind `before`.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &TriggerEventFilter,
    before: Option<&TriggerEventId>,
    limit: i64,
) -> Result<Vec<TriggerEvent>, StoreError> {
    let (slug, trigger) = (filter.slug.as_deref(), filter.trigger.as_deref());
    let before = before.map(TriggerEventId::as_str);
    match &filter.account {
        None => {
            let params = scoped![scope, slug, trigger, filter.since, before, limit];
            db.scan(&LIST, &params, event).await
        }
        Some(account) => {
            let account = account.as_str();
            let params = scoped![scope, slug, trigger, filter.since, before, limit, account];
            db.scan(&LIST_OF_ACCOUNT, &params, event).await
        }
    }
}

/// Deletes up to `limit` old ones.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

fn event(row: &Row<'_>) -> Result<TriggerEvent, StoreError> {
    let damaged = |place: &'static str, why: String| StoreError::Damaged { place, why };
    let account = row.opt_text(4)?.map(|text| AccountId::parse(&text));
    let connection = row.opt_text(5)?.map(|text| ConnectionId::parse(&text));
    Ok(TriggerEvent {
        id: row.parsed(0, "trigger_event.id", TriggerEventId::parse)?,
        slug: row.text(1)?,
        trigger: row.opt_text(2)?,
        kind: row.opt_text(3)?,
        account_id: account
            .transpose()
            .map_err(|why| damaged("trigger_event.account_id", why.to_string()))?,
        connection: connection
            .transpose()
            .map_err(|why| damaged("trigger_event.connection_id", why.to_string()))?,
        event_id: row.opt_text(6)?,
        payload: row.text(7)?,
        received_at: row.time(8)?,
    })
}
