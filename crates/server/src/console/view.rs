//! What the Console is shown of members and organizations.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use trunnel_core::{SignedIn, csrf_token};
use trunnel_model::app::App;
use trunnel_model::member::{Invitation, Member, Organization};

use super::cookie;
use crate::app::Server;
use crate::problem::Problem;
use crate::wire;

/// Everything the shell needs, of a visitor too.
pub(crate) async fn session(server: &Server, token: Option<&str>) -> Result<Value, Problem> {
    let view = server.core.console_session(token).await?;
    let signed_in = view.signed_in.as_ref();
    let permissions: Vec<_> = signed_in
        .map(|(who, _)| who.member.role.permissions())
        .into_iter()
        .flatten()
        .map(trunnel_model::role::Permission::as_str)
        .collect();
    let apps: Vec<_> = signed_in
        .map(|(_, apps)| apps.iter().map(app).collect())
        .unwrap_or_default();
    Ok(json!({
        "member": signed_in.map(|(who, _)| member(&who.member)),
        "csrf_token": signed_in.and(token).map(csrf_token),
        "organization": signed_in.map(|(who, _)| organization(&who.organization)),
        "apps": apps,
        "permissions": permissions,
        "two_factor_due": signed_in.is_some_and(|(who, _)| who.two_factor_due()),
        "setup_needed": view.setup_needed,
        "mail": server.core.mailer().is_some(),
        "sso": server.core.sso().map(|sso| json!({ "name": sso.name() })),
        "public_url": server.core.settings().instance.public_url.as_str().trim_end_matches('/'),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// The session that has just begun, with its cookie; or a visitor's, for whom a
/// password is not all that it takes.
pub(crate) async fn signed_in(
    server: &Server,
    begun: Option<&SignedIn>,
) -> Result<Response, Problem> {
    let Some(begun) = begun else {
        return Ok(Json(session(server, None).await?).into_response());
    };
    let session = session(server, Some(begun.token.expose())).await?;
    let cookie = cookie::set(&begun.token, &server.core.settings().instance.public_url);
    Ok(([(header::SET_COOKIE, cookie)], Json(session)).into_response())
}

/// There is nothing more to say.
pub(crate) fn done() -> Json<Value> {
    Json(json!({ "done": true }))
}

pub(crate) fn invitation(invitation: &Invitation) -> Value {
    json!({
        "id": invitation.id.as_str(),
        "email": invitation.email.as_str(),
        "name": invitation.name,
        "role": invitation.role.as_str(),
        "invited_by": invitation.invited_by,
        "created_at": wire::time(invitation.created_at),
        "expires_at": wire::time(invitation.expires_at),
    })
}

pub(crate) fn member(member: &Member) -> Value {
    json!({
        "id": member.id.as_str(),
        "email": member.email.as_str(),
        "name": member.name,
        "role": member.role.as_str(),
        "two_factor": member.two_factor,
        "locked_until": member.locked_until.map(wire::time),
        "last_sign_in_at": member.last_sign_in_at.map(wire::time),
        "created_at": wire::time(member.created_at),
    })
}

pub(crate) fn organization(organization: &Organization) -> Value {
    json!({
        "id": organization.id.as_str(),
        "name": organization.name,
        "created_at": wire::time(organization.created_at),
    })
}

pub(crate) fn app(app: &App) -> Value {
    json!({
        "id": app.id.as_str(),
        "name": app.name,
        "reveal_keys": app.reveal_keys,
        "created_at": wire::time(app.created_at),
    })
}
