//! The stories of connections: written with what they tell, never changed.

use trunnel_model::connection_event::{ConnectionEvent, ConnectionEventKind};
use trunnel_model::id::{ConnectionEventId, ConnectionId};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

statements! { "connection_event":
    ADD = "INSERT INTO connection_event (app_id, environment, id, account_id, slug, \
        connection_id, kind, error, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    LIST = "SELECT id, account_id, slug, connection_id, kind, error, created_at \
        FROM connection_event WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3 \
        AND slug = ?4 AND (CAST(?5 AS TEXT) IS NULL OR id < ?5) ORDER BY id DESC LIMIT ?6";
}

pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    event: &ConnectionEvent,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        event.id.as_str(),
        event.account_id.as_str(),
        &event.slug,
        event.connection.as_ref().map(ConnectionId::as_str),
        event.kind.as_str(),
        event.error.as_deref(),
        event.created_at,
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Up to `limit` events of one account and app, newest first, from behind `before`.
pub async fn list(
    db: &Db,
    scope: &Scope,
    (account, slug): (&AccountId, &str),
    before: Option<&ConnectionEventId>,
    limit: i64,
) -> Result<Vec<ConnectionEvent>, StoreError> {
    let before = before.map(ConnectionEventId::as_str);
    let params = scoped![scope, account.as_str(), slug, before, limit];
    db.all(&LIST, &params, event).await
}

fn event(row: &Row<'_>) -> Result<ConnectionEvent, StoreError> {
    let connection = row.opt_text(3)?.map(|text| ConnectionId::parse(&text));
    let connection = connection.transpose().map_err(|why| StoreError::Damaged {
        place: "connection_event.connection_id",
        why: why.to_string(),
    })?;
    Ok(ConnectionEvent {
        id: row.parsed(0, "connection_event.id", ConnectionEventId::parse)?,
        account_id: row.parsed(1, "connection_event.account_id", AccountId::parse)?,
        slug: row.text(2)?,
        connection,
        kind: row.parsed(4, "connection_event.kind", ConnectionEventKind::parse)?,
        error: row.opt_text(5)?,
        created_at: row.time(6)?,
    })
}
