//! Registering, changing and removing webhooks.

use serde_json::{Map, Value};
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::WebhookId;
use trunnel_model::secret::Secret;
use trunnel_model::text::check_label;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::{Webhook, WebhookEvent, WebhookKind, WebhookMethod};
use trunnel_store::sealed::Place;
use trunnel_store::{audit, webhook, webhook_version};

use super::sent::without_secrets;
use super::sign;
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// More would make every event slow for everyone.
const MAX_WEBHOOKS: usize = 100;

/// The longest `webhook_body`, as JSON.
const MAX_TEMPLATE_BYTES: usize = 64 * 1024;

/// The longest value of a header, before and after it is filled in.
pub(super) const MAX_HEADER_BYTES: usize = 8 * 1024;

const MAX_WORKFLOWS: usize = 1000;
const MAX_WORKFLOW_ID_CHARS: usize = 255;

/// A webhook and its secret, in the clear for the only time.
pub struct CreatedWebhook {
    pub webhook: Webhook,
    pub secret: Secret,
}

/// What the developer wants set; what is absent stays, `Some(None)` empties.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    pub url: Option<String>,
    pub events: Option<Vec<WebhookEvent>>,
    pub headers: Option<Map<String, Value>>,
    pub body: Option<Value>,
    pub method: Option<WebhookMethod>,
    pub kind: Option<WebhookKind>,
    pub slug: Option<Option<String>>,
    pub workflow_ids: Option<Vec<String>>,
    pub description: Option<Option<String>>,
    pub group: Option<Option<String>>,
    pub is_enabled: Option<bool>,
}

impl Core {
    pub async fn webhooks(&self, ctx: &Ctx) -> Result<Vec<Webhook>, Error> {
        Ok(webhook::list(self.db(), &ctx.scope).await?)
    }

    pub async fn webhook(&self, ctx: &Ctx, id: &str) -> Result<Webhook, Error> {
        let id = WebhookId::parse(id).map_err(|_| not_found())?;
        let found = webhook::find(self.db(), &ctx.scope, &id).await?;
        Ok(found.ok_or_else(not_found)?)
    }

    pub async fn create_webhook(
        &self,
        ctx: &Ctx,
        change: WebhookChange,
    ) -> Result<CreatedWebhook, Error> {
        let required = |field: &str| {
            Fault::bad_request(
                FaultCode::MissingRequiredField,
                format!("`{field}` is required"),
            )
            .with("field", field)
        };
        if change.url.is_none() {
            return Err(required("webhook_url").into());
        }
        if change.events.is_none() {
            return Err(required("webhook_events").into());
        }
        let now = self.now();
        let id = WebhookId::new(now, self.chance());
        let mut webhook = blank(id, now);
        apply(&mut webhook, change);
        self.check_webhook(ctx, &webhook)?;
        let secret = sign::new_secret(self.chance());
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let sealed = sealer.seal(Place::Webhook, webhook.id.as_str(), secret.expose());
        let entry = ctx.audit(
            AuditAction::WebhookCreated,
            webhook.id.as_str(),
            now,
            self.chance(),
        );
        let (scope, stored) = (ctx.scope.clone(), webhook.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    trunnel_store::app::lock_environment(tx, &scope).await?;
                    if webhook::list_in(tx, &scope).await?.len() >= MAX_WEBHOOKS {
                        return Err(Error::from(too_many()));
                    }
                    webhook::add(tx, &scope, &stored, &sealed).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(CreatedWebhook { webhook, secret })
    }

    pub async fn change_webhook(
        &self,
        ctx: &Ctx,
        id: &str,
        change: WebhookChange,
    ) -> Result<Webhook, Error> {
        let id = WebhookId::parse(id).map_err(|_| not_found())?;
        let now = self.now();
        let entry = ctx.audit(AuditAction::WebhookUpdated, id.as_str(), now, self.chance());
        let (core, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let scope = &ctx.scope;
                    let mut webhook = webhook::lock(tx, scope, &id).await?.ok_or_else(not_found)?;
                    webhook_version::add(tx, scope, &without_secrets(&webhook), now).await?;
                    apply(&mut webhook, change);
                    core.check_webhook(&ctx, &webhook)?;
                    webhook.version += 1;
                    webhook.updated_at = now;
                    webhook::update(tx, scope, &webhook).await?;
                    audit::add(tx, scope, &entry).await?;
                    Ok::<_, Error>(webhook)
                })
            })
            .await
    }

    /// Puts several webhooks into a group (or none); all of them or nothing.
    pub async fn group_webhooks(
        &self,
        ctx: &Ctx,
        ids: &[String],
        group: Option<String>,
    ) -> Result<Vec<Webhook>, Error> {
        if ids.is_empty() || ids.len() > MAX_WEBHOOKS {
            return Err(Fault::bad_request(
                FaultCode::ServerError,
                format!("`webhookIds` is a list of 1 to {MAX_WEBHOOKS} webhook ids"),
            )
            .with("field", "webhookIds")
            .into());
        }
        check_text("group", group.as_deref())?;
        let parsed = ids
            .iter()
            .map(|id| WebhookId::parse(id))
            .collect::<Result<Vec<_>, _>>();
        let mut parsed = parsed.map_err(|_| not_found())?;
        // Everyone locks in the same order, so that two cannot wait for each other.
        parsed.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        parsed.dedup();
        let (core, ctx, now) = (self.clone(), ctx.clone(), self.now());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let scope = &ctx.scope;
                    let mut changed = Vec::with_capacity(parsed.len());
                    for id in &parsed {
                        let mut webhook =
                            webhook::lock(tx, scope, id).await?.ok_or_else(not_found)?;
                        webhook_version::add(tx, scope, &without_secrets(&webhook), now).await?;
                        webhook.group.clone_from(&group);
                        webhook.version += 1;
                        webhook.updated_at = now;
                        webhook::update(tx, scope, &webhook).await?;
                        let (action, chance) = (AuditAction::WebhookUpdated, core.chance());
                        let entry = ctx.audit(action, id.as_str(), now, chance);
                        audit::add(tx, scope, &entry).await?;
                        changed.push(webhook);
                    }
                    Ok::<_, Error>(changed)
                })
            })
            .await
    }

    /// Removes the webhook and what still waits for it; answers the remaining ones.
    pub async fn delete_webhook(&self, ctx: &Ctx, id: &str) -> Result<Vec<Webhook>, Error> {
        let id = WebhookId::parse(id).map_err(|_| not_found())?;
        let now = self.now();
        let entry = ctx.audit(AuditAction::WebhookDeleted, id.as_str(), now, self.chance());
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    webhook::lock(tx, &scope, &id)
                        .await?
                        .ok_or_else(not_found)?;
                    webhook::delete(tx, &scope, &id).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(webhook::list_in(tx, &scope).await?)
                })
            })
            .await
    }

    fn check_webhook(&self, ctx: &Ctx, webhook: &Webhook) -> Result<(), Fault> {
        if webhook.events.is_empty() {
            return Err(Fault::bad_request(
                FaultCode::InvalidEvent,
                "`webhook_events` needs at least one event",
            )
            .with("field", "webhook_events"));
        }
        if webhook.slug.is_some() && webhook.events.iter().any(|event| event.is_connection()) {
            return Err(Fault::field(
                "slug",
                "`slug` narrows workflow events only; leave it out for connection events",
            ));
        }
        self.check_url(ctx, &webhook.url)?;
        check_headers(&webhook.headers)?;
        check_text("webhook_description", webhook.description.as_deref())?;
        check_text("group", webhook.group.as_deref())?;
        check_text("slug", webhook.slug.as_deref())?;
        if webhook.kind == WebhookKind::Custom && webhook.body.is_none() {
            return Err(Fault::field(
                "webhook_body",
                "`webhook_body` is required for a webhook of type `custom`",
            ));
        }
        check_template(webhook.body.as_ref())?;
        check_workflows(&webhook.workflow_ids)
    }

    fn check_url(&self, ctx: &Ctx, text: &str) -> Result<(), Fault> {
        let fault = |why: String| Fault::field("webhook_url", format!("`webhook_url` {why}"));
        if text.len() > 2048 {
            return Err(fault("has at most 2048 characters".to_owned()));
        }
        let url: url::Url = text.parse().map_err(|_| {
            fault("must be a whole URL, such as https://example.com/hook".to_owned())
        })?;
        let policy = self.outbound().policy();
        policy
            .check_url(&url)
            .map_err(|refused| fault(format!("is refused: {refused}")))?;
        let live = ctx.scope.environment() == Environment::Live;
        if live && url.scheme() != "https" && !policy.allows_host(&url) {
            return Err(fault("must use https in live".to_owned()));
        }
        Ok(())
    }
}

fn blank(id: WebhookId, now: Timestamp) -> Webhook {
    Webhook {
        id,
        url: String::new(),
        events: Vec::new(),
        headers: Map::new(),
        body: None,
        method: WebhookMethod::Post,
        kind: WebhookKind::Default,
        slug: None,
        workflow_ids: Vec::new(),
        description: None,
        group: None,
        is_enabled: true,
        version: 0,
        created_at: now,
        updated_at: now,
    }
}

fn apply(webhook: &mut Webhook, change: WebhookChange) {
    fn set<T>(to: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *to = value;
        }
    }
    set(&mut webhook.url, change.url);
    set(&mut webhook.events, change.events);
    set(&mut webhook.headers, change.headers);
    set(&mut webhook.method, change.method);
    set(&mut webhook.slug, change.slug);
    set(&mut webhook.workflow_ids, change.workflow_ids);
    set(&mut webhook.description, change.description);
    set(&mut webhook.group, change.group);
    set(&mut webhook.is_enabled, change.is_enabled);
    set(&mut webhook.body, change.body.map(Some));
    set(&mut webhook.kind, change.kind);
    webhook.events.sort_unstable();
    webhook.events.dedup();
}

fn check_headers(headers: &Map<String, Value>) -> Result<(), Fault> {
    for (name, value) in headers {
        let place = format!("webhook_headers.{name}");
        let known = http::HeaderName::try_from(name.as_str()).is_ok();
        let text = value
            .as_str()
            .filter(|text| http::HeaderValue::try_from(*text).is_ok());
        let Some(text) = text.filter(|_| known) else {
            return Err(Fault::field(
                &place,
                format!("`{place}` must be a header name with a text that a header can hold"),
            ));
        };
        if text.len() > MAX_HEADER_BYTES {
            return Err(Fault::field(
                &place,
                format!("`{place}` has at most {MAX_HEADER_BYTES} bytes"),
            ));
        }
    }
    if headers.len() > 50 {
        return Err(Fault::field(
            "webhook_headers",
            "a webhook has at most 50 headers",
        ));
    }
    Ok(())
}

fn check_template(template: Option<&Value>) -> Result<(), Fault> {
    let bytes = template.map_or(0, |template| template.to_string().len());
    if bytes > MAX_TEMPLATE_BYTES {
        return Err(Fault::field(
            "webhook_body",
            format!("`webhook_body` has at most {MAX_TEMPLATE_BYTES} bytes as JSON"),
        ));
    }
    Ok(())
}

fn check_workflows(ids: &[String]) -> Result<(), Fault> {
    let long = |id: &String| id.chars().count() > MAX_WORKFLOW_ID_CHARS;
    if ids.len() > MAX_WORKFLOWS || ids.iter().any(long) {
        return Err(Fault::field(
            "workflow_ids",
            format!(
                "`workflow_ids` has at most {MAX_WORKFLOWS} ids of at most \
                 {MAX_WORKFLOW_ID_CHARS} characters"
            ),
        ));
    }
    Ok(())
}

fn check_text(field: &str, text: Option<&str>) -> Result<(), Fault> {
    check_label(text.unwrap_or_default(), 1000)
        .map_err(|error| Fault::field(field, format!("`{field}` has {error}")))
}

fn too_many() -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        format!("An environment has at most {MAX_WEBHOOKS} webhooks. Delete one first."),
    )
}

/// What the public API has always answered.
fn not_found() -> Fault {
    Fault::bad_request(FaultCode::ResourceNotFound, "Webhook not found")
}

pub(super) fn no_webhook() -> Fault {
    Fault::not_found(FaultCode::ResourceNotFound, "Webhook not found")
}
