//! The operator's shared OAuth clients.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_model::role::Permission;

use super::caller::Member;
use crate::app::Server;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default().get(
        Access::Member(Permission::SettingsRead),
        "/console/api/{app_id}/shared-client",
        list,
    )
}

async fn list(
    State(server): State<Server>,
    Member(member): Member,
    Path(app): Path<String>,
) -> Result<Json<Value>, Problem> {
    // Whose app it is; shared clients work in test.
    let test = Environment::Test.name();
    server.core.scoped_ctx(&member, &app, test).await?;
    let clients = server.core.shared_clients();
    let clients = clients.iter().map(
        |client| json!({ "slug": client.slug, "name": client.name, "client_id": client.client_id }),
    );
    Ok(Json(
        json!({ "shared_clients": clients.collect::<Vec<_>>() }),
    ))
}
