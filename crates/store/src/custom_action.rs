//! Actions that developers have written, on connectors of theirs and of the catalogue.

use trunnel_model::custom_connector::{ActionSource, CustomAction, CustomActionEntry};
use trunnel_model::id::CustomActionId;
use trunnel_model::scope::Scope;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! entry_columns {
    () => {
        "id, action_id, name, description, tag, source, version, created_at, updated_at"
    };
}
macro_rules! of_connector {
    () => {
        " FROM custom_action WHERE app_id = ?1 AND environment = ?2 AND slug = ?3"
    };
}

statements! { "custom_action":
    FIND = concat!("SELECT ", entry_columns!(), ", file", of_connector!(), " AND action_id = ?4");
    LOCK = concat!("SELECT ", entry_columns!(), ", file", of_connector!(),
        " AND action_id = ?4 /*pg FOR UPDATE*/");
    LOCK_ALL = concat!("SELECT ", entry_columns!(), ", file", of_connector!(),
        " ORDER BY action_id /*pg FOR UPDATE*/");
    ALL = concat!("SELECT ", entry_columns!(), ", file", of_connector!(), " ORDER BY action_id");
    LIST = concat!("SELECT ", entry_columns!(), of_connector!(), " ORDER BY action_id");
    COUNT = concat!("SELECT count(*)", of_connector!());
    PUT = "INSERT INTO custom_action (app_id, environment, slug, action_id, id, name, description, \
        tag, file, source, version, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
        ON CONFLICT (app_id, environment, slug, action_id) DO UPDATE SET name = ?6, \
        description = ?7, tag = ?8, file = ?9, source = ?10, version = ?11, updated_at = ?13";
    DELETE = "DELETE FROM custom_action \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3 AND action_id = ?4";
    DELETE_ALL = "DELETE FROM custom_action \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3";
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    slug: &str,
    id: &str,
) -> Result<Option<CustomAction>, StoreError> {
    db.one(&FIND, &scoped![scope, slug, id], action).await
}

/// The connector's, by id.
pub async fn all(db: &Db, scope: &Scope, slug: &str) -> Result<Vec<CustomAction>, StoreError> {
    db.all(&ALL, &scoped![scope, slug], action).await
}

/// Finds the action and keeps others from changing it until the transaction ends.
pub async fn lock(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
    id: &str,
) -> Result<Option<CustomAction>, StoreError> {
    tx.one(&LOCK, &scoped![scope, slug, id], action).await
}

/// The connector's, by id, kept from change until the transaction ends.
pub async fn lock_all(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
) -> Result<Vec<CustomAction>, StoreError> {
    tx.all(&LOCK_ALL, &scoped![scope, slug], action).await
}

/// The connector's, by id, without their files.
pub async fn list(
    db: &Db,
    scope: &Scope,
    slug: &str,
) -> Result<Vec<CustomActionEntry>, StoreError> {
    db.all(&LIST, &scoped![scope, slug], entry).await
}

pub async fn count(db: &Db, scope: &Scope, slug: &str) -> Result<i64, StoreError> {
    let count = db
        .one(&COUNT, &scoped![scope, slug], |row| row.int(0))
        .await?;
    Ok(count.unwrap_or_default())
}

/// Writes it, be it new or not.
pub async fn put(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
    written: &CustomAction,
) -> Result<(), StoreError> {
    let entry = &written.entry;
    let params = scoped![
        scope,
        slug,
        &entry.action_id,
        entry.id.as_str(),
        &entry.name,
        &entry.description,
        &entry.tag,
        &written.file,
        entry.source.as_str(),
        entry.version,
        entry.created_at,
        entry.updated_at,
    ];
    tx.execute(&PUT, &params).await?;
    Ok(())
}

/// Says whether it was there.
pub async fn delete(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
    id: &str,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&DELETE, &scoped![scope, slug, id]).await? > 0)
}

pub async fn delete_all(tx: &mut Tx<'_>, scope: &Scope, slug: &str) -> Result<(), StoreError> {
    tx.execute(&DELETE_ALL, &scoped![scope, slug]).await?;
    Ok(())
}

fn action(row: &Row<'_>) -> Result<CustomAction, StoreError> {
    Ok(CustomAction {
        entry: entry(row)?,
        file: row.text(9)?,
    })
}

fn entry(row: &Row<'_>) -> Result<CustomActionEntry, StoreError> {
    Ok(CustomActionEntry {
        id: row.parsed(0, "custom_action.id", CustomActionId::parse)?,
        action_id: row.text(1)?,
        name: row.text(2)?,
        description: row.text(3)?,
        tag: row.text(4)?,
        source: row.parsed(5, "custom_action.source", ActionSource::parse)?,
        version: row.int(6)?,
        created_at: row.time(7)?,
        updated_at: row.time(8)?,
    })
}
