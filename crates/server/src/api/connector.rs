//! Connectors as the developer sets them up, per environment.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value};
use trunnel_core::{SecretChange, SettingChange};
use trunnel_model::connector_setting::CredentialSource;
use trunnel_model::fault::Fault;
use trunnel_model::secret::Secret;
use trunnel_model::text::AccountId;

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
    const FIELDS: [&str; 8] = [
        "enabled",
        "credential_source",
        "client_id",
        "client_secret",
        "scopes",
        "fields",
        "webhook_secret",
        "linked_account_id",
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
    let (webhook_secret, webhook_account) = webhook_secret(body)?;
    Ok(SettingChange {
        enabled: reader.boolean("enabled")?,
        source,
        client_id: reader.text("client_id")?,
        client_secret: secret.map(Secret::new),
        scopes: reader.texts("scopes")?,
        fields: reader.object("fields")?.cloned(),
        webhook_secret,
        webhook_account,
    })
}

/// `null` ends every secret at once; so much of it that is a mask is left as it is. The
/// account says whose own address it is for.
fn webhook_secret(
    body: &Map<String, Value>,
) -> Result<(Option<SecretChange>, Option<AccountId>), Fault> {
    const NAME: &str = "webhook_secret";
    const ACCOUNT: &str = "linked_account_id";
    let reader = Reader::new(body);
    let set = reader.text(NAME)?;
    let change = match (body.get(NAME), set) {
        (Some(Value::Null), _) => Some(SecretChange::Remove),
        (_, Some(text)) if text.is_empty() || text.chars().any(|c| c != '*') => {
            Some(SecretChange::Set(Secret::new(text)))
        }
        _ => None,
    };
    let account = reader.id(ACCOUNT)?;
    if account.is_some() && change.is_none() {
        let message = format!("`{ACCOUNT}` goes with a `{NAME}` for that account's own address");
        return Err(Fault::field(ACCOUNT, message));
    }
    let account = account.map(|text| AccountId::parse(&text)).transpose();
    let account =
        account.map_err(|error| Fault::field(ACCOUNT, format!("`{ACCOUNT}` has {error}")))?;
    Ok((change, account))
}
