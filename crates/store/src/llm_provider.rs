//! Organizations' LLM providers. The scope is that in which the organization keeps its
//! secrets.

use trunnel_model::id::OrganizationId;
use trunnel_model::llm_provider::{LlmProvider, LlmVendor};
use trunnel_model::scope::Scope;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

statements! { "llm_provider":
    FIND = "SELECT provider, updated_at FROM llm_provider \
        WHERE app_id = ?1 AND environment = ?2 AND organization_id = ?3";
    LOCK = "SELECT provider, updated_at FROM llm_provider \
        WHERE app_id = ?1 AND environment = ?2 AND organization_id = ?3 /*pg FOR UPDATE*/";
    PUT = "INSERT INTO llm_provider \
        (app_id, environment, organization_id, provider, sealed, data_key_id, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
        ON CONFLICT (app_id, environment, organization_id) \
        DO UPDATE SET provider = ?4, sealed = ?5, data_key_id = ?6, updated_at = ?7";
    DELETE = "DELETE FROM llm_provider \
        WHERE app_id = ?1 AND environment = ?2 AND organization_id = ?3";
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    organization: &OrganizationId,
) -> Result<Option<LlmProvider>, StoreError> {
    let params = scoped![scope, organization.as_str()];
    db.one(&FIND, &params, provider).await
}

/// The same, and nobody changes it until the transaction ends.
pub async fn lock(
    tx: &mut Tx<'_>,
    scope: &Scope,
    organization: &OrganizationId,
) -> Result<Option<LlmProvider>, StoreError> {
    let params = scoped![scope, organization.as_str()];
    tx.one(&LOCK, &params, provider).await
}

pub async fn put(
    tx: &mut Tx<'_>,
    scope: &Scope,
    organization: &OrganizationId,
    new: &LlmProvider,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        organization.as_str(),
        new.vendor.as_str(),
        &sealed.bytes,
        sealed.data_key.as_str(),
        new.updated_at
    ];
    tx.execute(&PUT, &params).await?;
    Ok(())
}

/// Says whether there was one.
pub async fn delete(
    tx: &mut Tx<'_>,
    scope: &Scope,
    organization: &OrganizationId,
) -> Result<bool, StoreError> {
    let params = scoped![scope, organization.as_str()];
    Ok(tx.execute(&DELETE, &params).await? > 0)
}

fn provider(row: &Row<'_>) -> Result<LlmProvider, StoreError> {
    Ok(LlmProvider {
        vendor: row.parsed(0, "llm_provider.provider", LlmVendor::parse)?,
        updated_at: row.time(1)?,
    })
}
