//! The fence around a refresh: a lease in the connection's row.

use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::connection::StoredConnection;
use crate::db::Tx;
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::scoped;

statements! { "connection_lease":
    LEASE = "UPDATE connection SET refresh_lease = ?4, refresh_until = ?5 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?6 \
        AND status = 'active' AND (refresh_until IS NULL OR refresh_until <= ?7)";
    RELEASE = "UPDATE connection SET refresh_lease = NULL, refresh_until = ?5, \
        refresh_failures = refresh_failures + 1 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND refresh_lease = ?4";
    REFRESHED = "UPDATE connection SET sealed = ?5, data_key_id = ?6, expires_at = ?7, \
        fields = ?8, scopes = ?9, refresh_lease = NULL, refresh_until = NULL, \
        refresh_failures = 0, version = version + 1, updated_at = ?10, renewable = ?12 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 \
        AND (refresh_lease = ?4 OR version = ?11)";
    FORGET_LEASES = "UPDATE connection SET refresh_lease = NULL, refresh_until = NULL \
        WHERE refresh_lease IS NOT NULL";
}

/// Tries to become the only one who refreshes this connection, until `until`. The
/// version is the one that was read, so whoever read before the last refresh loses.
pub async fn lease(
    tx: &mut Tx<'_>,
    scope: &Scope,
    stored: &StoredConnection,
    lease: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let id = stored.connection.id.as_str();
    let params = scoped![scope, id, lease, until, stored.version, now];
    Ok(tx.execute(&LEASE, &params).await? > 0)
}

/// Gives the lease back; the next one may try from `not_before` on.
pub async fn release(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    lease: &str,
    not_before: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&RELEASE, &scoped![scope, id.as_str(), lease, not_before])
        .await?;
    Ok(())
}

/// Ends every lease: for a server that knows itself to be the only one.
pub async fn forget_leases(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.execute(&FORGET_LEASES, &[]).await?;
    Ok(())
}

/// What a refresh brought.
#[derive(Debug, Clone)]
pub struct Refreshed {
    pub sealed: Sealed,
    pub expires_at: Option<Timestamp>,
    pub fields: String,
    pub scopes: Option<String>,
    pub renewable: bool,
    pub at: Timestamp,
}

/// Keeps the new tokens, if the lease still stands or nothing has come in between
/// since it ran out; says whether it did.
pub async fn refreshed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    (lease, version): (&str, i64),
    new: &Refreshed,
) -> Result<bool, StoreError> {
    let params = scoped![
        scope,
        id.as_str(),
        lease,
        &new.sealed.bytes,
        new.sealed.data_key.as_str(),
        new.expires_at,
        &new.fields,
        new.scopes.as_deref(),
        new.at,
        version,
        new.renewable,
    ];
    Ok(tx.execute(&REFRESHED, &params).await? > 0)
}
