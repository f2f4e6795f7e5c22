//! Webhooks, the outbox, and what came of each delivery.

use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, DeliveryId, MessageId, WebhookId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::{
    Attempt, Delivery, DeliveryState, Message, Webhook, WebhookEvent, WebhookKind, WebhookMethod,
};

use crate::db::{Db, Queue, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Param, Row, scoped};

macro_rules! columns {
    () => {
        "id, url, events, headers, body, method, kind, slug, workflow_ids, description, label, \
        is_enabled, version, created_at, updated_at"
    };
}

statements! { "webhook":
    ADD = "INSERT INTO webhook (app_id, environment, id, url, events, headers, body, method, kind, \
        slug, workflow_ids, description, label, is_enabled, version, created_at, updated_at, \
        sealed, data_key_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
        ?15, ?16, ?17, ?18, ?19)";
    LIST = concat!("SELECT ", columns!(), " FROM webhook \
        WHERE app_id = ?1 AND environment = ?2 ORDER BY id");
    SUBSCRIBED = "SELECT id, events, slug FROM webhook \
        WHERE app_id = ?1 AND environment = ?2 AND is_enabled = 1 ORDER BY id \
        /*pg FOR KEY SHARE*/";
    FIND = concat!("SELECT ", columns!(), " FROM webhook \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3");
    LOCK = concat!("SELECT ", columns!(), " FROM webhook \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 /*pg FOR UPDATE*/");
    FIND_SECRET = "SELECT sealed, data_key_id FROM webhook \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    REPLACE_SECRET = "UPDATE webhook SET sealed = ?4, data_key_id = ?5, updated_at = ?6 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    UPDATE = "UPDATE webhook SET url = ?4, events = ?5, headers = ?6, body = ?7, method = ?8, \
        kind = ?9, slug = ?10, workflow_ids = ?11, description = ?12, label = ?13, \
        is_enabled = ?14, version = ?15, updated_at = ?16 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    DELETE = "DELETE FROM webhook WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    ADD_MESSAGE = "INSERT INTO webhook_message \
        (app_id, environment, id, event, account_id, account_name, payload, is_test, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    FIND_MESSAGE = "SELECT id, event, account_id, account_name, payload, is_test, created_at \
        FROM webhook_message WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    ADD_DELIVERY = "INSERT INTO webhook_delivery (app_id, environment, id, message_id, webhook_id, \
        event, account_id, state, attempts, due_at, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?7, ?8, 'pending', 0, ?6, ?6, ?6)";
    CLAIM = "UPDATE webhook_delivery SET due_at = ?2 \
        WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM webhook_delivery WHERE due_at <= ?1 \
        ORDER BY due_at LIMIT ?3 /*pg FOR UPDATE SKIP LOCKED*/) \
        RETURNING app_id, environment, id, message_id, webhook_id, attempts + 1";
    PUT_BACK = "UPDATE webhook_delivery SET due_at = ?3 \
        WHERE app_id = ?1 AND environment = ?2 AND state = 'pending' AND id IN \
        (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, \
        ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35)";
    SETTLE = "UPDATE webhook_delivery \
        SET state = ?4, due_at = ?5, updated_at = ?6, attempts = ?7 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND state = 'pending'";
    ADD_ATTEMPT = "INSERT INTO webhook_attempt (app_id, environment, delivery_id, number, status, \
        error, answer, duration_ms, created_at, webhook_version) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
        ON CONFLICT DO NOTHING";
    NEXT_DUE = "SELECT due_at FROM webhook_delivery WHERE due_at IS NOT NULL \
        ORDER BY due_at LIMIT 1";
    FORGET = "DELETE FROM webhook_message WHERE (app_id, environment, id) IN \
        (SELECT m.app_id, m.environment, m.id FROM webhook_message m WHERE m.created_at < ?1 \
        AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.app_id = m.app_id \
        AND d.environment = m.environment AND d.message_id = m.id AND d.state = 'pending') \
        LIMIT ?2)";
}

pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    webhook: &Webhook,
    secret: &Sealed,
) -> Result<(), StoreError> {
    let stored = Stored::from(webhook);
    let params = scoped![
        scope,
        webhook.id.as_str(),
        &webhook.url,
        &stored.events,
        &stored.headers,
        stored.body.as_deref(),
        webhook.method.as_str(),
        webhook.kind.as_str(),
        webhook.slug.as_deref(),
        &stored.workflow_ids,
        webhook.description.as_deref(),
        webhook.group.as_deref(),
        webhook.is_enabled,
        webhook.version,
        webhook.created_at,
        webhook.updated_at,
        &secret.bytes,
        secret.data_key.as_str(),
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// All of the environment's webhooks, oldest first.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Webhook>, StoreError> {
    db.all(&LIST, &scoped![scope], webhook).await
}

/// The same inside a transaction, to see its own changes.
pub async fn list_in(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Webhook>, StoreError> {
    tx.all(&LIST, &scoped![scope], webhook).await
}

/// What decides whether a webhook is told of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub webhook: WebhookId,
    pub events: Vec<WebhookEvent>,
    pub slug: Option<String>,
}

/// The environment's enabled webhooks, oldest first. None of them can be deleted until
/// the transaction ends, so that a delivery can refer to it.
pub async fn subscribed(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Subscription>, StoreError> {
    tx.all(&SUBSCRIBED, &scoped![scope], |row| {
        Ok(Subscription {
            webhook: row.parsed(0, "webhook.id", WebhookId::parse)?,
            events: events(row, 1)?,
            slug: row.opt_text(2)?,
        })
    })
    .await
}

pub async fn find(db: &Db, scope: &Scope, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
    db.one(&FIND, &scoped![scope, id.as_str()], webhook).await
}

pub async fn lock(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &WebhookId,
) -> Result<Option<Webhook>, StoreError> {
    tx.one(&LOCK, &scoped![scope, id.as_str()], webhook).await
}

/// The secret of a webhook that is locked.
pub async fn find_secret(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &WebhookId,
) -> Result<Option<Sealed>, StoreError> {
    tx.one(&FIND_SECRET, &scoped![scope, id.as_str()], |row| {
        Sealed::read(row, 0)
    })
    .await
}

pub async fn replace_secret(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &WebhookId,
    secret: &Sealed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = secret.data_key.as_str();
    let params = scoped![scope, id.as_str(), &secret.bytes, key, now];
    tx.execute(&REPLACE_SECRET, &params).await?;
    Ok(())
}

pub async fn update(tx: &mut Tx<'_>, scope: &Scope, webhook: &Webhook) -> Result<(), StoreError> {
    let stored = Stored::from(webhook);
    let params = scoped![
        scope,
        webhook.id.as_str(),
        &webhook.url,
        &stored.events,
        &stored.headers,
        stored.body.as_deref(),
        webhook.method.as_str(),
        webhook.kind.as_str(),
        webhook.slug.as_deref(),
        &stored.workflow_ids,
        webhook.description.as_deref(),
        webhook.group.as_deref(),
        webhook.is_enabled,
        webhook.version,
        webhook.updated_at,
    ];
    tx.execute(&UPDATE, &params).await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId) -> Result<(), StoreError> {
    tx.execute(&DELETE, &scoped![scope, id.as_str()]).await?;
    Ok(())
}

/// Writes the message and rings the worker; call it in the transaction that made
/// the event true.
pub async fn add_message(
    tx: &mut Tx<'_>,
    scope: &Scope,
    message: &Message,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        message.id.as_str(),
        message.event.as_str(),
        &message.account_id,
        message.account_name.as_deref(),
        &message.payload,
        message.is_test,
        message.created_at,
    ];
    tx.execute(&ADD_MESSAGE, &params).await?;
    tx.ring(Queue::Delivery);
    Ok(())
}

pub async fn find_message(
    db: &Db,
    scope: &Scope,
    id: &MessageId,
) -> Result<Option<Message>, StoreError> {
    db.one(&FIND_MESSAGE, &scoped![scope, id.as_str()], |row| {
        Ok(Message {
            id: row.parsed(0, "webhook_message.id", MessageId::parse)?,
            event: row.parsed(1, "webhook_message.event", WebhookEvent::parse)?,
            account_id: row.text(2)?,
            account_name: row.opt_text(3)?,
            payload: row.text(4)?,
            is_test: row.yes(5)?,
            created_at: row.time(6)?,
        })
    })
    .await
}

/// Queues the message, which is stored already, for the webhook and rings the worker.
pub async fn add_delivery(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &DeliveryId,
    message: &Message,
    webhook: &WebhookId,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let account = (!message.is_test).then_some(message.account_id.as_str());
    let params = scoped![
        scope,
        id.as_str(),
        message.id.as_str(),
        webhook.as_str(),
        due_at,
        message.event.as_str(),
        account,
    ];
    tx.execute(&ADD_DELIVERY, &params).await?;
    tx.ring(Queue::Delivery);
    Ok(())
}

/// Takes up to `limit` deliveries that are due. Nobody else gets them until
/// `lease`; a worker that dies leaves them to be taken then. An attempt counts only
/// once it is settled, so that what never came to an attempt uses none up.
pub async fn claim(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease: Timestamp,
    limit: i64,
) -> Result<Vec<(Scope, Delivery)>, StoreError> {
    tx.all(&CLAIM, &[now.into(), lease.into(), limit.into()], |row| {
        let app = row.parsed(0, "webhook_delivery.app_id", AppId::parse)?;
        let environment = row.parsed(1, "webhook_delivery.environment", Environment::parse)?;
        let delivery = Delivery {
            id: row.parsed(2, "webhook_delivery.id", DeliveryId::parse)?,
            message: row.parsed(3, "webhook_delivery.message_id", MessageId::parse)?,
            webhook: row.parsed(4, "webhook_delivery.webhook_id", WebhookId::parse)?,
            attempts: row.int(5)?,
        };
        Ok((Scope::verified(app, environment), delivery))
    })
    .await
}

/// So many deliveries are put back by one statement.
pub const PUT_BACK_AT_ONCE: usize = 32;

/// Gives up deliveries that were taken and not attempted: they are due again at
/// `due_at`.
pub async fn put_back(
    tx: &mut Tx<'_>,
    scope: &Scope,
    deliveries: &[DeliveryId],
    due_at: Timestamp,
) -> Result<(), StoreError> {
    for some in deliveries.chunks(PUT_BACK_AT_ONCE) {
        let mut params = scoped![scope, due_at].to_vec();
        // The statement has room for so many; naming one twice does nothing.
        let filled = some.iter().cycle().take(PUT_BACK_AT_ONCE);
        params.extend(filled.map(|id| Param::from(id.as_str())));
        tx.execute(&PUT_BACK, &params).await?;
    }
    Ok(())
}

/// Records an attempt and what follows from it: `due_at` for one more, else the end.
pub async fn settle(
    tx: &mut Tx<'_>,
    scope: &Scope,
    delivery: &DeliveryId,
    attempt: &Attempt,
    state: DeliveryState,
    due_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        delivery.as_str(),
        attempt.number,
        attempt.status.map(i64::from),
        attempt.error.as_deref(),
        attempt.answer.as_deref(),
        attempt.duration_ms,
        attempt.at,
        attempt.webhook_version,
    ];
    tx.execute(&ADD_ATTEMPT, &params).await?;
    let params = scoped![
        scope,
        delivery.as_str(),
        state.as_str(),
        due_at,
        attempt.at,
        attempt.number
    ];
    tx.execute(&SETTLE, &params).await?;
    Ok(())
}

/// When the next delivery is due.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    db.one(&NEXT_DUE, &[], |row| row.time(0)).await
}

/// Deletes up to `limit` old messages, with their deliveries and attempts, unless one still waits.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

/// The parts of a webhook that are kept as JSON.
struct Stored {
    events: String,
    headers: String,
    body: Option<String>,
    workflow_ids: String,
}

impl From<&Webhook> for Stored {
    fn from(webhook: &Webhook) -> Self {
        let events: Vec<_> = webhook.events.iter().map(|event| event.as_str()).collect();
        // Texts, and JSON that was read as JSON, always serialize.
        Self {
            events: serde_json::to_string(&events).unwrap_or_default(),
            headers: serde_json::to_string(&webhook.headers).unwrap_or_default(),
            body: webhook.body.as_ref().map(ToString::to_string),
            workflow_ids: serde_json::to_string(&webhook.workflow_ids).unwrap_or_default(),
        }
    }
}

fn events(row: &Row<'_>, at: usize) -> Result<Vec<WebhookEvent>, StoreError> {
    let place = "webhook.events";
    let names: Vec<String> = row.parsed(at, place, |text| serde_json::from_str(text))?;
    names
        .iter()
        .map(|name| WebhookEvent::parse(name))
        .collect::<Result<_, _>>()
        .map_err(|error| StoreError::Damaged {
            place,
            why: error.to_string(),
        })
}

fn webhook(row: &Row<'_>) -> Result<Webhook, StoreError> {
    let damaged = |place, why: String| StoreError::Damaged { place, why };
    let body = row
        .opt_text(4)?
        .map(|text| serde_json::from_str(&text))
        .transpose();
    Ok(Webhook {
        id: row.parsed(0, "webhook.id", WebhookId::parse)?,
        url: row.text(1)?,
        events: events(row, 2)?,
        headers: row.parsed(3, "webhook.headers", |text| serde_json::from_str(text))?,
        body: body.map_err(|error| damaged("webhook.body", error.to_string()))?,
        method: row.parsed(5, "webhook.method", WebhookMethod::parse)?,
        kind: row.parsed(6, "webhook.kind", WebhookKind::parse)?,
        slug: row.opt_text(7)?,
        workflow_ids: row.parsed(8, "webhook.workflow_ids", |text| serde_json::from_str(text))?,
        description: row.opt_text(9)?,
        group: row.opt_text(10)?,
        is_enabled: row.yes(11)?,
        version: row.int(12)?,
        created_at: row.time(13)?,
        updated_at: row.time(14)?,
    })
}
