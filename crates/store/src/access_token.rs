//! Personal access tokens: only the hash they are found by.

use trunnel_model::access_token::{AccessToken, HashedAccessToken};
use trunnel_model::environment::Environment;
use trunnel_model::id::{AccessTokenId, AppId};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

statements! { "access_token":
    ADD = "INSERT INTO access_token (app_id, environment, id, account_id, hash, name, hint, \
        created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    VERIFY = "SELECT app_id, environment, id, account_id FROM access_token WHERE hash = ?1";
    LIST = "SELECT id, account_id, name, hint, created_by, created_at, last_used_at \
        FROM access_token WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3 \
        ORDER BY id DESC";
    COUNT = "SELECT count(*) FROM access_token \
        WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3";
    IS_THERE = "SELECT 1 FROM access_token WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    REVOKE = "DELETE FROM access_token \
        WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3 AND id = ?4";
    TOUCH = "UPDATE access_token SET last_used_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
}

/// What a valid token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub scope: Scope,
    pub token: AccessTokenId,
    pub account: AccountId,
}

pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    hash: &HashedAccessToken,
    token: &AccessToken,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        token.id.as_str(),
        token.account_id.as_str(),
        hash.as_bytes().as_slice(),
        &token.name,
        &token.hint,
        &token.created_by,
        token.created_at
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Asked on every request, so that a revocation holds from the next one on.
pub async fn verify(db: &Db, hash: &HashedAccessToken) -> Result<Option<Verified>, StoreError> {
    db.one(&VERIFY, &[hash.as_bytes().as_slice().into()], |row| {
        let app = row.parsed(0, "access_token.app_id", AppId::parse)?;
        let environment = row.parsed(1, "access_token.environment", Environment::parse)?;
        Ok(Verified {
            scope: Scope::verified(app, environment),
            token: row.parsed(2, "access_token.id", AccessTokenId::parse)?,
            account: row.parsed(3, "access_token.account_id", AccountId::parse)?,
        })
    })
    .await
}

/// The account's tokens, newest first.
pub async fn list(
    db: &Db,
    scope: &Scope,
    account: &AccountId,
) -> Result<Vec<AccessToken>, StoreError> {
    let params = scoped![scope, account.as_str()];
    db.all(&LIST, &params, access_token).await
}

pub async fn count(tx: &mut Tx<'_>, scope: &Scope, account: &AccountId) -> Result<i64, StoreError> {
    let params = scoped![scope, account.as_str()];
    let counted = tx.one(&COUNT, &params, |row| row.int(0)).await?;
    Ok(counted.unwrap_or(0))
}

pub async fn is_there(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &AccessTokenId,
) -> Result<bool, StoreError> {
    let params = scoped![scope, id.as_str()];
    let found = tx.one(&IS_THERE, &params, |_| Ok(())).await?;
    Ok(found.is_some())
}

/// Whether there was something to revoke.
pub async fn revoke(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &AccountId,
    id: &AccessTokenId,
) -> Result<bool, StoreError> {
    let params = scoped![scope, account.as_str(), id.as_str()];
    Ok(tx.execute(&REVOKE, &params).await? > 0)
}

pub async fn touch(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &AccessTokenId,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&TOUCH, &scoped![scope, id.as_str(), at]).await?;
    Ok(())
}

fn access_token(row: &Row<'_>) -> Result<AccessToken, StoreError> {
    Ok(AccessToken {
        id: row.parsed(0, "access_token.id", AccessTokenId::parse)?,
        account_id: row.parsed(1, "access_token.account_id", AccountId::parse)?,
        name: row.text(2)?,
        hint: row.text(3)?,
        created_by: row.text(4)?,
        created_at: row.time(5)?,
        last_used_at: row.opt_time(6)?,
    })
}
