//! API proxies.

use trunnel_model::api_proxy::ApiProxy;
use trunnel_model::id::ApiProxyId;
use trunnel_model::scope::Scope;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! columns {
    () => {
        "SELECT id, action_id, name, description, version, created_at, updated_at, sealed, \
        data_key_id FROM api_proxy WHERE app_id = ?1 AND environment = ?2"
    };
}

statements! { "api_proxy":
    ADD = "INSERT INTO api_proxy (app_id, environment, id, action_id, name, description, version, \
        created_at, updated_at, sealed, data_key_id) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";
    LIST = concat!(columns!(), " ORDER BY action_id");
    COUNT = "SELECT count(*) FROM api_proxy WHERE app_id = ?1 AND environment = ?2";
    FIND = concat!(columns!(), " AND id = ?3");
    FIND_BY_ACTION = concat!(columns!(), " AND action_id = ?3");
    LOCK = concat!(columns!(), " AND id = ?3 /*pg FOR UPDATE*/");
    UPDATE = "UPDATE api_proxy SET action_id = ?4, name = ?5, description = ?6, version = ?7, \
        updated_at = ?8, sealed = ?9, data_key_id = ?10 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    DELETE = "DELETE FROM api_proxy WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
}

/// A proxy with what it does.
#[derive(Debug, Clone)]
pub struct StoredProxy {
    pub proxy: ApiProxy,
    pub definition: Sealed,
}

/// Adds the proxy unless its action id is taken; says whether it was added.
pub async fn add(tx: &mut Tx<'_>, scope: &Scope, stored: &StoredProxy) -> Result<bool, StoreError> {
    let StoredProxy { proxy, definition } = stored;
    let params = scoped![
        scope,
        proxy.id.as_str(),
        &proxy.action_id,
        &proxy.name,
        &proxy.description,
        proxy.version,
        proxy.created_at,
        proxy.updated_at,
        &definition.bytes,
        definition.data_key.as_str(),
    ];
    Ok(tx.execute(&ADD, &params).await? > 0)
}

/// All of the environment's proxies, by action id.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<StoredProxy>, StoreError> {
    db.scan(&LIST, &scoped![scope], stored).await
}

pub async fn count(tx: &mut Tx<'_>, scope: &Scope) -> Result<i64, StoreError> {
    let counted = tx.one(&COUNT, &scoped![scope], |row| row.int(0)).await?;
    Ok(counted.unwrap_or(0))
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    id: &ApiProxyId,
) -> Result<Option<StoredProxy>, StoreError> {
    db.one(&FIND, &scoped![scope, id.as_str()], stored).await
}

pub async fn find_by_action(
    db: &Db,
    scope: &Scope,
    action_id: &str,
) -> Result<Option<StoredProxy>, StoreError> {
    db.one(&FIND_BY_ACTION, &scoped![scope, action_id], stored)
        .await
}

/// The same as [`find_by_action`], to look before a change inside its transaction.
pub async fn is_taken(
    tx: &mut Tx<'_>,
    scope: &Scope,
    action_id: &str,
    by_another_than: &ApiProxyId,
) -> Result<bool, StoreError> {
    let found = tx
        .one(&FIND_BY_ACTION, &scoped![scope, action_id], stored)
        .await?;
    Ok(found.is_some_and(|known| known.proxy.id != *by_another_than))
}

pub async fn lock(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ApiProxyId,
) -> Result<Option<StoredProxy>, StoreError> {
    tx.one(&LOCK, &scoped![scope, id.as_str()], stored).await
}

/// Writes everything that can change; call [`lock`] before.
pub async fn update(
    tx: &mut Tx<'_>,
    scope: &Scope,
    stored: &StoredProxy,
) -> Result<(), StoreError> {
    let StoredProxy { proxy, definition } = stored;
    let params = scoped![
        scope,
        proxy.id.as_str(),
        &proxy.action_id,
        &proxy.name,
        &proxy.description,
        proxy.version,
        proxy.updated_at,
        &definition.bytes,
        definition.data_key.as_str(),
    ];
    tx.execute(&UPDATE, &params).await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, id: &ApiProxyId) -> Result<(), StoreError> {
    tx.execute(&DELETE, &scoped![scope, id.as_str()]).await?;
    Ok(())
}

fn stored(row: &Row<'_>) -> Result<StoredProxy, StoreError> {
    Ok(StoredProxy {
        proxy: ApiProxy {
            id: row.parsed(0, "api_proxy.id", ApiProxyId::parse)?,
            action_id: row.text(1)?,
            name: row.text(2)?,
            description: row.text(3)?,
            version: row.int(4)?,
            created_at: row.time(5)?,
            updated_at: row.time(6)?,
        },
        definition: Sealed::read(row, 7)?,
    })
}
