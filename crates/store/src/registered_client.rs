//! OAuth clients that have registered themselves.

use trunnel_model::id::RegisteredClientId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! columns {
    () => {
        "id, slug, issuer, client_id, created_at, expires_at, sealed, data_key_id"
    };
}

statements! { "registered_client":
    ADD = "INSERT INTO registered_client (app_id, environment, id, slug, issuer, client_id, \
        usable, sealed, data_key_id, created_at, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10)";
    FIND = concat!("SELECT ", columns!(), " FROM registered_client \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3");
    NEWEST = concat!("SELECT ", columns!(), " FROM registered_client \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3 AND issuer = ?4 AND usable = 1 \
        AND (expires_at IS NULL OR expires_at > ?5) ORDER BY id DESC LIMIT 1");
    SPOIL = "UPDATE registered_client SET usable = 0 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredClient {
    pub id: RegisteredClientId,
    pub slug: String,
    /// Who has registered it.
    pub issuer: String,
    /// Its name there.
    pub client_id: String,
    pub created_at: Timestamp,
    /// When its secret ends.
    pub expires_at: Option<Timestamp>,
    /// The secret, and how it is shown.
    pub sealed: Sealed,
}

pub async fn add(tx: &mut Tx<'_>, scope: &Scope, new: &StoredClient) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        new.id.as_str(),
        &new.slug,
        &new.issuer,
        &new.client_id,
        &new.sealed.bytes,
        new.sealed.data_key.as_str(),
        new.created_at,
        new.expires_at,
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

pub async fn find(db: &Db, scope: &Scope, id: &str) -> Result<Option<StoredClient>, StoreError> {
    db.one(&FIND, &scoped![scope, id], client).await
}

/// The one that new connections are made with.
pub async fn newest(
    db: &Db,
    scope: &Scope,
    slug: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Option<StoredClient>, StoreError> {
    let params = scoped![scope, slug, issuer, now];
    db.one(&NEWEST, &params, client).await
}

/// Its issuer has forgotten it: the next connection is made with another.
pub async fn spoil(tx: &mut Tx<'_>, scope: &Scope, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&SPOIL, &scoped![scope, id]).await? > 0)
}

fn client(row: &Row<'_>) -> Result<StoredClient, StoreError> {
    Ok(StoredClient {
        id: row.parsed(0, "registered_client.id", RegisteredClientId::parse)?,
        slug: row.text(1)?,
        issuer: row.text(2)?,
        client_id: row.text(3)?,
        created_at: row.time(4)?,
        expires_at: row.opt_time(5)?,
        sealed: Sealed::read(row, 6)?,
    })
}
