//! The organization, its policy and its developer apps.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use trunnel_core::AppChange;
use trunnel_model::member::Organization;
use trunnel_model::role::Permission;

use super::caller::Member;
use super::view;
use crate::app::Server;
use crate::input::{Body, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const POLICY: &str = "/console/api/policy";
    const WRITE: Access = Access::Member(Permission::SettingsWrite);
    Routes::default()
        .patch(WRITE, "/console/api/organization", rename)
        .patch(WRITE, "/console/api/app/{app_id}", update_app)
        .get(Access::Member(Permission::SettingsRead), POLICY, policy)
        .put(WRITE, POLICY, update_policy)
}

async fn rename(
    State(server): State<Server>,
    Member(caller): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let name = Reader::new(&body).required("name")?;
    let organization = server.core.rename_organization(&caller, &name).await?;
    Ok(Json(view::organization(&organization)))
}

async fn update_app(
    State(server): State<Server>,
    Member(caller): Member,
    Path(app): Path<String>,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let reader = Reader::new(&body);
    let change = AppChange {
        name: reader.text("name")?,
        reveal_keys: reader.boolean("reveal_keys")?,
    };
    let app = server.core.update_app(&caller, &app, change).await?;
    Ok(Json(view::app(&app)))
}

async fn policy(
    State(server): State<Server>,
    Member(caller): Member,
) -> Result<Json<Value>, Problem> {
    let organization = server.core.organization(&caller).await?;
    Ok(Json(policy_of(&organization)))
}

async fn update_policy(
    State(server): State<Server>,
    Member(caller): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let organization = match Reader::new(&body).boolean("enforce_two_factor")? {
        Some(enforce) => server.core.enforce_two_factor(&caller, enforce).await?,
        None => server.core.organization(&caller).await?,
    };
    Ok(Json(policy_of(&organization)))
}

fn policy_of(organization: &Organization) -> Value {
    json!({ "enforce_two_factor": organization.enforce_two_factor })
}
