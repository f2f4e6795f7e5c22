//! The developer's own connector fields that are secret, sealed.

use trunnel_model::scope::Scope;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::scoped;

statements! { "connector_secret":
    FIND = "SELECT sealed, data_key_id FROM connector_secret \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3";
    LIST = "SELECT slug, sealed, data_key_id FROM connector_secret \
        WHERE app_id = ?1 AND environment = ?2 ORDER BY slug";
    PUT = "INSERT INTO connector_secret (app_id, environment, slug, sealed, data_key_id) \
        VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (app_id, environment, slug) \
        DO UPDATE SET sealed = ?4, data_key_id = ?5";
    DELETE = "DELETE FROM connector_secret \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3";
}

pub async fn find(db: &Db, scope: &Scope, slug: &str) -> Result<Option<Sealed>, StoreError> {
    db.one(&FIND, &scoped![scope, slug], |row| Sealed::read(row, 0))
        .await
}

/// The same inside a transaction, which has locked the connector's setting.
pub async fn find_in(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
) -> Result<Option<Sealed>, StoreError> {
    tx.one(&FIND, &scoped![scope, slug], |row| Sealed::read(row, 0))
        .await
}

/// By slug.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<(String, Sealed)>, StoreError> {
    db.all(&LIST, &scoped![scope], |row| {
        Ok((row.text(0)?, Sealed::read(row, 1)?))
    })
    .await
}

pub async fn put(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    let params = scoped![scope, slug, &sealed.bytes, sealed.data_key.as_str()];
    tx.execute(&PUT, &params).await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, slug: &str) -> Result<(), StoreError> {
    tx.execute(&DELETE, &scoped![scope, slug]).await?;
    Ok(())
}
