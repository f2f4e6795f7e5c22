//! API keys: the hash they are found by, and a sealed copy.

use trunnel_model::api_key::{ApiKey, HashedApiKey, LastUse};
use trunnel_model::environment::Environment;
use trunnel_model::id::{ApiKeyId, AppId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

statements! { "api_key":
    VERIFY = "SELECT app_id, environment, id FROM api_key \
        WHERE hash = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
    ADD = "INSERT INTO api_key (app_id, environment, id, hash, hint, sealed, data_key_id, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    EXPIRE_OTHERS = "UPDATE api_key SET expires_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND id <> ?3 \
        AND (expires_at IS NULL OR expires_at > ?4)";
    LIST = "SELECT id, hint, created_at, expires_at, last_used_at, last_used_address, last_used_route \
        FROM api_key WHERE app_id = ?1 AND environment = ?2 \
        AND (expires_at IS NULL OR expires_at > ?3) \
        ORDER BY expires_at IS NOT NULL, id DESC";
    SEALED = "SELECT id, sealed, data_key_id FROM api_key \
        WHERE app_id = ?1 AND environment = ?2 \
        AND (expires_at IS NULL OR expires_at > ?3) \
        ORDER BY expires_at IS NOT NULL, id DESC";
    HINTS = "SELECT id, hint FROM api_key WHERE app_id = ?1 AND environment = ?2";
    TOUCH = "UPDATE api_key SET last_used_at = ?4, last_used_address = ?5, last_used_route = ?6 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
}

/// What a valid key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub scope: Scope,
    pub key: ApiKeyId,
}

/// Asked on every request, so that a rotation holds from the next one on, on every node.
pub async fn verify(
    db: &Db,
    hash: &HashedApiKey,
    now: Timestamp,
) -> Result<Option<Verified>, StoreError> {
    db.one(
        &VERIFY,
        &[hash.as_bytes().as_slice().into(), now.into()],
        |row| {
            let app = row.parsed(0, "api_key.app_id", AppId::parse)?;
            let environment = row.parsed(1, "api_key.environment", Environment::parse)?;
            Ok(Verified {
                scope: Scope::verified(app, environment),
                key: row.parsed(2, "api_key.id", ApiKeyId::parse)?,
            })
        },
    )
    .await
}

pub struct NewApiKey<'a> {
    pub id: &'a ApiKeyId,
    pub hash: HashedApiKey,
    pub hint: &'a str,
    pub sealed: &'a Sealed,
    pub now: Timestamp,
}

pub async fn add(tx: &mut Tx<'_>, scope: &Scope, key: &NewApiKey<'_>) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        key.id.as_str(),
        key.hash.as_bytes().as_slice(),
        key.hint,
        &key.sealed.bytes,
        key.sealed.data_key.as_str(),
        key.now
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Ends every other key of the environment at `at`, unless it ends before.
pub async fn expire_others(
    tx: &mut Tx<'_>,
    scope: &Scope,
    keep: &ApiKeyId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let params = scoped![scope, keep.as_str(), at];
    tx.execute(&EXPIRE_OTHERS, &params).await?;
    Ok(())
}

/// The valid keys, newest first: the newest is the one without an end, also when the
/// clocks of two nodes disagree.
pub async fn list(db: &Db, scope: &Scope, now: Timestamp) -> Result<Vec<ApiKey>, StoreError> {
    let params = scoped![scope, now];
    db.all(&LIST, &params, api_key).await
}

/// The valid keys' sealed copies, newest first.
pub async fn sealed(
    db: &Db,
    scope: &Scope,
    now: Timestamp,
) -> Result<Vec<(ApiKeyId, Sealed)>, StoreError> {
    let params = scoped![scope, now];
    db.all(&SEALED, &params, |row| {
        let id = row.parsed(0, "api_key.id", ApiKeyId::parse)?;
        Ok((id, Sealed::read(row, 1)?))
    })
    .await
}

/// What tells every key of the environment from the others, also those that have ended.
pub async fn hints(db: &Db, scope: &Scope) -> Result<Vec<(String, String)>, StoreError> {
    db.all(&HINTS, &scoped![scope], |row| {
        Ok((row.text(0)?, row.text(1)?))
    })
    .await
}

pub async fn touch(
    tx: &mut Tx<'_>,
    scope: &Scope,
    key: &ApiKeyId,
    use_: &LastUse,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        key.as_str(),
        use_.at,
        use_.address.as_deref(),
        use_.route.as_deref()
    ];
    tx.execute(&TOUCH, &params).await?;
    Ok(())
}

fn api_key(row: &Row<'_>) -> Result<ApiKey, StoreError> {
    let last_use = match row.opt_time(4)? {
        None => None,
        Some(at) => Some(LastUse {
            at,
            address: row.opt_text(5)?,
            route: row.opt_text(6)?,
        }),
    };
    Ok(ApiKey {
        id: row.parsed(0, "api_key.id", ApiKeyId::parse)?,
        hint: row.text(1)?,
        created_at: row.time(2)?,
        expires_at: row.opt_time(3)?,
        last_use,
    })
}
