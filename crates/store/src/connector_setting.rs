//! How an environment has set up its connectors.

use trunnel_model::connector_setting::{ConnectorSetting, CredentialSource};
use trunnel_model::scope::Scope;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! columns {
    () => {
        "slug, source, enabled, client_id, scopes, created_at, updated_at, fields, sealed, data_key_id"
    };
}

statements! { "connector_setting":
    FIND = concat!("SELECT ", columns!(), " FROM connector_setting \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3");
    LOCK = concat!("SELECT ", columns!(), " FROM connector_setting \
        WHERE app_id = ?1 AND environment = ?2 AND slug = ?3 /*pg FOR UPDATE*/");
    LIST = concat!("SELECT ", columns!(), " FROM connector_setting \
        WHERE app_id = ?1 AND environment = ?2 ORDER BY slug");
    PUT = "INSERT INTO connector_setting (app_id, environment, slug, source, enabled, client_id, \
        sealed, data_key_id, scopes, fields, version, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?12, 0, ?10, ?11) \
        ON CONFLICT (app_id, environment, slug) DO UPDATE SET source = ?4, enabled = ?5, \
        client_id = ?6, sealed = ?7, data_key_id = ?8, scopes = ?9, updated_at = ?11, fields = ?12, \
        version = connector_setting.version + 1";
}

/// A setting and its sealed client secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSetting {
    pub setting: ConnectorSetting,
    pub secret: Option<Sealed>,
}

pub async fn find(db: &Db, scope: &Scope, slug: &str) -> Result<Option<StoredSetting>, StoreError> {
    db.one(&FIND, &scoped![scope, slug], setting).await
}

/// Finds the setting and keeps others from changing it until the transaction ends.
pub async fn lock(
    tx: &mut Tx<'_>,
    scope: &Scope,
    slug: &str,
) -> Result<Option<StoredSetting>, StoreError> {
    tx.one(&LOCK, &scoped![scope, slug], setting).await
}

/// Every connector this environment has touched, by slug.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<StoredSetting>, StoreError> {
    db.all(&LIST, &scoped![scope], setting).await
}

pub async fn put(tx: &mut Tx<'_>, scope: &Scope, stored: &StoredSetting) -> Result<(), StoreError> {
    let StoredSetting { setting, secret } = stored;
    // A list of texts always serializes.
    let scopes = serde_json::to_string(&setting.scopes).unwrap_or_default();
    let fields = serde_json::Value::Object(setting.fields.clone()).to_string();
    let params = scoped![
        scope,
        &setting.slug,
        setting.source.as_str(),
        setting.enabled,
        setting.client_id.as_deref(),
        secret.as_ref().map(|secret| &secret.bytes),
        secret.as_ref().map(|secret| secret.data_key.as_str()),
        &scopes,
        setting.created_at,
        setting.updated_at,
        &fields,
    ];
    tx.execute(&PUT, &params).await?;
    Ok(())
}

fn setting(row: &Row<'_>) -> Result<StoredSetting, StoreError> {
    let secret = Sealed::read_opt(row, 8)?;
    Ok(StoredSetting {
        setting: ConnectorSetting {
            slug: row.text(0)?,
            source: row.parsed(1, "connector_setting.source", CredentialSource::parse)?,
            enabled: row.yes(2)?,
            client_id: row.opt_text(3)?,
            has_secret: secret.is_some(),
            scopes: row.parsed(4, "connector_setting.scopes", |text| {
                serde_json::from_str(text)
            })?,
            created_at: row.time(5)?,
            updated_at: row.time(6)?,
            fields: row.parsed(7, "connector_setting.fields", |text| {
                serde_json::from_str(text)
            })?,
        },
        secret,
    })
}
