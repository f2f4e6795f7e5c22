//! Messages that are made up to try a webhook.

use serde_json::{Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::delivery::DeliveryView;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{DeliveryId, MessageId, WebhookId};
use trunnel_model::webhook::{Message, Webhook, WebhookEvent};
use trunnel_store::{audit, webhook};

use super::endpoint::no_webhook;
use super::publish::http_date;
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// Whom the message is about; no account is called so unless a developer calls one so.
const ACCOUNT: &str = "test_account";
const ACCOUNT_NAME: &str = "Test account";

impl Core {
    /// Sends the webhook a made-up message of one of its events, the first unless one is
    /// named, as any other is sent. It is sent to a webhook that is switched off, too: to
    /// try it comes before to switch it on.
    pub async fn test_webhook(
        &self,
        ctx: &Ctx,
        id: &str,
        event: Option<&str>,
    ) -> Result<DeliveryView, Error> {
        let id = WebhookId::parse(id).map_err(|_| no_webhook())?;
        let event = event.map(WebhookEvent::parse).transpose();
        let event = event.map_err(|error| bad_event(error.to_string()))?;
        let now = self.now();
        let delivery = DeliveryId::new(now, self.chance());
        let mut entry = ctx.audit(AuditAction::WebhookTested, id.as_str(), now, self.chance());
        entry.details = json!({ "delivery_id": delivery.as_str() }).to_string();
        let (core, ctx, key) = (self.clone(), ctx.clone(), delivery.clone());
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let found = webhook::lock(tx, &ctx.scope, &id).await?;
                    let target = found.ok_or_else(no_webhook)?;
                    let message = core.sample(&ctx, &target, one_of(&target, event)?);
                    webhook::add_message(tx, &ctx.scope, &message).await?;
                    webhook::add_delivery(tx, &ctx.scope, &key, &message, &id, now).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.delivery_view(&scope, &delivery).await
    }

    fn sample(&self, ctx: &Ctx, webhook: &Webhook, event: WebhookEvent) -> Message {
        let now = self.now();
        let mut payload = json!({
            "is_test": true,
            "linked_account_id": ACCOUNT,
            "org_id": ctx.organization.as_str(),
            "environment": ctx.scope.environment().wire(),
            "event": event.as_str(),
            "createdAt": http_date(now),
        });
        let slug = webhook.slug.as_deref().unwrap_or("example_app");
        if let (Some(members), Value::Object(more)) = (payload.as_object_mut(), about(event, slug))
        {
            members.extend(more);
        }
        Message {
            id: MessageId::new(now, self.chance()),
            event,
            account_id: ACCOUNT.to_owned(),
            account_name: Some(ACCOUNT_NAME.to_owned()),
            payload: payload.to_string(),
            is_test: true,
            created_at: now,
        }
    }
}

fn one_of(webhook: &Webhook, named: Option<WebhookEvent>) -> Result<WebhookEvent, Fault> {
    let named = named.or_else(|| webhook.events.first().copied());
    named
        .filter(|event| webhook.events.contains(event))
        .ok_or_else(|| {
            let known: Vec<_> = webhook.events.iter().map(|event| event.as_str()).collect();
            let known = known.join("`, `");
            bad_event(format!("`event` must be one of this webhook's: `{known}`"))
        })
}

fn bad_event(message: String) -> Fault {
    Fault::bad_request(FaultCode::InvalidEvent, message).with("field", "event")
}

/// What messages of the event say beside what all of them say.
fn about(event: WebhookEvent, slug: &str) -> Value {
    let connection = json!({ "type": "General", "slug": slug, "connection_id": "conn_test" });
    let run = |status: &str| {
        json!({
            "slug": slug,
            "instance_id": "run_test",
            "workflow_id": "workflow_test",
            "config_id": "config_test",
            "workflow_name": "Test workflow",
            "status": status,
        })
    };
    match event {
        WebhookEvent::ConnectionCreated
        | WebhookEvent::ConnectionDeleted
        | WebhookEvent::ConnectionExpired => connection,
        WebhookEvent::TriggerReceived => json!({
            "type": "General",
            "slug": slug,
            "connection_id": "conn_test",
            "trigger": "test",
            "trigger_type": null,
            "trigger_event_id": "tev_test",
            "provider_event_id": null,
            "data": { "hello": "world" },
        }),
        WebhookEvent::WorkflowCompleted => run("COMPLETED"),
        WebhookEvent::WorkflowErrored => run("ERRORED"),
        WebhookEvent::WorkflowStopped => run("STOPPED"),
        WebhookEvent::WorkflowTimedOut => run("TIMED_OUT"),
    }
}
