//! The catalogue as an environment sees it.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_catalog::{AuthOption, Field, developer_fields};
use trunnel_core::CatalogueEntry;
use trunnel_model::role::Permission;

use super::caller::Scoped;
use crate::app::Server;
use crate::input::PathText;
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/console/api/{app_id}/{environment}/catalogue";
    const ONE: &str = "/console/api/{app_id}/{environment}/catalogue/{slug}";
    Routes::default()
        .get(Access::Member(Permission::AppsRead), ALL, list)
        .get(Access::Member(Permission::AppsRead), ONE, get)
}

async fn list(State(server): State<Server>, Scoped(ctx): Scoped) -> Result<Json<Value>, Problem> {
    let entries = server.core.catalogue(&ctx).await?;
    let categories: BTreeSet<_> = entries
        .iter()
        .flat_map(|entry| &entry.summary.categories)
        .collect();
    Ok(Json(json!({
        "connectors": entries.iter().map(entry).collect::<Vec<_>>(),
        "categories": categories,
    })))
}

async fn get(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    PathText(slug): PathText,
) -> Result<Json<Value>, Problem> {
    let detail = server.core.catalogue_entry(&ctx, &slug).await?;
    let connector = &detail.view.connector;
    let scopes = detail.scopes.iter().map(
        |(scope, mandatory)| json!({ "scope": scope, "description": null, "mandatory": mandatory }),
    );
    Ok(Json(json!({
        "entry": entry(&detail.entry),
        "setting": wire::connector(&ctx, &detail.view),
        "documentation_url": Some(&connector.docs).filter(|url| !url.is_empty()),
        "needs_client": connector.needs_client(),
        "scopes": scopes.collect::<Vec<_>>(),
        "developer_fields": developer_fields(connector).map(field).collect::<Vec<_>>(),
        "auth_options": connector.auth.iter().map(option).collect::<Vec<_>>(),
    })))
}

fn entry(entry: &CatalogueEntry) -> Value {
    let summary = &entry.summary;
    let auth_types = summary.auth_types.iter().map(|kind| kind.as_str());
    json!({
        "slug": summary.slug,
        "name": summary.name,
        "description": summary.description,
        "icon": null,
        "categories": summary.categories,
        "kind": if entry.custom { "custom" } else { "native" },
        "auth_types": auth_types.collect::<Vec<_>>(),
        "state": entry.state.as_str(),
        "actions": summary.actions,
    })
}

fn field(field: &Field) -> Value {
    json!({
        "name": field.name,
        "label": field.label,
        "help": field.help,
        "required": field.required,
        "secret": field.is_secret(),
        "options": field.options,
    })
}

fn option(option: &AuthOption) -> Value {
    json!({
        "id": option.id,
        "label": option.label,
        "auth_type": option.auth_type.as_str(),
    })
}
