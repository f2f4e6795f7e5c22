//! Connections of a whole environment, and what the developer changes about one.

use trunnel_model::connection::{Connection, Status};
use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::connection::{connection, connection_columns};
use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::scoped;

macro_rules! matching {
    () => {
        " AND (CAST(?3 AS TEXT) IS NULL OR slug = ?3) \
        AND (CAST(?4 AS TEXT) IS NULL OR status = ?4) \
        AND (CAST(?5 AS TEXT) IS NULL OR id < ?5)"
    };
}

statements! { "connection_list":
    LIST = concat!("SELECT ", connection_columns!(),
        " FROM connection WHERE app_id = ?1 AND environment = ?2", matching!(),
        " ORDER BY id DESC LIMIT ?6");
    LIST_OF_ACCOUNT = concat!("SELECT ", connection_columns!(),
        " FROM connection WHERE app_id = ?1 AND environment = ?2", matching!(),
        " AND account_id = ?7 ORDER BY id DESC LIMIT ?6");
    FIND = concat!("SELECT ", connection_columns!(),
        " FROM connection WHERE app_id = ?1 AND environment = ?2 AND id = ?3");
    CONNECTED_SLUGS = "SELECT DISTINCT slug FROM connection \
        WHERE app_id = ?1 AND environment = ?2 AND status = 'active'";
    WATCHED = concat!("SELECT ", connection_columns!(), ", refresh_failures, renewable",
        " FROM connection WHERE app_id = ?1 AND environment = ?2 AND status = 'active' \
        AND id > ?3 ORDER BY id LIMIT ?4");
    CLEAR_DEFAULT = "UPDATE connection SET is_default = 0 WHERE app_id = ?1 AND environment = ?2 \
        AND account_id = ?3 AND slug = ?4 AND is_default = 1";
    DESCRIBE = "UPDATE connection SET is_default = ?4, metadata = ?5, updated_at = ?6 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
}

/// Which connections a list shows.
#[derive(Debug, Clone, Default)]
pub struct ConnectionFilter {
    pub account: Option<AccountId>,
    pub slug: Option<String>,
    pub status: Option<Status>,
}

/// Up to `limit` connections, newest first, from behind `before`.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &ConnectionFilter,
    before: Option<&ConnectionId>,
    limit: i64,
) -> Result<Vec<Connection>, StoreError> {
    let slug = filter.slug.as_deref();
    let status = filter.status.map(Status::as_str);
    let before = before.map(ConnectionId::as_str);
    match &filter.account {
        None => {
            let params = scoped![scope, slug, status, before, limit];
            db.scan(&LIST, &params, connection).await
        }
        Some(account) => {
            let params = scoped![scope, slug, status, before, limit, account.as_str()];
            db.all(&LIST_OF_ACCOUNT, &params, connection).await
        }
    }
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    id: &ConnectionId,
) -> Result<Option<Connection>, StoreError> {
    db.one(&FIND, &scoped![scope, id.as_str()], connection)
        .await
}

/// The apps that somebody of the environment is connected to.
pub async fn connected_slugs(db: &Db, scope: &Scope) -> Result<Vec<String>, StoreError> {
    db.scan(&CONNECTED_SLUGS, &scoped![scope], |row| row.text(0))
        .await
}

/// An active connection, and what tells how long it will stay so.
#[derive(Debug, Clone)]
pub struct Watched {
    pub connection: Connection,
    pub refresh_failures: i64,
    /// Whether its token can be renewed without the customer; not known of old ones.
    pub renewable: Option<bool>,
}

/// Up to `limit` active connections by id, from behind `after`.
pub async fn watched(
    db: &Db,
    scope: &Scope,
    after: &str,
    limit: i64,
) -> Result<Vec<Watched>, StoreError> {
    db.scan(&WATCHED, &scoped![scope, after, limit], |row| {
        Ok(Watched {
            connection: connection(row)?,
            refresh_failures: row.int(15)?,
            renewable: row.opt_int(16)?.map(|yes| yes != 0),
        })
    })
    .await
}

/// Takes the choice of a default connection back from whichever has it.
pub async fn clear_default(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &AccountId,
    slug: &str,
) -> Result<(), StoreError> {
    tx.execute(&CLEAR_DEFAULT, &scoped![scope, account.as_str(), slug])
        .await?;
    Ok(())
}

/// Writes what the developer says about the connection.
pub async fn describe(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    (is_default, metadata): (bool, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let params = scoped![scope, id.as_str(), is_default, metadata, now];
    tx.execute(&DESCRIBE, &params).await?;
    Ok(())
}
