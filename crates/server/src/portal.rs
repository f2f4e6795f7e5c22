//! What the Connect portal's page asks beside the public API.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use trunnel_core::PortalView;
use trunnel_model::portal_setting::PortalSettings;

use crate::app::Server;
use crate::caller::Session;
use crate::input::{Body, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .post(Access::Public, "/connect/api/session", open)
        .get(Access::Session, "/connect/api/portal", portal)
}

/// The link's token is the credential; it is sent in the body, which no log and no
/// other site sees.
async fn open(
    State(server): State<Server>,
    Body(body): Body,
) -> Result<impl IntoResponse, Problem> {
    let token = Reader::new(&body).required("token")?;
    let opened = server.core.open_portal(&token).await?;
    let answer = json!({
        "session_token": opened.session_token,
        "expires_in": opened.expires_in_s,
        "portal": view(&opened.view),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

async fn portal(
    State(server): State<Server>,
    Session(caller): Session,
) -> Result<impl IntoResponse, Problem> {
    let answer = view(&server.core.portal(&caller).await?);
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

fn view(portal: &PortalView) -> Value {
    // It was an object when it was kept.
    let properties: Value = serde_json::from_str(&portal.properties).unwrap_or_default();
    json!({
        "app_id": portal.app.as_str(),
        "environment": portal.environment.name(),
        "organization": portal.organization,
        "account": { "account_id": portal.account.as_str(), "name": portal.account_name },
        "config_id": portal.config_id,
        "properties": properties,
        "settings": settings(&portal.settings),
    })
}

pub(crate) fn settings(settings: &PortalSettings) -> Value {
    json!({
        "theme": settings.theme.as_str(),
        "palette": settings.palette.as_str(),
        "navigation": settings.navigation.as_str(),
        "collection": settings.collection.as_str(),
        "show_organization": settings.show_organization,
        "show_linked_account": settings.show_linked_account,
        "remove_branding": settings.remove_branding,
        "connection_log": settings.connection_log,
        "redirect_url": settings.redirect_url,
        "terms_url": settings.terms_url,
        "privacy_url": settings.privacy_url,
        "allowed_origins": settings.allowed_origins,
    })
}
