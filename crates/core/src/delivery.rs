//! Deliveries: looking at them, and making one again.

use serde_json::json;
use trunnel_model::audit::AuditAction;
pub use trunnel_model::delivery::{DeliveryFilter, DeliveryView};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::DeliveryId;
use trunnel_model::scope::Scope;
use trunnel_model::webhook::{Attempt, Webhook};
use trunnel_store::{StoreError, audit, delivery, webhook, webhook_version};

use crate::Core;
use crate::connection::Paged;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::webhook::{SentRequest, sent};

/// One delivery with all that is known of it.
#[derive(Debug, Clone)]
pub struct DeliveryDetail {
    pub delivery: DeliveryView,
    /// As it was sent last; where nothing was sent yet, as it would be.
    pub request: SentRequest,
    pub attempts: Vec<Attempt>,
}

impl Core {
    /// The environment's deliveries, newest first, from behind `before`.
    pub async fn deliveries(
        &self,
        ctx: &Ctx,
        filter: &DeliveryFilter,
        before: Option<&DeliveryId>,
        limit: i64,
    ) -> Result<Paged<DeliveryView>, Error> {
        let found = delivery::list(self.db(), &ctx.scope, filter, before, limit + 1).await?;
        Ok(Paged::of(found, limit, |delivery| delivery.id.as_str()))
    }

    pub async fn delivery(&self, ctx: &Ctx, id: &str) -> Result<DeliveryDetail, Error> {
        let id = DeliveryId::parse(id).map_err(|_| no_delivery())?;
        let scope = &ctx.scope;
        // The attempts first: one more may come meanwhile, and none goes.
        let attempts = delivery::attempts(self.db(), scope, &id).await?;
        let found = self.delivery_view(scope, &id).await?;
        let message = webhook::find_message(self.db(), scope, &found.message).await?;
        let target = webhook::find(self.db(), scope, &found.webhook).await?;
        let (message, target) = message.zip(target).ok_or_else(no_delivery)?;
        let mut made = attempts.iter().rev();
        let last = made.find_map(|attempt| Some((attempt.webhook_version?, attempt.at)));
        let request = match last {
            None => sent(&target, &message, None),
            Some((version, at)) => {
                let then = self.webhook_then(scope, target, version).await?;
                sent(&then, &message, Some(at))
            }
        };
        Ok(DeliveryDetail {
            delivery: found,
            request,
            attempts,
        })
    }

    /// Sends the delivery's message to its webhook once more, as a delivery of its own:
    /// receivers know the message by its id.
    pub async fn replay_delivery(&self, ctx: &Ctx, id: &str) -> Result<DeliveryView, Error> {
        let id = DeliveryId::parse(id).map_err(|_| no_delivery())?;
        let old = self.delivery_view(&ctx.scope, &id).await?;
        let message = webhook::find_message(self.db(), &ctx.scope, &old.message).await?;
        let message = message.ok_or_else(no_delivery)?;
        let now = self.now();
        let new = DeliveryId::new(now, self.chance());
        let action = AuditAction::WebhookDeliveryReplayed;
        let mut entry = ctx.audit(action, id.as_str(), now, self.chance());
        entry.details = json!({
            "webhook_id": old.webhook.as_str(),
            "delivery_id": new.as_str(),
        })
        .to_string();
        let (scope, key) = (ctx.scope.clone(), new.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let found = webhook::lock(tx, &scope, &old.webhook).await?;
                    let target = found.ok_or_else(no_delivery)?;
                    if !target.is_enabled && !message.is_test {
                        return Err(switched_off().into());
                    }
                    webhook::add_delivery(tx, &scope, &key, &message, &target.id, now)
                        .await
                        .map_err(|error| match error {
                            // The message was too old and has just been forgotten.
                            StoreError::Missing => no_delivery().into(),
                            error => Error::from(error),
                        })?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.delivery_view(&ctx.scope, &new).await
    }

    pub(crate) async fn delivery_view(
        &self,
        scope: &Scope,
        id: &DeliveryId,
    ) -> Result<DeliveryView, Error> {
        let found = delivery::find(self.db(), scope, id).await?;
        Ok(found.ok_or_else(no_delivery)?)
    }

    /// The webhook as it was in this version.
    async fn webhook_then(
        &self,
        scope: &Scope,
        now: Webhook,
        version: i64,
    ) -> Result<Webhook, Error> {
        if now.version == version {
            return Ok(now);
        }
        let then = webhook_version::find(self.db(), scope, &now, version).await?;
        Ok(then.unwrap_or(now))
    }
}

fn no_delivery() -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        "Delivery not found. Deliveries are kept for 30 days, and go with their webhook.",
    )
}

fn switched_off() -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        "The webhook is disabled. Enable it, then replay the delivery.",
    )
}
