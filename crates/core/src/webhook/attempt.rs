//! One attempt to deliver one message to one webhook.

use std::time::Duration;

use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_model::id::DeliveryId;
use trunnel_model::retry;
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_model::usage::UsageKind;
use trunnel_model::webhook::{Attempt, Delivery, DeliveryState, Message, Webhook};
use trunnel_outbound::Limits;
use trunnel_store::sealed::Place;
use trunnel_store::{webhook, webhook_previous_secret};

use super::endpoint::MAX_HEADER_BYTES;
use super::sent::unsigned_headers;
use super::{body, sign};
use crate::Core;
use crate::error::Error;

/// A receiver that takes longer is taken for dead.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);

/// The longest body that is sent. A short template can become a long one.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Of the receiver's answer, so much is read: a connection whose answer was read to
/// its end can be used again.
const ANSWER_READ: usize = 64 * 1024;

/// Of that, so much is kept for the developer to see.
const ANSWER_KEPT: usize = 2048;

/// Sends the message and records what came of it. At least once: a crash between the
/// two sends it again.
pub(crate) async fn deliver(core: &Core, scope: &Scope, delivery: Delivery) -> Result<(), Error> {
    let target = webhook::find(core.db(), scope, &delivery.webhook).await?;
    let message = webhook::find_message(core.db(), scope, &delivery.message).await?;
    let (Some(target), Some(message)) = (target, message) else {
        // The foreign keys have taken the delivery away with whichever is gone.
        return Ok(());
    };
    let began = core.now();
    // To try a webhook comes before to switch it on.
    let outcome = if target.is_enabled || message.is_test {
        let request = request(core, scope, &target, &message, began).await;
        match request {
            Ok(request) => send(core, request).await,
            Err(Unsendable::Told(why)) => Outcome::Failed(why),
            Err(Unsendable::Internal(error)) => return Err(error),
        }
    } else {
        Outcome::Disabled
    };
    let version = match outcome {
        Outcome::Disabled => None,
        Outcome::Answered(_) | Outcome::Failed(_) => Some(target.version),
    };
    let taken = settle(core, scope, &delivery, (began, version), outcome).await?;
    if taken {
        let account = AccountId::parse(&message.account_id).ok();
        core.count(scope, account.as_ref(), UsageKind::Delivery, 1);
    }
    Ok(())
}

enum Outcome {
    Answered(HttpAnswer),
    Failed(String),
    /// The developer has switched the webhook off since.
    Disabled,
}

enum Unsendable {
    Told(String),
    Internal(Error),
}

impl<E: Into<Error>> From<E> for Unsendable {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

async fn request(
    core: &Core,
    scope: &Scope,
    target: &Webhook,
    message: &Message,
    now: Timestamp,
) -> Result<HttpRequest, Unsendable> {
    let told = |why: &str| Unsendable::Told(why.to_owned());
    let secrets = signing_secrets(core, scope, target, now).await?;
    if secrets.is_empty() {
        return Err(told("the webhook was deleted"));
    }
    let api_keys = core.signing_api_keys(scope).await?;
    let body = body::render(target, message);
    if body.len() > MAX_BODY_BYTES {
        return Err(Unsendable::Told(format!(
            "the webhook's body, filled in, has more than {MAX_BODY_BYTES} bytes"
        )));
    }
    let url = target
        .url
        .parse()
        .map_err(|_| told("the webhook's URL is not one"))?;
    let method = http::Method::from_bytes(target.method.as_str().as_bytes())
        .map_err(|_| told("the webhook's method is not one"))?;
    let mut request = HttpRequest::new(method, url);
    let signed = sign::headers(message.id.as_str(), now, &body, &api_keys, &secrets);
    let ours = signed
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    for (name, value) in unsigned_headers(target, message).into_iter().chain(ours) {
        if value.len() > MAX_HEADER_BYTES {
            return Err(Unsendable::Told(format!(
                "a header of the webhook, filled in, has more than {MAX_HEADER_BYTES} bytes"
            )));
        }
        let name = http::HeaderName::try_from(name);
        let value = http::HeaderValue::try_from(value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(told("one of the webhook's headers cannot be sent"));
        };
        request.headers.insert(name, value);
    }
    request.body = body.into();
    Ok(request)
}

async fn signing_secrets(
    core: &Core,
    scope: &Scope,
    target: &Webhook,
    now: Timestamp,
) -> Result<Vec<Secret>, Error> {
    let known = webhook_previous_secret::signing(core.db(), scope, &target.id, now).await?;
    let mut secrets = Vec::with_capacity(known.len());
    for secret in known {
        let (place, id) = match &secret.previous {
            None => (Place::Webhook, target.id.as_str()),
            Some(id) => (Place::WebhookPreviousSecret, id.as_str()),
        };
        secrets.push(core.vault().open(scope, place, id, &secret.sealed).await?);
    }
    Ok(secrets)
}

async fn send(core: &Core, request: HttpRequest) -> Outcome {
    // Whatever the receiver adds to its status does not make it another.
    let limits = Limits::of(TIMEOUT).cut_at(ANSWER_READ);
    match core.outbound().send(request, limits).await {
        Ok(answer) => Outcome::Answered(answer),
        Err(failure) => Outcome::Failed(failure.to_string()),
    }
}

/// Says whether the receiver has taken it.
async fn settle(
    core: &Core,
    scope: &Scope,
    delivery: &Delivery,
    (began, webhook_version): (Timestamp, Option<i64>),
    outcome: Outcome,
) -> Result<bool, Error> {
    let now = core.now();
    let (state, due_at) = decide(core, delivery, &outcome, now);
    let (status, error, answer) = match outcome {
        Outcome::Answered(answer) => {
            let kept = &answer.body[..answer.body.len().min(ANSWER_KEPT)];
            // PostgreSQL keeps no zero characters in text.
            let text = String::from_utf8_lossy(kept).replace('\0', "");
            (Some(answer.status), None, Some(text))
        }
        Outcome::Failed(why) => (None, Some(why), None),
        Outcome::Disabled => (None, Some("the webhook is disabled".to_owned()), None),
    };
    let attempt = Attempt {
        number: delivery.attempts,
        status,
        error,
        answer,
        webhook_version,
        duration_ms: now.since(began),
        at: began,
    };
    metrics::counter!("trunnel_webhook_attempts_total", "state" => state.as_str()).increment(1);
    let (scope, id): (Scope, DeliveryId) = (scope.clone(), delivery.id.clone());
    core.db()
        .write(move |tx| {
            Box::pin(async move {
                webhook::settle(tx, &scope, &id, &attempt, state, due_at).await?;
                Ok::<_, Error>(())
            })
        })
        .await?;
    Ok(state == DeliveryState::Delivered)
}

fn decide(
    core: &Core,
    delivery: &Delivery,
    outcome: &Outcome,
    now: Timestamp,
) -> (DeliveryState, Option<Timestamp>) {
    match outcome {
        Outcome::Answered(answer) if (200..300).contains(&answer.status) => {
            (DeliveryState::Delivered, None)
        }
        Outcome::Disabled => (DeliveryState::Failed, None),
        Outcome::Answered(_) | Outcome::Failed(_) => {
            let chance = core.random_u64();
            match retry::WEBHOOK.wait_ms(delivery.attempts, chance) {
                Some(wait) => {
                    let wait = i64::try_from(wait).unwrap_or(i64::MAX);
                    (DeliveryState::Pending, Some(now.plus_millis(wait)))
                }
                None => (DeliveryState::Failed, None),
            }
        }
    }
}
