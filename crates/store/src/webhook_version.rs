//! What webhooks were before they were changed.

use trunnel_model::id::WebhookId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::{Webhook, WebhookKind, WebhookMethod};

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

statements! { "webhook_version":
    ADD = "INSERT INTO webhook_version (app_id, environment, webhook_id, version, url, method, \
        kind, headers, body, replaced_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    FIND = "SELECT url, method, kind, headers, body FROM webhook_version \
        WHERE app_id = ?1 AND environment = ?2 AND webhook_id = ?3 AND version = ?4";
    FORGET = "DELETE FROM webhook_version WHERE (app_id, environment, webhook_id, version) IN \
        (SELECT app_id, environment, webhook_id, version FROM webhook_version \
        WHERE replaced_at < ?1 LIMIT ?2)";
}

/// Keeps what decides how the webhook's requests look, as it was until now.
pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    webhook: &Webhook,
    replaced_at: Timestamp,
) -> Result<(), StoreError> {
    // Texts, and JSON that was read as JSON, always serialize.
    let headers = serde_json::to_string(&webhook.headers).unwrap_or_default();
    let body = webhook.body.as_ref().map(ToString::to_string);
    let params = scoped![
        scope,
        webhook.id.as_str(),
        webhook.version,
        &webhook.url,
        webhook.method.as_str(),
        webhook.kind.as_str(),
        &headers,
        body.as_deref(),
        replaced_at,
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// The webhook with those parts as they were in the version.
pub async fn find(
    db: &Db,
    scope: &Scope,
    webhook: &Webhook,
    version: i64,
) -> Result<Option<Webhook>, StoreError> {
    let id: &WebhookId = &webhook.id;
    let params = scoped![scope, id.as_str(), version];
    db.one(&FIND, &params, |row| as_it_was(row, webhook, version))
        .await
}

/// Deletes up to `limit` that were replaced before `before`.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

fn as_it_was(row: &Row<'_>, webhook: &Webhook, version: i64) -> Result<Webhook, StoreError> {
    let body = row
        .opt_text(4)?
        .map(|text| serde_json::from_str(&text))
        .transpose();
    Ok(Webhook {
        version,
        url: row.text(0)?,
        method: row.parsed(1, "webhook_version.method", WebhookMethod::parse)?,
        kind: row.parsed(2, "webhook_version.kind", WebhookKind::parse)?,
        headers: row.parsed(3, "webhook_version.headers", |text| {
            serde_json::from_str(text)
        })?,
        body: body.map_err(|error| StoreError::Damaged {
            place: "webhook_version.body",
            why: error.to_string(),
        })?,
        ..webhook.clone()
    })
}
