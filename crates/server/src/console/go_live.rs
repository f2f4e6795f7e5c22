//! What is missing before customers can use live.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_core::GoLiveItem;
use trunnel_model::role::Permission;

use super::caller::Scoped;
use crate::app::Server;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default().get(
        Access::Member(Permission::AppsRead),
        "/console/api/{app_id}/{environment}/go-live",
        get,
    )
}

async fn get(State(server): State<Server>, Scoped(ctx): Scoped) -> Result<Json<Value>, Problem> {
    let found = server.core.go_live(&ctx).await?;
    let connectors = found.connectors.iter().map(|connector| {
        json!({
            "slug": connector.slug,
            "name": connector.name,
            "ready": connector.ready,
            "items": items(&connector.items),
        })
    });
    Ok(Json(json!({
        "ready": found.ready,
        "items": items(&found.items),
        "connectors": connectors.collect::<Vec<_>>(),
    })))
}

fn items(items: &[GoLiveItem]) -> Vec<Value> {
    let item = |item: &GoLiveItem| {
        json!({
            "item": item.topic.as_str(),
            "state": item.state.as_str(),
            "title": item.title,
            "detail": item.detail,
        })
    };
    items.iter().map(item).collect()
}
