//! Connections and their sealed credentials.

use trunnel_model::connection::{AuthType, Connection, Status};
use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::connection_key;
use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

pub use crate::connection_lease::{Refreshed, forget_leases, lease, refreshed, release};

macro_rules! connection_columns {
    () => {
        "id, account_id, slug, auth_type, auth_option, is_default, status, identifier, scopes, \
        last_error, connected_at, created_at, updated_at, metadata, expires_at"
    };
}
pub(crate) use connection_columns;
macro_rules! secret_columns {
    () => {
        ", fields, client_id, refresh_lease, refresh_until, refresh_failures, version, \
        sealed, data_key_id"
    };
}
macro_rules! of_account {
    () => {
        " FROM connection WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3"
    };
}

statements! { "connection":
    OF_ACCOUNT = concat!("SELECT ", connection_columns!(), of_account!(), " ORDER BY id");
    OF_APP = concat!("SELECT ", connection_columns!(), secret_columns!(), of_account!(),
        " AND slug = ?4 ORDER BY connected_at, id");
    LOCK_OF_APP = concat!("SELECT ", connection_columns!(), secret_columns!(), of_account!(),
        " AND slug = ?4 ORDER BY connected_at, id /*pg FOR UPDATE*/");
    LOCK_OF_ACCOUNT = concat!("SELECT ", connection_columns!(), secret_columns!(), of_account!(),
        " ORDER BY id /*pg FOR UPDATE*/");
    FIND = concat!("SELECT ", connection_columns!(), secret_columns!(),
        " FROM connection WHERE app_id = ?1 AND environment = ?2 AND id = ?3");
    ADD = "INSERT INTO connection (app_id, environment, id, account_id, slug, auth_type, auth_option, \
        is_default, status, identifier, fields, scopes, client_id, sealed, data_key_id, expires_at, \
        refresh_failures, version, connected_at, created_at, updated_at, metadata, renewable) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 'active', ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0, 0, \
        ?15, ?15, ?15, coalesce(CAST(?16 AS TEXT), '{}'), ?17)";
    RENEW = "UPDATE connection SET status = 'active', identifier = ?4, fields = ?5, scopes = ?6, \
        client_id = ?7, sealed = ?8, data_key_id = ?9, expires_at = ?10, auth_type = ?11, auth_option = ?12, \
        refresh_lease = NULL, refresh_until = NULL, refresh_failures = 0, last_error = NULL, \
        connected_at = ?13, updated_at = ?13, \
        metadata = coalesce(CAST(?14 AS TEXT), metadata), renewable = ?15, \
        version = version + 1 WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    DELETE = "DELETE FROM connection WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    IS_THERE = "SELECT 1 FROM connection WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
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
    pub auth_type: AuthType,
    pub auth_option: String,
    pub identifier: Option<String>,
    pub fields: String,
    pub scopes: Option<String>,
    pub client_id: Option<String>,
    pub sealed: Sealed,
    pub expires_at: Option<Timestamp>,
    /// Whether the token can be renewed without the customer.
    pub renewable: bool,
    /// The developer's own values; without them, those that are there stay.
    pub metadata: Option<String>,
    pub at: Timestamp,
}

/// # Errors
/// [`StoreError::Missing`] when the account is gone.
pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    account: &AccountId,
    slug: &str,
    new: &Established,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        id.as_str(),
        account.as_str(),
        slug,
        new.auth_type.as_str(),
        &new.auth_option,
        new.identifier.as_deref(),
        &new.fields,
        new.scopes.as_deref(),
        new.client_id.as_deref(),
        &new.sealed.bytes,
        new.sealed.data_key.as_str(),
        new.expires_at,
        new.at,
        new.metadata.as_deref(),
        new.renewable,
    ];
    tx.execute(&ADD, &params).await?;
    connection_key::put(tx, scope, id, new.identifier.as_deref(), &new.fields).await
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
        new.auth_type.as_str(),
        &new.auth_option,
        new.at,
        new.metadata.as_deref(),
        new.renewable,
    ];
    if tx.execute(&RENEW, &params).await? == 0 {
        // Gone, or somebody else's: it has no keys either.
        return Ok(());
    }
    connection_key::put(tx, scope, id, new.identifier.as_deref(), &new.fields).await
}

pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, id: &ConnectionId) -> Result<(), StoreError> {
    tx.execute(&DELETE, &scoped![scope, id.as_str()]).await?;
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

fn json<T: serde::de::DeserializeOwned>(place: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged {
        place,
        why: error.to_string(),
    })
}

pub(crate) fn connection(row: &Row<'_>) -> Result<Connection, StoreError> {
    Ok(Connection {
        id: row.parsed(0, "connection.id", ConnectionId::parse)?,
        account_id: row.parsed(1, "connection.account_id", AccountId::parse)?,
        slug: row.text(2)?,
        auth_type: row.parsed(3, "connection.auth_type", AuthType::parse)?,
        auth_option: row.text(4)?,
        is_default: row.yes(5)?,
        status: row.parsed(6, "connection.status", Status::parse)?,
        identifier: row
            .opt_text(7)?
            .map(|text| json("connection.identifier", &text))
            .transpose()?,
        scopes: row
            .opt_text(8)?
            .map(|text| json("connection.scopes", &text))
            .transpose()?,
        last_error: row.opt_text(9)?,
        connected_at: row.time(10)?,
        created_at: row.time(11)?,
        updated_at: row.time(12)?,
        metadata: json("connection.metadata", &row.text(13)?)?,
        expires_at: row.opt_time(14)?,
    })
}

fn stored(row: &Row<'_>) -> Result<StoredConnection, StoreError> {
    Ok(StoredConnection {
        connection: connection(row)?,
        fields: row.text(15)?,
        client_id: row.opt_text(16)?,
        refresh_lease: row.opt_text(17)?,
        refresh_until: row.opt_time(18)?,
        refresh_failures: row.int(19)?,
        version: row.int(20)?,
        sealed: Sealed::read(row, 21)?,
    })
}
