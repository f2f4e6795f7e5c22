//! The secrets that a webhook's messages are signed with: its own, and for a while those
//! that it has replaced.

use trunnel_model::id::{WebhookId, WebhookPreviousSecretId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::scoped;

statements! { "webhook_previous_secret":
    SIGNING = "SELECT CAST(0 AS BIGINT) AS previous, id, sealed, data_key_id FROM webhook \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 \
        UNION ALL SELECT CAST(1 AS BIGINT), id, sealed, data_key_id FROM webhook_previous_secret \
        WHERE app_id = ?1 AND environment = ?2 AND webhook_id = ?3 AND valid_until > ?4 \
        ORDER BY previous, id DESC";
    ADD = "INSERT INTO webhook_previous_secret \
        (app_id, environment, id, webhook_id, sealed, data_key_id, valid_until) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    END = "UPDATE webhook_previous_secret SET valid_until = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND webhook_id = ?3 AND valid_until > ?4";
    KEEP_NEWEST = "DELETE FROM webhook_previous_secret \
        WHERE app_id = ?1 AND environment = ?2 AND webhook_id = ?3 AND id NOT IN \
        (SELECT id FROM webhook_previous_secret WHERE app_id = ?1 AND environment = ?2 \
        AND webhook_id = ?3 ORDER BY id DESC LIMIT ?4)";
    FORGET = "DELETE FROM webhook_previous_secret WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM webhook_previous_secret WHERE valid_until < ?1 \
        LIMIT ?2)";
}

/// One secret that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningSecret {
    /// None for the webhook's own.
    pub previous: Option<WebhookPreviousSecretId>,
    pub sealed: Sealed,
}

/// The webhook's own secret, then the ones before that still count, newest first.
pub async fn signing(
    db: &Db,
    scope: &Scope,
    webhook: &WebhookId,
    now: Timestamp,
) -> Result<Vec<SigningSecret>, StoreError> {
    db.all(&SIGNING, &scoped![scope, webhook.as_str(), now], |row| {
        let previous = if row.yes(0)? {
            let id = row.parsed(1, "previous_secret.id", WebhookPreviousSecretId::parse)?;
            Some(id)
        } else {
            None
        };
        Ok(SigningSecret {
            previous,
            sealed: Sealed::read(row, 2)?,
        })
    })
    .await
}

/// Lets the secret, which is no longer the webhook's own, sign until `valid_until`.
pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    webhook: &WebhookId,
    (id, secret): (&WebhookPreviousSecretId, &Sealed),
    valid_until: Timestamp,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        id.as_str(),
        webhook.as_str(),
        &secret.bytes,
        secret.data_key.as_str(),
        valid_until,
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Lets none of them sign longer than until `at`.
pub async fn end(
    tx: &mut Tx<'_>,
    scope: &Scope,
    webhook: &WebhookId,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&END, &scoped![scope, webhook.as_str(), at])
        .await?;
    Ok(())
}

/// Deletes all but the `count` newest.
pub async fn keep_newest(
    tx: &mut Tx<'_>,
    scope: &Scope,
    webhook: &WebhookId,
    count: i64,
) -> Result<(), StoreError> {
    tx.execute(&KEEP_NEWEST, &scoped![scope, webhook.as_str(), count])
        .await?;
    Ok(())
}

/// Deletes up to `limit` that have ended.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}
