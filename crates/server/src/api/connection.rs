//! Connecting and disconnecting one account.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};
use trunnel_model::connection::AuthType;
use trunnel_model::fault::Fault;

use super::linked_account::answer;
use crate::app::Server;
use crate::caller::Account;
use crate::input::{Body, Params, PathText};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const BASE: &str = "/api/v2/public/linked-account/integration/oauth-url/{slug}";
    const KEYS: &str = "/api/v2/public/linked-account/integration/save-key-credentials/{slug}";
    const ONE: &str = "/api/v2/public/linked-account/integration/{slug}";
    Routes::default()
        .get(Access::Account, BASE, oauth_url)
        .put(Access::Account, KEYS, save_keys)
        .delete(Access::Account, ONE, disconnect)
}

/// What the provider's URLs need beforehand, such as a subdomain, comes as query.
async fn oauth_url(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
    Params(query): Params,
) -> Result<Json<Value>, Problem> {
    // The rest of the query names the account and the environment; the first is
    // read already and the second is the key's to say.
    const NOT_FIELDS: [&str; 3] = ["linked_account_id", "auth_type", "environment"];
    let given: Map<String, Value> = query
        .into_iter()
        .filter(|(name, _)| !NOT_FIELDS.contains(&name.as_str()))
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    let url = server.core.begin_oauth(&caller, &slug, &given).await?;
    Ok(Json(json!({ "auth_url": url.as_str() })))
}

async fn save_keys(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
    params: Params,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let auth_type = auth_type(&params)?;
    let connection = server
        .core
        .save_keys(&caller, &slug, auth_type, &body)
        .await?;
    Ok(Json(
        json!({ "success": true, "connection_id": connection.as_str() }),
    ))
}

async fn disconnect(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
    params: Params,
) -> Result<Response, Problem> {
    let view = server
        .core
        .disconnect(&caller, &slug, auth_type(&params)?)
        .await?;
    Ok(answer(&server, &caller.ctx, &view))
}

fn auth_type(params: &Params) -> Result<Option<AuthType>, Fault> {
    params
        .text("auth_type")
        .map(|text| {
            AuthType::parse(&text).map_err(|error| Fault::field("auth_type", error.to_string()))
        })
        .transpose()
}
