//! When tokens are to be renewed without anyone asking for it.

use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, ConnectionId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::scoped;

statements! { "refresh_schedule":
    SET = "UPDATE connection SET refresh_due_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    PUT_OFF = "UPDATE connection SET refresh_due_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?5 \
        AND status = 'active'";
    CLAIM = "UPDATE connection SET refresh_due_at = ?2 \
        WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM connection WHERE refresh_due_at <= ?1 \
        ORDER BY refresh_due_at LIMIT ?3 /*pg FOR UPDATE SKIP LOCKED*/) \
        RETURNING app_id, environment, id";
    NEXT_DUE = "SELECT refresh_due_at FROM connection WHERE refresh_due_at IS NOT NULL \
        ORDER BY refresh_due_at LIMIT 1";
    OTHERS_LEASE = "SELECT 1 FROM connection WHERE app_id = ?1 AND environment = ?2 AND id = ?3 \
        AND refresh_lease IS NOT NULL AND refresh_lease <> ?4 AND refresh_until > ?5 \
        /*pg FOR UPDATE*/";
}

/// Says when a connection's token is to be renewed next, or that it cannot be.
pub async fn set(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    due_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(&SET, &scoped![scope, id.as_str(), due_at])
        .await?;
    Ok(())
}

/// The same, unless the connection has changed since its `version` was read.
pub async fn put_off(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    version: i64,
    due_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let params = scoped![scope, id.as_str(), due_at, version];
    tx.execute(&PUT_OFF, &params).await?;
    Ok(())
}

/// Takes up to `limit` connections whose tokens are to be renewed. Nobody else gets
/// them until `lease`; a worker that dies leaves them to be taken then.
pub async fn claim(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease: Timestamp,
    limit: i64,
) -> Result<Vec<(Scope, ConnectionId)>, StoreError> {
    tx.all(&CLAIM, &[now.into(), lease.into(), limit.into()], |row| {
        let app = row.parsed(0, "connection.app_id", AppId::parse)?;
        let environment = row.parsed(1, "connection.environment", Environment::parse)?;
        let id = row.parsed(2, "connection.id", ConnectionId::parse)?;
        Ok((Scope::verified(app, environment), id))
    })
    .await
}

/// When the next token is to be renewed.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    db.one(&NEXT_DUE, &[], |row| row.time(0)).await
}

/// Whether somebody who is not the holder of `lease` is speaking to the provider.
pub async fn is_leased_to_another(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    lease: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let params = scoped![scope, id.as_str(), lease, now];
    let found = tx.one(&OTHERS_LEASE, &params, |_| Ok(())).await?;
    Ok(found.is_some())
}
