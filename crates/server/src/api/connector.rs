//! Connectors as the developer sets them up, per environment.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value};
use trunnel_core::SettingChange;
use trunnel_model::connector_setting::CredentialSource;
use trunnel_model::fault::Fault;
use trunnel_model::secret::Secret;

use crate::app::Server;
use crate::caller::Developer;
use crate::input::{Body, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

pub(crate) fn routes() -> Routes {
    const ONE: &str = "/api/v2/public/connector/{slug}";
    Routes::default()
        .get(Access::Developer, "/api/v2/public/connector", list)
        .get(Access::Developer, ONE, get)
        .put(Access::Developer, ONE, change)
}

async fn list(
    State(server): State<Server>,
    Developer(ctx): Developer,
) -> Result<Json<Value>, Problem> {
    let views = server.core.connectors(&ctx).await?;
    Ok(Json(
        views
            .iter()
            .map(|view| wire::connector(&ctx, view))
            .collect(),
    ))
}

async fn get(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(slug): PathText,
) -> Result<Json<Value>, Problem> {
    let view = server.core.connector_setting(&ctx, &slug).await?;
    Ok(Json(wire::connector(&ctx, &view)))
}

async fn change(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(slug): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let view = server
        .core
        .change_connector(&ctx, &slug, setting_change(&body)?)
        .await?;
    Ok(Json(wire::connector(&ctx, &view)))
}

fn setting_change(body: &Map<String, Value>) -> Result<SettingChange, Fault> {
    const FIELDS: [&str; 5] = [
        "enabled",
        "credential_source",
        "client_id",
        "client_secret",
        "scopes",
    ];
    if let Some(unknown) = body.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Fault::field(
            unknown,
            format!(
                "`{unknown}` is not a setting; the settings are {}",
                FIELDS.join(", ")
            ),
        ));
    }
    let reader = Reader::new(body);
    let source = reader
        .text("credential_source")?
        .map(|text| {
            CredentialSource::parse(&text)
                .map_err(|error| Fault::field("credential_source", error.to_string()))
        })
        .transpose()?;
    // The mask that is shown stands for "leave it as it is".
    let secret = reader
        .text("client_secret")?
        .filter(|text| text.chars().any(|c| c != '*'));
    Ok(SettingChange {
        enabled: reader.boolean("enabled")?,
        source,
        client_id: reader.text("client_id")?,
        client_secret: secret.map(Secret::new),
        scopes: reader.texts("scopes")?,
    })
}
