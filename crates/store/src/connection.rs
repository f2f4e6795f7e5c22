//! Connections, their sealed credentials, and the fence around a refresh.

use trunnel_model::connection::{AuthType, Connection, Status};
use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! columns {
    () => {
        "id, account_id, slug, auth_type, status, identifier, scopes, last_error, connected_at, \
        created_at, updated_at"
    };
}
macro_rules! secret_columns {
    () => {
        ", fields, client_id, expires_at, refresh_lease, refresh_until, refresh_failures, version, \
        sealed, data_key_id"
    };
}
macro_rules! of_account {
    () => {
        " FROM connection WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3"
    };
}

statements! { "connection":
    OF_ACCOUNT = concat!("SELECT ", columns!(), of_account!(), " ORDER BY id");
    OF_APP = concat!("SELECT ", columns!(), secret_columns!(), of_account!(),
        " AND slug = ?4 ORDER BY connected_at, id");
    LOCK_OF_APP = concat!("SELECT ", columns!(), secret_columns!(), of_account!(),
        " AND slug = ?4 ORDER BY connected_at, id /*pg FOR UPDATE*/");
    LOCK_OF_ACCOUNT = concat!("SELECT ", columns!(), secret_columns!(), of_account!(),
        " ORDER BY id /*pg FOR UPDATE*/");
    FIND = concat!("SELECT ", columns!(), secret_columns!(),
        " FROM connection WHERE app_id = ?1 AND environment = ?2 AND id = ?3");
    ADD = "INSERT INTO connection (app_id, environment, id, account_id, slug, auth_type, status, \
        identifier, fields, scopes, client_id, sealed, data_key_id, expires_at, refresh_failures, version, \
        connected_at, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0, 0, ?15, ?15, ?15)";
    RENEW = "UPDATE connection SET status = 'active', identifier = ?4, fields = ?5, scopes = ?6, \
        client_id = ?7, sealed = ?8, data_key_id = ?9, expires_at = ?10, refresh_lease = NULL, \
        refresh_until = NULL, refresh_failures = 0, last_error = NULL, connected_at = ?11, updated_at = ?11, \
        version = version + 1 WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    DELETE = "DELETE FROM connection WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    LEASE = "UPDATE connection SET refresh_lease = ?4, refresh_until = ?5 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?6 \
        AND status = 'active' AND (refresh_until IS NULL OR refresh_until <= ?7)";
    RELEASE = "UPDATE connection SET refresh_lease = NULL, refresh_until = ?5, \
        refresh_failures = refresh_failures + 1 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND refresh_lease = ?4";
    REFRESHED = "UPDATE connection SET sealed = ?5, data_key_id = ?6, expires_at = ?7, \
        fields = ?8, scopes = ?9, refresh_lease = NULL, refresh_until = NULL, \
        refresh_failures = 0, version = version + 1, updated_at = ?10 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 \
        AND (refresh_lease = ?4 OR version = ?11)";
    IS_THERE = "SELECT 1 FROM connection WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    FORGET_LEASES = "UPDATE connection SET refresh_lease = NULL, refresh_until = NULL \
        WHERE refresh_lease IS NOT NULL";
    EXPIRE = "UPDATE connection SET status = 'expired', last_error = ?5, refresh_lease = NULL, \
        refresh_until = NULL, version = version + 1, updated_at = ?6 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND version = ?4 AND status = 'active'";
}

/// A connection with what is needed to use it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredConnection {
    pub connection: Connection,
    /// Values that are not secret, such as a subdomain.
    pub fields: String,
    /// The OAuth client the grant belongs to.
    pub client_id: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub refresh_lease: Option<String>,
    /// Nobody but the lease's holder may refresh before this.
    pub refresh_until: Option<Timestamp>,
    /// Failed refreshes since the last that succeeded.
    pub refresh_failures: i64,
    pub version: i64,
    pub sealed: Sealed,
}

/// What the account is connected to, oldest first.
pub async fn of_account(
    db: &Db,
    scope: &Scope,
    account: &AccountId,
) -> Result<Vec<Connection>, StoreError> {
    db.all(&OF_ACCOUNT, &scoped![scope, account.as_str()], connection)
        .await
}

/// The account's connections to one connector, oldest first.
pub async fn of_app(
    db: &Db,
    scope: &Scope,
    account: &AccountId,
    slug: &str,
) -> Result<Vec<StoredConnection>, StoreError> {
    db.all(&OF_APP, &scoped![scope, account.as_str(), slug], stored)
        .await
}

/// The same, kept from change until the transaction ends.
pub async fn lock_of_app(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &AccountId,
    slug: &str,
) -> Result<Vec<StoredConnection>, StoreError> {
    tx.all(
        &LOCK_OF_APP,
        &scoped![scope, account.as_str(), slug],
        stored,
    )
    .await
}

/// Everything the account is connected to, kept from change.
pub async fn lock_of_account(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &AccountId,
) -> Result<Vec<StoredConnection>, StoreError> {
    tx.all(&LOCK_OF_ACCOUNT, &scoped![scope, account.as_str()], stored)
        .await
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    id: &ConnectionId,
) -> Result<Option<StoredConnection>, StoreError> {
    db.one(&FIND, &scoped![scope, id.as_str()], stored).await
}

/// What a connect, and every later one, writes.
#[derive(Debug, Clone)]
pub struct Established {
    pub identifier: Option<String>,
    pub fields: String,
    pub scopes: Option<String>,
    pub client_id: Option<String>,
    pub sealed: Sealed,
    pub expires_at: Option<Timestamp>,
    pub at: Timestamp,
}

/// # Errors
/// [`StoreError::Missing`] when the account is gone, [`StoreError::Taken`] when it
/// has a connection of this kind.
pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    account: &AccountId,
    slug: &str,
    auth_type: AuthType,
    new: &Established,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        id.as_str(),
        account.as_str(),
        slug,
        auth_type.as_str(),
        Status::Active.as_str(),
        new.identifier.as_deref(),
        &new.fields,
        new.scopes.as_deref(),
        new.client_id.as_deref(),
        &new.sealed.bytes,
        new.sealed.data_key.as_str(),
        new.expires_at,
        new.at,
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Puts a new credential into a connection that is there already.
pub async fn renew(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    new: &Established,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        id.as_str(),
        new.identifier.as_deref(),
        &new.fields,
        new.scopes.as_deref(),
        new.client_id.as_deref(),
        &new.sealed.bytes,
        new.sealed.data_key.as_str(),
        new.expires_at,
        new.at,
    ];
    tx.execute(&RENEW, &params).await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, id: &ConnectionId) -> Result<(), StoreError> {
    tx.execute(&DELETE, &scoped![scope, id.as_str()]).await?;
    Ok(())
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

pub async fn is_there(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
) -> Result<bool, StoreError> {
    let found = tx
        .one(&IS_THERE, &scoped![scope, id.as_str()], |_| Ok(()))
        .await?;
    Ok(found.is_some())
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
    ];
    Ok(tx.execute(&REFRESHED, &params).await? > 0)
}

/// Marks the connection expired, if it is still the one that was read and active;
/// says whether this call did it, so that it is told once.
pub async fn expire(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    version: i64,
    error: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let params = scoped![scope, id.as_str(), version, error, now];
    Ok(tx.execute(&EXPIRE, &params).await? > 0)
}

pub(crate) fn connection(row: &Row<'_>) -> Result<Connection, StoreError> {
    let json = |place, text: String| {
        serde_json::from_str(&text).map_err(|error| StoreError::Damaged {
            place,
            why: error.to_string(),
        })
    };
    Ok(Connection {
        id: row.parsed(0, "connection.id", ConnectionId::parse)?,
        account_id: row.parsed(1, "connection.account_id", AccountId::parse)?,
        slug: row.text(2)?,
        auth_type: row.parsed(3, "connection.auth_type", AuthType::parse)?,
        status: row.parsed(4, "connection.status", Status::parse)?,
        identifier: row
            .opt_text(5)?
            .map(|text| json("connection.identifier", text))
            .transpose()?,
        scopes: row
            .opt_text(6)?
            .map(|text| {
                serde_json::from_str(&text).map_err(|error| StoreError::Damaged {
                    place: "connection.scopes",
                    why: error.to_string(),
                })
            })
            .transpose()?,
        last_error: row.opt_text(7)?,
        connected_at: row.time(8)?,
        created_at: row.time(9)?,
        updated_at: row.time(10)?,
    })
}

fn stored(row: &Row<'_>) -> Result<StoredConnection, StoreError> {
    Ok(StoredConnection {
        connection: connection(row)?,
        fields: row.text(11)?,
        client_id: row.opt_text(12)?,
        expires_at: row.opt_time(13)?,
        refresh_lease: row.opt_text(14)?,
        refresh_until: row.opt_time(15)?,
        refresh_failures: row.int(16)?,
        version: row.int(17)?,
        sealed: Sealed::read(row, 18)?,
    })
}
