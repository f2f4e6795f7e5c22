//! Writing an event into the outbox, in the transaction that makes it true.

use serde_json::{Map, Value};
use trunnel_model::id::{ConnectionId, DeliveryId, MessageId};
use trunnel_model::linked_account::LinkedAccount;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::{Message, WebhookEvent};
use trunnel_store::webhook::Subscription;
use trunnel_store::{Tx, webhook};

use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// Something that happened to a connection.
pub(crate) struct Happening<'a> {
    pub(crate) event: WebhookEvent,
    pub(crate) account: &'a LinkedAccount,
    pub(crate) slug: &'a str,
    pub(crate) connection: &'a ConnectionId,
    /// What its message says beside that.
    pub(crate) details: Option<&'a Map<String, Value>>,
}

/// Queues one delivery for every webhook that wants this event. With none, nothing
/// is written.
pub(crate) async fn publish(
    core: &Core,
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    happening: &Happening<'_>,
) -> Result<(), Error> {
    publish_all(core, tx, ctx, std::slice::from_ref(happening)).await
}

/// The same for many, of whom the webhooks are looked up once.
pub(crate) async fn publish_all<'a>(
    core: &Core,
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    happenings: &'a [Happening<'a>],
) -> Result<(), Error> {
    let subscribed = webhook::subscribed(tx, &ctx.scope).await?;
    for happening in happenings {
        let mut wanted: Vec<&Subscription> = subscribed.iter().collect();
        wanted.retain(|subscription| wants(subscription, happening));
        if wanted.is_empty() {
            continue;
        }
        let message = message(core, ctx, happening);
        webhook::add_message(tx, &ctx.scope, &message).await?;
        for Subscription { webhook, .. } in wanted {
            let id = DeliveryId::new(message.created_at, core.chance());
            let due_at = message.created_at;
            webhook::add_delivery(tx, &ctx.scope, &id, &message, webhook, due_at).await?;
        }
    }
    Ok(())
}

fn wants(subscription: &Subscription, happening: &Happening<'_>) -> bool {
    subscription.events.contains(&happening.event)
        && subscription
            .slug
            .as_deref()
            .is_none_or(|slug| slug == happening.slug)
}

fn message(core: &Core, ctx: &Ctx, happening: &Happening<'_>) -> Message {
    let now = core.now();
    let account_id = happening.account.account_id.as_str();
    let mut payload = serde_json::json!({
        "linked_account_id": account_id,
        "org_id": ctx.organization.as_str(),
        "environment": ctx.scope.environment().wire(),
        "type": "General",
        "event": happening.event.as_str(),
        "slug": happening.slug,
        "connection_id": happening.connection.as_str(),
        "createdAt": http_date(now),
    });
    if let (Some(members), Some(details)) = (payload.as_object_mut(), happening.details) {
        members.extend(details.clone());
    }
    Message {
        id: MessageId::new(now, core.chance()),
        event: happening.event,
        account_id: account_id.to_owned(),
        account_name: happening.account.name.clone(),
        payload: payload.to_string(),
        is_test: false,
        created_at: now,
    }
}

/// Such as `Mon, 02 Mar 2026 09:00:00 GMT`.
pub(super) fn http_date(now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_seconds()).unwrap_or(0);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}
