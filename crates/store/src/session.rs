//! Session tokens.

use trunnel_model::id::{ConnectLinkId, SessionTokenId};
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
        AND revoked_at IS NULL AND link_id IS NULL ORDER BY expires_at DESC, id DESC LIMIT 1";
    ADD_OPENED = "INSERT INTO session_token (app_id, environment, id, account_id, created_at, \
        expires_at, refresh_expires_at, link_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    LATEST_OPENED = "SELECT id, account_id, created_at, expires_at, refresh_expires_at \
        FROM session_token WHERE app_id = ?1 AND environment = ?2 AND link_id = ?3 \
        AND revoked_at IS NULL ORDER BY expires_at DESC, id DESC LIMIT 1";
    ORIGIN = "SELECT link_id FROM session_token \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND revoked_at IS NULL";
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

/// Adds one that a link to the portal has opened.
pub async fn add_opened(
    tx: &mut Tx<'_>,
    scope: &Scope,
    token: &SessionToken,
    link: &ConnectLinkId,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        token.id.as_str(),
        token.account_id.as_str(),
        token.created_at,
        token.expires_at,
        token.refresh_expires_at,
        link.as_str()
    ];
    tx.execute(&ADD_OPENED, &params).await?;
    Ok(())
}

/// The link's token that lives longest; it may have expired.
pub async fn latest_opened(
    tx: &mut Tx<'_>,
    scope: &Scope,
    link: &ConnectLinkId,
) -> Result<Option<SessionToken>, StoreError> {
    let params = scoped![scope, link.as_str()];
    tx.one(&LATEST_OPENED, &params, session).await
}

/// Whether a token that is not revoked was opened by a link; nothing for any other.
pub async fn is_opened(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &SessionTokenId,
) -> Result<Option<bool>, StoreError> {
    let params = scoped![scope, id.as_str()];
    tx.one(&ORIGIN, &params, |row| Ok(row.opt_text(0)?.is_some()))
        .await
}

/// The account's token that lives longest, of those the developer has minted; it may
/// have expired.
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
