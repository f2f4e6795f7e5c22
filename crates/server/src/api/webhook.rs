//! Webhooks.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value};
use trunnel_core::WebhookChange;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::webhook::{WebhookEvent, WebhookKind, WebhookMethod};

use crate::app::Server;
use crate::caller::Developer;
use crate::input::{Body, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/api/v2/public/webhook";
    const ONE: &str = "/api/v2/public/webhook/{id}";
    Routes::default()
        .get(Access::Developer, ALL, list)
        .post(Access::Developer, ALL, register)
        .get(Access::Developer, ONE, get)
        .put(Access::Developer, ONE, update)
        .delete(Access::Developer, ONE, delete)
        .put(
            Access::Developer,
            "/api/v2/public/webhooks/group/edit",
            group,
        )
}

async fn list(
    State(server): State<Server>,
    Developer(ctx): Developer,
) -> Result<Json<Value>, Problem> {
    let webhooks = server.core.webhooks(&ctx).await?;
    Ok(Json(
        webhooks
            .iter()
            .map(|webhook| wire::webhook(&ctx, webhook))
            .collect(),
    ))
}

async fn register(
    State(server): State<Server>,
    Developer(ctx): Developer,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let created = server.core.create_webhook(&ctx, change(&body)?).await?;
    let mut answer = wire::webhook(&ctx, &created.webhook);
    // Shown now and never again.
    answer["webhook_secret"] = created.secret.expose().into();
    Ok(Json(answer))
}

async fn get(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    let webhook = server.core.webhook(&ctx, &id).await?;
    Ok(Json(wire::webhook(&ctx, &webhook)))
}

async fn update(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(id): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let webhook = server
        .core
        .change_webhook(&ctx, &id, change(&body)?)
        .await?;
    Ok(Json(wire::webhook(&ctx, &webhook)))
}

async fn delete(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    let left = server.core.delete_webhook(&ctx, &id).await?;
    Ok(Json(
        left.iter()
            .map(|webhook| wire::webhook(&ctx, webhook))
            .collect(),
    ))
}

/// An empty group takes them out of theirs.
async fn group(
    State(server): State<Server>,
    Developer(ctx): Developer,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let reader = Reader::new(&body);
    let ids = reader.texts("webhookIds")?.unwrap_or_default();
    let group = reader.text("group")?.filter(|group| !group.is_empty());
    let changed = server.core.group_webhooks(&ctx, &ids, group).await?;
    Ok(Json(
        changed
            .iter()
            .map(|webhook| wire::webhook(&ctx, webhook))
            .collect(),
    ))
}

fn change(body: &Map<String, Value>) -> Result<WebhookChange, Fault> {
    let reader = Reader::new(body);
    // `null` and an empty text both empty an optional text.
    let emptied = |name: &str| {
        let present = body.contains_key(name);
        let text = reader.text(name)?.filter(|text| !text.is_empty());
        Ok::<_, Fault>(present.then_some(text))
    };
    let description = match emptied("webhook_description")? {
        None => emptied("description")?,
        given => given,
    };
    Ok(WebhookChange {
        url: reader.either("webhook_url", "url")?,
        events: events(&reader)?,
        headers: reader.object("webhook_headers")?.cloned(),
        body: reader.value("webhook_body").cloned(),
        method: word(&reader, "method", WebhookMethod::parse)?,
        kind: kind(&reader)?,
        slug: emptied("slug")?,
        workflow_ids: reader.texts("workflow_ids")?,
        description,
        group: emptied("group")?,
        is_enabled: reader.boolean("is_enabled")?,
    })
}

fn events(reader: &Reader<'_>) -> Result<Option<Vec<WebhookEvent>>, Fault> {
    let named = match reader.texts("webhook_events")? {
        None => reader.texts("events")?,
        given => given,
    };
    let parse = |(at, name): (usize, &String)| {
        WebhookEvent::parse(name).map_err(|error| {
            Fault::bad_request(FaultCode::InvalidEvent, error.to_string())
                .with("field", format!("webhook_events.{at}"))
        })
    };
    named
        .map(|names| names.iter().enumerate().map(parse).collect())
        .transpose()
}

/// A body without a type makes the webhook a custom one.
fn kind(reader: &Reader<'_>) -> Result<Option<WebhookKind>, Fault> {
    let given = word(reader, "webhook_type", WebhookKind::parse)?;
    let implied = reader
        .value("webhook_body")
        .filter(|body| body.as_str() != Some("{{event}}"))
        .map(|_| WebhookKind::Custom);
    Ok(given.or(implied))
}

fn word<T, E: std::fmt::Display>(
    reader: &Reader<'_>,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Fault> {
    reader
        .text(name)?
        .map(|text| parse(&text).map_err(|error| Fault::field(name, error.to_string())))
        .transpose()
}
