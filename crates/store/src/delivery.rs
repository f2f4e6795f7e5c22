//! Deliveries as people look at them. Making them is beside the webhooks.

use trunnel_model::delivery::{DeliveryFilter, DeliveryView};
use trunnel_model::id::{DeliveryId, MessageId, WebhookId};
use trunnel_model::scope::Scope;
use trunnel_model::webhook::{Attempt, DeliveryState, WebhookEvent};

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::{Statement, statements};
use crate::value::{Row, scoped};

macro_rules! select {
    ($by:literal) => {
        concat!(
            "SELECT d.id, d.message_id, d.webhook_id, w.url, d.event, d.account_id, d.state, \
        d.attempts, a.status, a.error, d.due_at, d.created_at, d.updated_at \
        FROM webhook_delivery d",
            $by,
            " LEFT JOIN webhook w ON w.app_id = d.app_id \
        AND w.environment = d.environment AND w.id = d.webhook_id \
        LEFT JOIN webhook_attempt a ON a.app_id = d.app_id AND a.environment = d.environment \
        AND a.delivery_id = d.id AND a.number = d.attempts \
        WHERE d.app_id = ?1 AND d.environment = ?2"
        )
    };
}

// Each list walks an index of its own from the newest on. What else is asked for is
// looked at on the way; the lists are chosen so that little is passed by. SQLite has to be
// told the index: without statistics it takes the primary key for as good.
macro_rules! list {
    ($by:literal, $led_by:literal) => {
        concat!(
            select!($by),
            $led_by,
            " AND d.id < ?3 \
            AND (CAST(?4 AS TEXT) IS NULL OR d.account_id = ?4) \
            AND (CAST(?5 AS TEXT) IS NULL OR d.webhook_id = ?5) \
            AND (CAST(?6 AS TEXT) IS NULL OR d.event = ?6) \
            AND (CAST(?7 AS TEXT) IS NULL OR d.state = ?7) \
            ORDER BY d.id DESC LIMIT ?8"
        )
    };
}

statements! { "delivery":
    LIST = list!("", "");
    LIST_OF_ACCOUNT = list!(" INDEXED BY webhook_delivery_by_account", " AND d.account_id = ?4");
    LIST_OF_WEBHOOK = list!(" INDEXED BY webhook_delivery_by_webhook", " AND d.webhook_id = ?5");
    LIST_OF_EVENT = list!(" INDEXED BY webhook_delivery_by_event", " AND d.event = ?6");
    LIST_PENDING = list!(" INDEXED BY webhook_delivery_pending", " AND d.state = 'pending'");
    LIST_FAILED = list!(" INDEXED BY webhook_delivery_failed", " AND d.state = 'failed'");
    LIST_FAILED_OF_WEBHOOK = list!(" INDEXED BY webhook_delivery_failed_by_webhook",
        " AND d.state = 'failed' AND d.webhook_id = ?5");
    FIND = concat!(select!(""), " AND d.id = ?3");
    ATTEMPTS = "SELECT number, status, error, answer, duration_ms, webhook_version, created_at \
        FROM webhook_attempt WHERE app_id = ?1 AND environment = ?2 AND delivery_id = ?3 \
        ORDER BY number";
}

/// Sorts behind every id, so that the first page begins as all others do: in the index.
const BEHIND_ALL: &str = "dlv_~";

/// Up to `limit` deliveries, newest first, from behind `before`.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &DeliveryFilter,
    before: Option<&DeliveryId>,
    limit: i64,
) -> Result<Vec<DeliveryView>, StoreError> {
    let params = scoped![
        scope,
        before.map_or(BEHIND_ALL, DeliveryId::as_str),
        filter.account.as_deref(),
        filter.webhook.as_ref().map(WebhookId::as_str),
        filter.event.map(WebhookEvent::as_str),
        filter.state.map(DeliveryState::as_str),
        limit,
    ];
    db.scan(led_by(filter), &params, delivery).await
}

/// The list that passes by the fewest which are not asked for.
fn led_by(filter: &DeliveryFilter) -> &'static Statement {
    let webhook = filter.webhook.is_some();
    match filter.state {
        _ if filter.account.is_some() => &LIST_OF_ACCOUNT,
        Some(DeliveryState::Failed) if webhook => &LIST_FAILED_OF_WEBHOOK,
        Some(DeliveryState::Failed) => &LIST_FAILED,
        Some(DeliveryState::Pending) => &LIST_PENDING,
        _ if webhook => &LIST_OF_WEBHOOK,
        _ if filter.event.is_some() => &LIST_OF_EVENT,
        _ => &LIST,
    }
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    id: &DeliveryId,
) -> Result<Option<DeliveryView>, StoreError> {
    db.one(&FIND, &scoped![scope, id.as_str()], delivery).await
}

/// In the order in which they were made.
pub async fn attempts(db: &Db, scope: &Scope, id: &DeliveryId) -> Result<Vec<Attempt>, StoreError> {
    db.all(&ATTEMPTS, &scoped![scope, id.as_str()], |row| {
        Ok(Attempt {
            number: row.int(0)?,
            status: status(row, 1)?,
            error: row.opt_text(2)?,
            answer: row.opt_text(3)?,
            duration_ms: row.int(4)?,
            webhook_version: row.opt_int(5)?,
            at: row.time(6)?,
        })
    })
    .await
}

fn status(row: &Row<'_>, at: usize) -> Result<Option<u16>, StoreError> {
    let status = row.opt_int(at)?.map(u16::try_from).transpose();
    status.map_err(|why| StoreError::Damaged {
        place: "webhook_attempt.status",
        why: why.to_string(),
    })
}

fn delivery(row: &Row<'_>) -> Result<DeliveryView, StoreError> {
    Ok(DeliveryView {
        id: row.parsed(0, "webhook_delivery.id", DeliveryId::parse)?,
        message: row.parsed(1, "webhook_delivery.message_id", MessageId::parse)?,
        webhook: row.parsed(2, "webhook_delivery.webhook_id", WebhookId::parse)?,
        // The foreign keys leave no delivery without its webhook.
        url: row.opt_text(3)?.unwrap_or_default(),
        event: row.parsed(4, "webhook_delivery.event", WebhookEvent::parse)?,
        account_id: row.opt_text(5)?,
        state: row.parsed(6, "webhook_delivery.state", DeliveryState::parse)?,
        attempts: row.int(7)?,
        last_status: status(row, 8)?,
        last_error: row.opt_text(9)?,
        due_at: row.opt_time(10)?,
        created_at: row.time(11)?,
        updated_at: row.time(12)?,
    })
}
