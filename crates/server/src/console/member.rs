//! The organization's members.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use trunnel_model::fault::Fault;
use trunnel_model::role::{Permission, Role};
use trunnel_model::secret::Secret;

use super::caller::{Address, Member};
use super::view::{self, done};
use crate::app::Server;
use crate::input::{Body, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const ONE: &str = "/console/api/member/{id}";
    const WRITE: Access = Access::Member(Permission::MembersWrite);
    Routes::default()
        .get(
            Access::Member(Permission::MembersRead),
            "/console/api/member",
            list,
        )
        .patch(WRITE, ONE, change)
        .delete(WRITE, ONE, remove)
        .post(WRITE, "/console/api/member/{id}/unlock", unlock)
        .post(WRITE, "/console/api/member/{id}/reset-link", reset_link)
        .post(
            Access::Public,
            "/console/api/reset-link/{token}",
            use_reset_link,
        )
}

async fn list(
    State(server): State<Server>,
    Member(caller): Member,
) -> Result<Json<Value>, Problem> {
    let members = server.core.members(&caller).await?;
    let members: Vec<_> = members.iter().map(view::member).collect();
    Ok(Json(json!({ "members": members })))
}

async fn change(
    State(server): State<Server>,
    Member(caller): Member,
    PathText(id): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let role = role(&Reader::new(&body))?;
    let member = server.core.change_role(&caller, &id, role).await?;
    Ok(Json(view::member(&member)))
}

async fn remove(
    State(server): State<Server>,
    Member(caller): Member,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    server.core.remove_member(&caller, &id).await?;
    Ok(done())
}

async fn unlock(
    State(server): State<Server>,
    Member(caller): Member,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    let member = server.core.unlock_member(&caller, &id).await?;
    Ok(Json(view::member(&member)))
}

async fn reset_link(
    State(server): State<Server>,
    Member(caller): Member,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    let url = server.core.reset_link(&caller, &id).await?;
    Ok(Json(json!({ "url": url })))
}

async fn use_reset_link(
    State(server): State<Server>,
    Address(address): Address,
    PathText(token): PathText,
    Body(body): Body,
) -> Result<Response, Problem> {
    server.core.note_attempt(address.as_deref())?;
    let password = Secret::new(Reader::new(&body).required("password")?);
    let begun = server
        .core
        .use_reset_link(&token, &password, address)
        .await?;
    view::signed_in(&server, begun.as_ref()).await
}

/// The role that a body names.
pub(super) fn role(reader: &Reader<'_>) -> Result<Role, Fault> {
    let text = reader.required("role")?;
    Role::parse(&text).map_err(|error| Fault::field("role", format!("`role` must be {error}")))
}
