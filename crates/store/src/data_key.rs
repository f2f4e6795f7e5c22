//! Data keys: what an environment's secrets are sealed with.

use trunnel_model::id::DataKeyId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

statements! { "data_key":
    ADD = "INSERT INTO data_key \
        (app_id, environment, id, master_key_id, sealed, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    FIND = "SELECT id, master_key_id, sealed, created_at, retired_at FROM data_key \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    CURRENT = "SELECT id, master_key_id, sealed, created_at, retired_at FROM data_key \
        WHERE app_id = ?1 AND environment = ?2 AND retired_at IS NULL \
        ORDER BY id DESC LIMIT 1";
    LIST = "SELECT id, master_key_id, sealed, created_at, retired_at FROM data_key \
        WHERE app_id = ?1 AND environment = ?2 ORDER BY id";
    RETIRE_OTHERS = "UPDATE data_key SET retired_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND id <> ?3 AND retired_at IS NULL";
    REWRAP = "UPDATE data_key SET master_key_id = ?4, sealed = ?5 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    DELETE = "DELETE FROM data_key WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    MASTER_KEYS = "SELECT DISTINCT master_key_id FROM data_key ORDER BY master_key_id";
}

/// A data key, itself sealed with a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDataKey {
    pub id: DataKeyId,
    pub master_key: String,
    pub sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

pub async fn add(tx: &mut Tx<'_>, scope: &Scope, key: &StoredDataKey) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        key.id.as_str(),
        &key.master_key,
        &key.sealed,
        key.created_at
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    id: &DataKeyId,
) -> Result<Option<StoredDataKey>, StoreError> {
    let params = scoped![scope, id.as_str()];
    db.one(&FIND, &params, data_key).await
}

/// The key that new secrets are sealed with.
pub async fn current(db: &Db, scope: &Scope) -> Result<Option<StoredDataKey>, StoreError> {
    let params = scoped![scope];
    db.one(&CURRENT, &params, data_key).await
}

pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<StoredDataKey>, StoreError> {
    let params = scoped![scope];
    db.all(&LIST, &params, data_key).await
}

/// Marks every key but `keep` as no longer sealing anything new.
pub async fn retire_others(
    tx: &mut Tx<'_>,
    scope: &Scope,
    keep: &DataKeyId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let params = scoped![scope, keep.as_str(), now];
    tx.execute(&RETIRE_OTHERS, &params).await?;
    Ok(())
}

/// Replaces what a data key is sealed with; the key itself stays.
pub async fn rewrap(tx: &mut Tx<'_>, scope: &Scope, key: &StoredDataKey) -> Result<(), StoreError> {
    let params = scoped![scope, key.id.as_str(), &key.master_key, &key.sealed];
    tx.execute(&REWRAP, &params).await?;
    Ok(())
}

/// # Errors
/// [`StoreError::Missing`] while anything is still sealed with it.
pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, id: &DataKeyId) -> Result<(), StoreError> {
    let params = scoped![scope, id.as_str()];
    tx.execute(&DELETE, &params).await?;
    Ok(())
}

/// Which master keys this database needs.
pub async fn master_keys(db: &Db) -> Result<Vec<String>, StoreError> {
    db.all(&MASTER_KEYS, &[], |row| row.text(0)).await
}

fn data_key(row: &Row<'_>) -> Result<StoredDataKey, StoreError> {
    Ok(StoredDataKey {
        id: row.parsed(0, "data_key.id", DataKeyId::parse)?,
        master_key: row.text(1)?,
        sealed: row.bytes(2)?,
        created_at: row.time(3)?,
        retired_at: row.opt_time(4)?,
    })
}
