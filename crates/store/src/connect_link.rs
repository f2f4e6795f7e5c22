//! Links to the Connect portal.

use trunnel_model::connect_link::{ConnectLink, HashedLink};
use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, ConnectLinkId};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! columns {
    () => {
        "id, account_id, config_id, properties, made_by, created_at, expires_at"
    };
}

statements! { "connect_link":
    ADD = "INSERT INTO connect_link (app_id, environment, id, account_id, hash, config_id, \
        properties, made_by, created_at, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    FIND = concat!("SELECT ", columns!(), ", app_id, environment FROM connect_link \
        WHERE hash = ?1 AND expires_at > ?2");
    IS_THERE = "SELECT 1 FROM connect_link WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    NEWEST = concat!("SELECT ", columns!(), " FROM connect_link \
        WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3 AND expires_at > ?4 \
        ORDER BY id DESC LIMIT 1");
    NEWEST_OF_SESSION = concat!("SELECT ", columns!(), " FROM connect_link \
        WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3 AND expires_at > ?4 \
        AND (made_by = ?5 OR id = (SELECT s.link_id FROM session_token s \
        WHERE s.app_id = ?1 AND s.environment = ?2 AND s.id = ?5)) ORDER BY id DESC LIMIT 1");
    REVOKE_SESSIONS = "UPDATE session_token SET revoked_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND revoked_at IS NULL AND link_id IN \
        (SELECT id FROM connect_link WHERE app_id = ?1 AND environment = ?2 AND made_by = ?3)";
    END = "DELETE FROM connect_link WHERE app_id = ?1 AND environment = ?2 AND made_by = ?3";
    FORGET = "DELETE FROM connect_link WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM connect_link WHERE expires_at < ?1 LIMIT ?2)";
}

pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    hash: &HashedLink,
    link: &ConnectLink,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        link.id.as_str(),
        link.account_id.as_str(),
        hash.as_bytes().as_slice(),
        link.config_id.as_deref(),
        &link.properties,
        &link.made_by,
        link.created_at,
        link.expires_at
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// The link with this token, unless it has ended, and whose it is.
pub async fn find(
    db: &Db,
    hash: &HashedLink,
    now: Timestamp,
) -> Result<Option<(Scope, ConnectLink)>, StoreError> {
    let params = [hash.as_bytes().as_slice().into(), now.into()];
    db.one(&FIND, &params, |row| {
        let app = row.parsed(7, "connect_link.app_id", AppId::parse)?;
        let environment = row.parsed(8, "connect_link.environment", Environment::parse)?;
        Ok((Scope::verified(app, environment), link(row)?))
    })
    .await
}

pub async fn is_there(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectLinkId,
) -> Result<bool, StoreError> {
    let params = scoped![scope, id.as_str()];
    let found = tx.one(&IS_THERE, &params, |_| Ok(())).await?;
    Ok(found.is_some())
}

/// The newest of the account's links.
pub async fn newest(
    db: &Db,
    scope: &Scope,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<ConnectLink>, StoreError> {
    let params = scoped![scope, account.as_str(), now];
    db.one(&NEWEST, &params, link).await
}

/// The newest of those that this session has made or was opened by.
pub async fn newest_of_session(
    db: &Db,
    scope: &Scope,
    account: &AccountId,
    session: &str,
    now: Timestamp,
) -> Result<Option<ConnectLink>, StoreError> {
    let params = scoped![scope, account.as_str(), now, session];
    db.one(&NEWEST_OF_SESSION, &params, link).await
}

/// Ends all that `maker` has made, and the sessions that were opened by them.
pub async fn end_of_maker(
    tx: &mut Tx<'_>,
    scope: &Scope,
    maker: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&REVOKE_SESSIONS, &scoped![scope, maker, now])
        .await?;
    tx.execute(&END, &scoped![scope, maker]).await?;
    Ok(())
}

/// Deletes up to `limit` links that have ended.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

fn link(row: &Row<'_>) -> Result<ConnectLink, StoreError> {
    Ok(ConnectLink {
        id: row.parsed(0, "connect_link.id", ConnectLinkId::parse)?,
        account_id: row.parsed(1, "connect_link.account_id", AccountId::parse)?,
        config_id: row.opt_text(2)?,
        properties: row.text(3)?,
        made_by: row.text(4)?,
        created_at: row.time(5)?,
        expires_at: row.time(6)?,
    })
}
