//! Secrets that providers' events are verified with. A new one does not end the old one
//! at once: the provider has to be told of it first.

use trunnel_model::id::WebhookSecretId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! of_address {
    () => {
        " WHERE app_id = ?1 AND environment = ?2 AND slug = ?3 \
        AND coalesce(account_id, '') = coalesce(CAST(?4 AS TEXT), '')"
    };
}

statements! { "webhook_secret":
    ADD = "INSERT INTO webhook_secret (app_id, environment, id, slug, account_id, brought, sealed, \
        data_key_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    VALID = concat!("SELECT id, brought, sealed, data_key_id, created_at FROM webhook_secret",
        of_address!(), " AND (valid_until IS NULL OR valid_until > ?5) ORDER BY id DESC");
    END = concat!("UPDATE webhook_secret SET valid_until = ?5", of_address!(),
        " AND (valid_until IS NULL OR valid_until > ?5)");
    KEEP_NEWEST = concat!("DELETE FROM webhook_secret", of_address!(), " AND id NOT IN \
        (SELECT id FROM webhook_secret", of_address!(), " ORDER BY id DESC LIMIT ?5)");
    DELETE = concat!("DELETE FROM webhook_secret", of_address!());
    SLUGS = "SELECT DISTINCT slug FROM webhook_secret WHERE app_id = ?1 AND environment = ?2 \
        AND account_id IS NULL AND (valid_until IS NULL OR valid_until > ?3)";
    FORGET = "DELETE FROM webhook_secret WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM webhook_secret WHERE valid_until < ?1 LIMIT ?2)";
}

/// Which address of a connector: one account's own, or that of all.
#[derive(Debug, Clone, Copy)]
pub struct Address<'a> {
    pub slug: &'a str,
    pub account: Option<&'a AccountId>,
}

impl<'a> Address<'a> {
    fn account(self) -> Option<&'a str> {
        self.account.map(AccountId::as_str)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSecret {
    pub id: WebhookSecretId,
    /// The provider brought it, in a handshake.
    pub brought: bool,
    pub sealed: Sealed,
    pub created_at: Timestamp,
}

/// # Errors
/// [`StoreError::Missing`] when the account is gone.
pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    address: Address<'_>,
    secret: &WebhookSecret,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        secret.id.as_str(),
        address.slug,
        address.account(),
        secret.brought,
        &secret.sealed.bytes,
        secret.sealed.data_key.as_str(),
        secret.created_at,
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Those that still count, newest first.
pub async fn valid(
    db: &Db,
    scope: &Scope,
    address: Address<'_>,
    now: Timestamp,
) -> Result<Vec<WebhookSecret>, StoreError> {
    let params = scoped![scope, address.slug, address.account(), now];
    db.all(&VALID, &params, secret).await
}

/// Lets all that are there count until `at`, and none longer than it did.
pub async fn end(
    tx: &mut Tx<'_>,
    scope: &Scope,
    address: Address<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let params = scoped![scope, address.slug, address.account(), at];
    tx.execute(&END, &params).await?;
    Ok(())
}

/// Deletes all but the `count` newest.
pub async fn keep_newest(
    tx: &mut Tx<'_>,
    scope: &Scope,
    address: Address<'_>,
    count: i64,
) -> Result<(), StoreError> {
    let params = scoped![scope, address.slug, address.account(), count];
    tx.execute(&KEEP_NEWEST, &params).await?;
    Ok(())
}

pub async fn delete(
    tx: &mut Tx<'_>,
    scope: &Scope,
    address: Address<'_>,
) -> Result<(), StoreError> {
    tx.execute(&DELETE, &scoped![scope, address.slug, address.account()])
        .await?;
    Ok(())
}

/// The connectors that have one at the address of all.
pub async fn slugs(db: &Db, scope: &Scope, now: Timestamp) -> Result<Vec<String>, StoreError> {
    db.all(&SLUGS, &scoped![scope, now], |row| row.text(0))
        .await
}

/// Deletes up to `limit` that have ended.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

fn secret(row: &Row<'_>) -> Result<WebhookSecret, StoreError> {
    Ok(WebhookSecret {
        id: row.parsed(0, "webhook_secret.id", WebhookSecretId::parse)?,
        brought: row.yes(1)?,
        sealed: Sealed::read(row, 2)?,
        created_at: row.time(4)?,
    })
}
