//! Organizations, developer apps and their environments.

use trunnel_model::app::App;
use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, OrganizationId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

statements! { "app":
    CLAIM_FACT = "INSERT INTO instance_fact (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    ADD_ORGANIZATION = "INSERT INTO organization (id, name, created_at) VALUES (?1, ?2, ?3)";
    ADD = "INSERT INTO app (id, organization_id, name, reveal_keys, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5)";
    ADD_ENVIRONMENT = "INSERT INTO environment (app_id, environment, created_at) \
        VALUES (?1, ?2, ?3)";
    LOCK_ENVIRONMENT = "SELECT created_at FROM environment \
        WHERE app_id = ?1 AND environment = ?2 /*pg FOR NO KEY UPDATE*/";
    RENAME = "UPDATE app SET name = ?2 WHERE id = ?1";
    SET_REVEAL_KEYS = "UPDATE app SET reveal_keys = ?2 WHERE id = ?1";
    FIND_FACT = "SELECT value FROM instance_fact WHERE name = ?1";
    PUT_FACT = "INSERT INTO instance_fact (name, value) VALUES (?1, ?2) \
        ON CONFLICT (name) DO UPDATE SET value = ?2";
    PING = "SELECT 1 FROM instance_fact LIMIT 1";
    LIST = "SELECT id, organization_id, name, reveal_keys, created_at FROM app ORDER BY id";
    LIST_OF = "SELECT id, organization_id, name, reveal_keys, created_at FROM app \
        WHERE organization_id = ?1 ORDER BY id";
    OLDEST_OF = "SELECT id FROM app WHERE organization_id = ?1 ORDER BY id LIMIT 1";
    FIND = "SELECT id, organization_id, name, reveal_keys, created_at FROM app WHERE id = ?1";
    ADD_SECRET = "INSERT INTO environment_secret (app_id, environment, name, sealed, data_key_id) \
        VALUES (?1, ?2, ?3, ?4, ?5)";
    FIND_SECRET = "SELECT sealed, data_key_id FROM environment_secret \
        WHERE app_id = ?1 AND environment = ?2 AND name = ?3";
}

/// Writes a fact that the instance has once; says whether this call wrote it.
pub async fn claim_fact(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<bool, StoreError> {
    Ok(tx
        .execute(&CLAIM_FACT, &[name.into(), value.into()])
        .await?
        > 0)
}

pub async fn find_fact(db: &Db, name: &str) -> Result<Option<String>, StoreError> {
    db.one(&FIND_FACT, &[name.into()], |row| row.text(0)).await
}

/// Writes a fact, whatever it was before.
pub async fn put_fact(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(&PUT_FACT, &[name.into(), value.into()]).await?;
    Ok(())
}

pub async fn add_organization(
    tx: &mut Tx<'_>,
    id: &OrganizationId,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        &ADD_ORGANIZATION,
        &[id.as_str().into(), name.into(), now.into()],
    )
    .await?;
    Ok(())
}

/// Adds the app and both of its environments.
pub async fn add(tx: &mut Tx<'_>, app: &App) -> Result<(), StoreError> {
    let params = [
        app.id.as_str().into(),
        app.organization.as_str().into(),
        (&app.name).into(),
        app.reveal_keys.into(),
        app.created_at.into(),
    ];
    tx.execute(&ADD, &params).await?;
    for environment in Environment::ALL {
        let params = [
            app.id.as_str().into(),
            environment.name().into(),
            app.created_at.into(),
        ];
        tx.execute(&ADD_ENVIRONMENT, &params).await?;
    }
    Ok(())
}

/// Puts those who change the environment itself (its keys, connectors, webhooks) in
/// a row, until the transaction ends. Rows that only refer to it are not held up.
pub async fn lock_environment(tx: &mut Tx<'_>, scope: &Scope) -> Result<(), StoreError> {
    tx.one(&LOCK_ENVIRONMENT, &scoped![scope], |row| row.int(0))
        .await?;
    Ok(())
}

/// Whether the database answers, from a table: a bare `SELECT 1` does not make SQLite
/// look at its file.
pub async fn ping(db: &Db) -> Result<(), StoreError> {
    db.one(&PING, &[], |_| Ok(())).await?;
    Ok(())
}

/// Every app of the instance; for the command line and for start-up.
pub async fn list(db: &Db) -> Result<Vec<App>, StoreError> {
    db.all(&LIST, &[], app).await
}

/// An organization's apps, the oldest first.
pub async fn list_of(db: &Db, organization: &OrganizationId) -> Result<Vec<App>, StoreError> {
    db.all(&LIST_OF, &[organization.as_str().into()], app).await
}

/// An organization's first app.
pub async fn oldest_of(
    db: &Db,
    organization: &OrganizationId,
) -> Result<Option<AppId>, StoreError> {
    db.one(&OLDEST_OF, &[organization.as_str().into()], |row| {
        row.parsed(0, "app.id", AppId::parse)
    })
    .await
}

pub async fn find(db: &Db, id: &AppId) -> Result<Option<App>, StoreError> {
    db.one(&FIND, &[id.as_str().into()], app).await
}

pub async fn rename(tx: &mut Tx<'_>, id: &AppId, name: &str) -> Result<(), StoreError> {
    tx.execute(&RENAME, &[id.as_str().into(), name.into()])
        .await?;
    Ok(())
}

/// Says whether there is such an app.
pub async fn set_reveal_keys(
    tx: &mut Tx<'_>,
    id: &AppId,
    reveal: bool,
) -> Result<bool, StoreError> {
    let params = [id.as_str().into(), reveal.into()];
    Ok(tx.execute(&SET_REVEAL_KEYS, &params).await? > 0)
}

fn app(row: &Row<'_>) -> Result<App, StoreError> {
    Ok(App {
        id: row.parsed(0, "app.id", AppId::parse)?,
        organization: row.parsed(1, "app.organization_id", OrganizationId::parse)?,
        name: row.text(2)?,
        reveal_keys: row.yes(3)?,
        created_at: row.time(4)?,
    })
}

/// Keeps a secret an environment has one of.
pub async fn add_secret(
    tx: &mut Tx<'_>,
    scope: &Scope,
    name: &str,
    sealed: &crate::sealed::Sealed,
) -> Result<(), StoreError> {
    let params = scoped![scope, name, &sealed.bytes, sealed.data_key.as_str()];
    tx.execute(&ADD_SECRET, &params).await?;
    Ok(())
}

pub async fn find_secret(
    db: &Db,
    scope: &Scope,
    name: &str,
) -> Result<Option<crate::sealed::Sealed>, StoreError> {
    let params = scoped![scope, name];
    db.one(&FIND_SECRET, &params, |row| {
        crate::sealed::Sealed::read(row, 0)
    })
    .await
}
