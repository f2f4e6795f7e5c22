//! How the developer's own API authenticates customers; one row per environment.

use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::scoped;

statements! { "my_app":
    FIND = "SELECT sealed, data_key_id, version, updated_at FROM my_app_authentication \
        WHERE app_id = ?1 AND environment = ?2 AND name = ?3";
    PUT = "INSERT INTO my_app_authentication \
        (app_id, environment, name, sealed, data_key_id, version, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6) ON CONFLICT (app_id, environment, name) \
        DO UPDATE SET sealed = ?4, data_key_id = ?5, updated_at = ?6, \
        version = my_app_authentication.version + 1";
}

/// The name of an environment's only row.
pub const NAME: &str = "default";

#[derive(Debug, Clone)]
pub struct StoredAuthentication {
    pub sealed: Sealed,
    pub version: i64,
    pub updated_at: Timestamp,
}

pub async fn find(db: &Db, scope: &Scope) -> Result<Option<StoredAuthentication>, StoreError> {
    db.one(&FIND, &scoped![scope, NAME], |row| {
        Ok(StoredAuthentication {
            sealed: Sealed::read(row, 0)?,
            version: row.int(2)?,
            updated_at: row.time(3)?,
        })
    })
    .await
}

pub async fn put(
    tx: &mut Tx<'_>,
    scope: &Scope,
    sealed: &Sealed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let params = scoped![scope, NAME, &sealed.bytes, sealed.data_key.as_str(), now];
    tx.execute(&PUT, &params).await?;
    Ok(())
}
