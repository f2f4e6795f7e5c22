//! A new secret for a webhook, while the old one still counts.

use serde_json::json;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::Fault;
use trunnel_model::id::{WebhookId, WebhookPreviousSecretId};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_store::sealed::Place;
use trunnel_store::{audit, webhook, webhook_previous_secret};

use super::endpoint::no_webhook;
use super::sign;
use crate::Core;
use crate::api_key::MAX_GRACE_MS;
use crate::ctx::Ctx;
use crate::error::Error;

/// So many old secrets sign beside the new one; each is a signature in every request.
const MOST_PREVIOUS: i64 = 3;

/// A webhook's new secret, in the clear for the only time.
pub struct RotatedSecret {
    pub secret: Secret,
    /// Until when the one before signs, too.
    pub previous_until: Option<Timestamp>,
}

impl Core {
    /// Gives the webhook a new secret. The one before, and those before it, sign beside it
    /// until `grace_ms` have passed; with none they have ended with this call.
    pub async fn rotate_webhook_secret(
        &self,
        ctx: &Ctx,
        id: &str,
        grace_ms: i64,
    ) -> Result<RotatedSecret, Error> {
        if !(0..=MAX_GRACE_MS).contains(&grace_ms) {
            let most = MAX_GRACE_MS / 1000;
            let message = format!("`grace_s` is a whole number from 0 to {most}");
            return Err(Fault::field("grace_s", message).into());
        }
        let id = WebhookId::parse(id).map_err(|_| no_webhook())?;
        let now = self.now();
        let until = now.plus_millis(grace_ms);
        let secret = sign::new_secret(self.chance());
        // Inside the transaction nothing can be asked about keys any more.
        self.vault().learn(&ctx.scope).await?;
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let sealed = sealer.seal(Place::Webhook, id.as_str(), secret.expose());
        let previous = WebhookPreviousSecretId::new(now, self.chance());
        let action = AuditAction::WebhookSecretRotated;
        let mut entry = ctx.audit(action, id.as_str(), now, self.chance());
        entry.details = json!({ "grace_s": grace_ms / 1000 }).to_string();
        let (core, scope) = (self.clone(), ctx.scope.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    webhook::lock(tx, &scope, &id)
                        .await?
                        .ok_or_else(no_webhook)?;
                    let old = webhook::find_secret(tx, &scope, &id).await?;
                    let old = old.ok_or_else(no_webhook)?;
                    webhook_previous_secret::end(tx, &scope, &id, until).await?;
                    if until > now {
                        let plain =
                            core.vault()
                                .open_now(&scope, Place::Webhook, id.as_str(), &old)?;
                        let place = Place::WebhookPreviousSecret;
                        let kept = sealer.seal(place, previous.as_str(), plain.expose());
                        let kept = (&previous, &kept);
                        webhook_previous_secret::add(tx, &scope, &id, kept, until).await?;
                        webhook_previous_secret::keep_newest(tx, &scope, &id, MOST_PREVIOUS)
                            .await?;
                    }
                    webhook::replace_secret(tx, &scope, &id, &sealed, now).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(RotatedSecret {
            secret,
            previous_until: (until > now).then_some(until),
        })
    }
}
