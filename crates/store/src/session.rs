//! Session tokens.

use trunnel_model::id::SessionTokenId;
use trunnel_model::scope::Scope;
use trunnel_model::session::SessionToken;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

statements! { "session":
    ADD = "INSERT INTO session_token \
        (app_id, environment, id, account_id, created_at, expires_at, refresh_expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    FIND_VALID = "SELECT id, account_id, created_at, expires_at, refresh_expires_at \
        FROM session_token WHERE app_id = ?1 AND environment = ?2 AND id = ?3 \
        AND revoked_at IS NULL AND expires_at > ?4";
    LATEST = "SELECT id, account_id, created_at, expires_at, refresh_expires_at \
        FROM session_token WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3 \
        AND revoked_at IS NULL ORDER BY expires_at DESC, id DESC LIMIT 1";
    REVOKE = "UPDATE session_token SET revoked_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND revoked_at IS NULL";
    FORGET = "DELETE FROM session_token WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM session_token WHERE refresh_expires_at < ?1 LIMIT ?2)";
}

pub async fn add(tx: &mut Tx<'_>, scope: &Scope, token: &SessionToken) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        token.id.as_str(),
        token.account_id.as_str(),
        token.created_at,
        token.expires_at,
        token.refresh_expires_at
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// The token, unless it is unknown, expired or revoked.
pub async fn find_valid(
    db: &Db,
    scope: &Scope,
    id: &SessionTokenId,
    now: Timestamp,
) -> Result<Option<SessionToken>, StoreError> {
    let params = scoped![scope, id.as_str(), now];
    db.one(&FIND_VALID, &params, session).await
}

/// The account's token that lives longest; it may have expired.
pub async fn latest(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &AccountId,
) -> Result<Option<SessionToken>, StoreError> {
    let params = scoped![scope, account.as_str()];
    tx.one(&LATEST, &params, session).await
}

/// Whether there was something to revoke.
pub async fn revoke(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &SessionTokenId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let params = scoped![scope, id.as_str(), now];
    Ok(tx.execute(&REVOKE, &params).await? > 0)
}

/// Deletes up to `limit` tokens whose refresh part is over too; nothing can refer to them.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

fn session(row: &Row<'_>) -> Result<SessionToken, StoreError> {
    Ok(SessionToken {
        id: row.parsed(0, "session_token.id", SessionTokenId::parse)?,
        account_id: row.parsed(1, "session_token.account_id", AccountId::parse)?,
        created_at: row.time(2)?,
        expires_at: row.time(3)?,
        refresh_expires_at: row.time(4)?,
    })
}
