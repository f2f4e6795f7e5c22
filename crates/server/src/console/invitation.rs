//! Inviting somebody, and answering an invitation.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use trunnel_core::NewInvitation;
use trunnel_model::role::Permission;
use trunnel_model::secret::Secret;

use super::caller::{Address, Member};
use super::member::role;
use super::view::{self, done};
use crate::app::Server;
use crate::input::{Body, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/console/api/invitation";
    const LINK: &str = "/console/api/invitation-link/{token}";
    const WRITE: Access = Access::Member(Permission::MembersWrite);
    Routes::default()
        .get(Access::Member(Permission::MembersRead), ALL, list)
        .post(WRITE, ALL, invite)
        .delete(WRITE, "/console/api/invitation/{id}", withdraw)
        .get(Access::Public, LINK, look)
        .post(Access::Public, LINK, accept)
}

async fn list(
    State(server): State<Server>,
    Member(caller): Member,
) -> Result<Json<Value>, Problem> {
    let invitations = server.core.invitations(&caller).await?;
    let invitations: Vec<_> = invitations.iter().map(view::invitation).collect();
    Ok(Json(json!({ "invitations": invitations })))
}

async fn invite(
    State(server): State<Server>,
    Member(caller): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let reader = Reader::new(&body);
    let new = NewInvitation {
        email: reader.required("email")?,
        name: reader.text("name")?,
        role: role(&reader)?,
    };
    let invited = server.core.invite(&caller, new).await?;
    Ok(Json(json!({
        "invitation": view::invitation(&invited.invitation),
        "url": invited.url,
        "mailed": invited.mailed,
    })))
}

async fn withdraw(
    State(server): State<Server>,
    Member(caller): Member,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    server.core.withdraw_invitation(&caller, &id).await?;
    Ok(done())
}

async fn look(
    State(server): State<Server>,
    PathText(token): PathText,
) -> Result<Json<Value>, Problem> {
    let (invitation, organization) = server.core.invitation(&token).await?;
    Ok(Json(json!({
        "organization": organization.name,
        "email": invitation.email.as_str(),
        "name": invitation.name,
        "role": invitation.role.as_str(),
    })))
}

async fn accept(
    State(server): State<Server>,
    Address(address): Address,
    PathText(token): PathText,
    Body(body): Body,
) -> Result<Response, Problem> {
    server.core.note_attempt(address.as_deref())?;
    let reader = Reader::new(&body);
    let name = reader.required("name")?;
    let password = Secret::new(reader.required("password")?);
    let begun = server
        .core
        .accept_invitation(&token, &name, &password, address)
        .await?;
    view::signed_in(&server, Some(&begun)).await
}
