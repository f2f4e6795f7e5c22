//! Apps and actions that the developer writes.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};
use trunnel_core::{CustomAppChange, CustomAppView, Import, ImportFrom, ImportedApp, NewCustomApp};
use trunnel_model::custom_connector::{CustomAction, CustomActionEntry};
use trunnel_model::fault::Fault;

use crate::app::Server;
use crate::caller::Developer;
use crate::input::{Body, Params, PathText, PathTexts, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/api/v2/public/custom-app";
    const IMPORT: &str = "/api/v2/public/custom-app/import";
    const ONE: &str = "/api/v2/public/custom-app/{slug}";
    const ACTIONS: &str = "/api/v2/public/custom-app/{slug}/action";
    const ACTION: &str = "/api/v2/public/custom-app/{slug}/action/{id}";
    Routes::default()
        .get(Access::Developer, ALL, list)
        .post(Access::Developer, ALL, create)
        .post(Access::Developer, IMPORT, import)
        .get(Access::Developer, ONE, get)
        .put(Access::Developer, ONE, change)
        .delete(Access::Developer, ONE, delete)
        .get(Access::Developer, ACTIONS, actions)
        .post(Access::Developer, ACTIONS, create_action)
        .get(Access::Developer, ACTION, action)
        .put(Access::Developer, ACTION, change_action)
        .delete(Access::Developer, ACTION, delete_action)
}

async fn list(
    State(server): State<Server>,
    Developer(ctx): Developer,
) -> Result<Json<Value>, Problem> {
    let views = server.core.custom_apps(&ctx).await?;
    Ok(Json(views.iter().map(summary).collect()))
}

async fn get(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(slug): PathText,
) -> Result<Json<Value>, Problem> {
    Ok(Json(whole(&server.core.custom_app(&ctx, &slug).await?)))
}

async fn create(
    State(server): State<Server>,
    Developer(ctx): Developer,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    only(&body, &["name", "slug", "description", "connector"])?;
    let reader = Reader::new(&body);
    let new = NewCustomApp {
        name: reader.text("name")?.ok_or_else(|| required("name"))?,
        slug: reader.text("slug")?,
        description: reader.text("description")?.unwrap_or_default(),
        connector: reader
            .object("connector")?
            .ok_or_else(|| required("connector"))?
            .clone(),
    };
    let view = server.core.create_custom_app(&ctx, new).await?;
    Ok(Json(whole(&view)))
}

async fn change(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(slug): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    only(&body, &["name", "description", "connector"])?;
    let reader = Reader::new(&body);
    let change = CustomAppChange {
        name: reader.text("name")?,
        description: reader.text("description")?,
        connector: reader.object("connector")?.cloned(),
    };
    let view = server.core.change_custom_app(&ctx, &slug, change).await?;
    Ok(Json(whole(&view)))
}

async fn delete(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(slug): PathText,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let force = params.yes("force")?;
    server.core.delete_custom_app(&ctx, &slug, force).await?;
    Ok(Json(json!({ "success": true, "slug": slug })))
}

async fn import(
    State(server): State<Server>,
    Developer(ctx): Developer,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let imported = server.core.import_custom_app(&ctx, asked(&body)?).await?;
    Ok(Json(outcome(&imported)))
}

fn asked(body: &Map<String, Value>) -> Result<Import, Fault> {
    only(body, &["name", "slug", "description", "url", "document"])?;
    let reader = Reader::new(body);
    let from = match (reader.text("url")?, reader.value("document")) {
        (Some(url), None) => ImportFrom::Url(url),
        (None, Some(Value::String(text))) => ImportFrom::Document(text.clone()),
        (None, Some(tree @ Value::Object(_))) => ImportFrom::Document(tree.to_string()),
        (None, Some(_)) => {
            return Err(Fault::field(
                "document",
                "`document` must be a text with JSON or YAML, or an object",
            ));
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Fault::field(
                "url",
                "give the OpenAPI document either as `url` or as `document`",
            ));
        }
    };
    Ok(Import {
        name: reader.text("name")?,
        description: reader.text("description")?,
        slug: reader.text("slug")?,
        from,
    })
}

async fn actions(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(slug): PathText,
) -> Result<Json<Value>, Problem> {
    let entries = server.core.custom_actions(&ctx, &slug).await?;
    Ok(Json(
        entries
            .iter()
            .map(|entry| Value::Object(action_entry(entry)))
            .collect(),
    ))
}

async fn action(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathTexts(slug, id): PathTexts,
) -> Result<Json<Value>, Problem> {
    Ok(Json(action_file(
        &server.core.own_action(&ctx, &slug, &id).await?,
    )))
}

async fn create_action(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(slug): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let made = server.core.create_custom_action(&ctx, &slug, &body).await?;
    Ok(Json(action_file(&made)))
}

async fn change_action(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathTexts(slug, id): PathTexts,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let core = &server.core;
    let changed = core.change_custom_action(&ctx, &slug, &id, &body).await?;
    Ok(Json(action_file(&changed)))
}

async fn delete_action(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathTexts(slug, id): PathTexts,
) -> Result<Json<Value>, Problem> {
    server.core.delete_custom_action(&ctx, &slug, &id).await?;
    Ok(Json(json!({ "success": true, "slug": slug, "id": id })))
}

fn only(body: &Map<String, Value>, names: &[&str]) -> Result<(), Fault> {
    match body.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Fault::field(
            unknown,
            format!(
                "`{unknown}` is not read here; there are {}",
                names.join(", ")
            ),
        )),
    }
}

fn required(name: &str) -> Fault {
    Fault::field(name, format!("`{name}` is required"))
}

fn summary(view: &CustomAppView) -> Value {
    let app = &view.app;
    json!({
        "_id": app.id.as_str(),
        "slug": app.slug,
        "name": app.name,
        "description": app.description,
        "kind": "custom",
        "source": app.source.as_str(),
        "source_url": app.source_url,
        "enabled": view.enabled,
        "actions": view.actions,
        "version": app.version,
        "createdAt": wire::time(app.created_at),
        "updatedAt": wire::time(app.updated_at),
    })
}

/// With the connector as it can be sent back, which is without what the app says of
/// itself already.
fn whole(view: &CustomAppView) -> Value {
    let mut shown = summary(view);
    let mut connector: Map<String, Value> =
        serde_json::from_str(&view.app.file).unwrap_or_default();
    for name in ["slug", "name", "description"] {
        connector.remove(name);
    }
    shown["callback_url"] = json!(view.callback_url);
    shown["connector"] = Value::Object(connector);
    shown
}

fn action_entry(entry: &CustomActionEntry) -> Map<String, Value> {
    let shown = json!({
        "_id": entry.id.as_str(),
        "id": entry.action_id,
        "name": entry.name,
        "description": entry.description,
        "tag": entry.tag,
        "source": entry.source.as_str(),
        "version": entry.version,
        "createdAt": wire::time(entry.created_at),
        "updatedAt": wire::time(entry.updated_at),
    });
    match shown {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// The action's file and what is known about it.
fn action_file(action: &CustomAction) -> Value {
    let file: Map<String, Value> = serde_json::from_str(&action.file).unwrap_or_default();
    let mut shown = action_entry(&action.entry);
    shown.extend(file);
    Value::Object(shown)
}

fn outcome(imported: &ImportedApp) -> Value {
    let report = &imported.report;
    let skipped = report.skipped.iter();
    let skipped: Vec<_> = skipped
        .map(|(operation, reason)| json!({ "operation": operation, "reason": reason }))
        .collect();
    json!({
        "slug": imported.slug,
        "name": imported.name,
        "actions": imported.actions,
        "created": imported.created,
        "updated": !imported.created,
        "report": {
            "added": report.added,
            "changed": report.changed,
            "removed": report.removed,
            "kept": report.kept,
            "skipped": skipped,
            "notes": report.notes,
        },
    })
}
