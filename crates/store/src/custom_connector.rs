//! Connectors that developers have written.

use trunnel_model::custom_connector::{ConnectorSource, CustomConnector};
use trunnel_model::id::CustomConnectorId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! columns {
    () => {
        "id, slug, name, description, file, source, source_url, edited, version, created_at, \
        updated_at"
    };
}
macro_rules! one {
    () => {
        " FROM custom_connector WHERE app_id = ?1 AND environment = ?2 AND slug = ?3"
    };
}

statements! { "custom_connector":
    FIND = concat!("SELECT ", columns!(), one!(), " AND deleted_at IS NULL");
    FIND_ANY = concat!("SELECT ", columns!(), one!());
    LOCK = concat!("SELECT ", columns!(), one!(), " AND deleted_at IS NULL /*pg FOR UPDATE*/");
    LIST = concat!("SELECT ", columns!(), " FROM custom_connector \
        WHERE app_id = ?1 AND environment = ?2 AND deleted_at IS NULL ORDER BY slug");
    IS_KNOWN = "SELECT 1 FROM custom_connector WHERE slug = ?1 AND deleted_at IS NULL LIMIT 1";
    PUT = "INSERT INTO custom_connector (app_id, environment, id, slug, name, description, file, \
        source, source_url, edited, version, created_at, updated_at, deleted_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, NULL) \
        ON CONFLICT (app_id, environment, slug) DO UPDATE SET id = ?3, name = ?5, \
        description = ?6, file = ?7, source = ?8, source_url = ?9, edited = ?10, version = ?11, \
        created_at = ?12, updated_at = ?13, deleted_at = NULL";
    DELETE = "UPDATE custom_connector SET deleted_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3 AND deleted_at IS NULL";
    DELETE_SETTING = "DELETE FROM connector_setting \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3";
    CONNECTED = "SELECT DISTINCT account_id FROM connection \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3 LIMIT ?4";
    FORGET_SETTINGS = "DELETE FROM connector_setting WHERE (app_id, environment, slug) IN \
        (SELECT app_id, environment, slug FROM custom_connector WHERE deleted_at < ?1)";
    FORGET = "DELETE FROM custom_connector WHERE deleted_at < ?1";
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    slug: &str,
) -> Result<Option<CustomConnector>, StoreError> {
    db.one(&FIND, &scoped![scope, slug], connector).await
}

/// The same, also when it was deleted a short while ago.
pub async fn find_any(
    db: &Db,
    scope: &Scope,
    slug: &str,
) -> Result<Option<CustomConnector>, StoreError> {
    db.one(&FIND_ANY, &scoped![scope, slug], connector).await
}

/// Finds it and keeps others from changing it until the transaction ends.
pub async fn lock(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
) -> Result<Option<CustomConnector>, StoreError> {
    tx.one(&LOCK, &scoped![scope, slug], connector).await
}

/// The environment's, by slug.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<CustomConnector>, StoreError> {
    db.all(&LIST, &scoped![scope], connector).await
}

/// Whether any environment has one with this slug.
pub async fn is_known(db: &Db, slug: &str) -> Result<bool, StoreError> {
    let found = db.one(&IS_KNOWN, &[slug.into()], |_| Ok(())).await?;
    Ok(found.is_some())
}

/// Writes it, be it new or not.
pub async fn put(
    tx: &mut Tx<'_>,
    scope: &Scope,
    written: &CustomConnector,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        written.id.as_str(),
        &written.slug,
        &written.name,
        &written.description,
        &written.file,
        written.source.as_str(),
        written.source_url.as_deref(),
        written.edited,
        written.version,
        written.created_at,
        written.updated_at,
    ];
    tx.execute(&PUT, &params).await?;
    Ok(())
}

/// Says whether it was there.
pub async fn delete(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&DELETE, &scoped![scope, slug, now]).await? > 0)
}

/// A new connector does not begin with the setting of an earlier one of its slug.
pub async fn delete_setting(tx: &mut Tx<'_>, scope: &Scope, slug: &str) -> Result<(), StoreError> {
    tx.execute(&DELETE_SETTING, &scoped![scope, slug]).await?;
    Ok(())
}

/// Up to `limit` accounts with a connection to it.
pub async fn connected(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
    limit: i64,
) -> Result<Vec<AccountId>, StoreError> {
    tx.all(&CONNECTED, &scoped![scope, slug, limit], |row| {
        row.parsed(0, "connection.account_id", AccountId::parse)
    })
    .await
}

/// Forgets what was deleted before, settings included.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(&FORGET_SETTINGS, &[before.into()]).await?;
    tx.execute(&FORGET, &[before.into()]).await
}

fn connector(row: &Row<'_>) -> Result<CustomConnector, StoreError> {
    Ok(CustomConnector {
        id: row.parsed(0, "custom_connector.id", CustomConnectorId::parse)?,
        slug: row.text(1)?,
        name: row.text(2)?,
        description: row.text(3)?,
        file: row.text(4)?,
        source: row.parsed(5, "custom_connector.source", ConnectorSource::parse)?,
        source_url: row.opt_text(6)?,
        edited: row.yes(7)?,
        version: row.int(8)?,
        created_at: row.time(9)?,
        updated_at: row.time(10)?,
    })
}
