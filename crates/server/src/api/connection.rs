//! Connecting and disconnecting one account.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};
use trunnel_core::{AccountCtx, Asked, Disconnect, METADATA, Target};
use trunnel_model::fault::{Fault, FaultCode};

use super::linked_account::answer;
use crate::app::Server;
use crate::caller::Account;
use crate::input::{Body, Params, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

pub(crate) fn routes() -> Routes {
    const BASE: &str = "/api/v2/public/linked-account/integration/oauth-url/{slug}";
    const KEYS: &str = "/api/v2/public/linked-account/integration/save-key-credentials/{slug}";
    const DEVICE: &str = "/api/v2/public/linked-account/integration/device/{slug}";
    const ONE: &str = "/api/v2/public/linked-account/integration/{slug}";
    Routes::default()
        .get(Access::Account, BASE, oauth_url)
        .put(Access::Account, KEYS, save_keys)
        .post(Access::Account, DEVICE, device)
        .delete(Access::Account, ONE, disconnect)
}

/// What the provider's URLs need beforehand, such as a subdomain, comes as query.
async fn oauth_url(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
    query: Params,
) -> Result<Json<Value>, Problem> {
    begin(&server, &caller, &slug, query).await.map(Json)
}

pub(super) async fn begin(
    server: &Server,
    caller: &AccountCtx,
    slug: &str,
    query: Params,
) -> Result<Value, Problem> {
    // The rest of the query names the account and the environment; the first is
    // read already and the second is the key's to say.
    const NOT_FIELDS: [&str; 6] = [
        "linked_account_id",
        "auth_type",
        "environment",
        "connection_id",
        "new_connection",
        "auth_config_id",
    ];
    let asked = asked(&query)?;
    let given: Map<String, Value> = query
        .0
        .into_iter()
        .filter(|(name, _)| !NOT_FIELDS.contains(&name.as_str()) && !is_metadata(name))
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    let begun = server
        .core
        .begin_oauth(caller, slug, &asked, &given)
        .await?;
    Ok(wire::begun(&begun))
}

/// How a flow stands that the customer finishes by typing a code at the provider.
async fn device(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let attempt = Reader::new(&body).text("device_attempt")?.ok_or_else(|| {
        Fault::bad_request(
            FaultCode::MissingRequiredField,
            "`device_attempt` is required",
        )
        .with("field", "device_attempt")
    })?;
    let progress = server.core.poll_device(&caller, &slug, &attempt).await?;
    Ok(Json(wire::device_progress(&progress)))
}

async fn save_keys(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(slug): PathText,
    params: Params,
    Body(mut body): Body,
) -> Result<Json<Value>, Problem> {
    let asked = asked_with(&params, &mut body)?;
    let connection = server.core.save_keys(&caller, &slug, asked, &body).await?;
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
    let which = Disconnect {
        auth_type: params.text("auth_type"),
        connection: params.text("connection_id"),
    };
    let view = server.core.disconnect(&caller, &slug, which).await?;
    answer(&server, &caller.ctx, &view).await
}

/// Which way to connect, and which connection it is for.
fn asked(params: &Params) -> Result<Asked, Fault> {
    let target = match (params.text("connection_id"), params.yes("new_connection")?) {
        (Some(_), true) => {
            return Err(Fault::field(
                "new_connection",
                "`connection_id` names a connection to renew; leave it out for a new one",
            ));
        }
        (Some(id), false) => Target::Connection(id),
        (None, true) => Target::New,
        (None, false) => Target::Default,
    };
    Ok(Asked {
        auth_type: params.text("auth_type"),
        target,
        metadata: metadata_of(params)?,
    })
}

/// The same, where the developer's own values may come in the body, which wins.
pub(super) fn asked_with(params: &Params, body: &mut Map<String, Value>) -> Result<Asked, Fault> {
    let mut asked = asked(params)?;
    if let Some(metadata) = Reader::new(body).object(METADATA)? {
        asked.metadata = Some(metadata.clone());
    }
    body.remove(METADATA);
    Ok(asked)
}

fn is_metadata(name: &str) -> bool {
    let rest = name.strip_prefix(METADATA);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

/// In a query they are one JSON object, or a parameter for each: `userDefinedFields[plan]`.
fn metadata_of(params: &Params) -> Result<Option<Map<String, Value>>, Fault> {
    let mut metadata = match params.text(METADATA) {
        None => None,
        Some(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(members)) => Some(members),
            _ => {
                return Err(Fault::field(
                    METADATA,
                    format!("`{METADATA}` must be a JSON object"),
                ));
            }
        },
    };
    for (name, value) in &params.0 {
        let key = name.strip_prefix(METADATA);
        let key = key.and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
        if let Some(key) = key {
            let members = metadata.get_or_insert_default();
            members.insert(key.to_owned(), Value::String(value.clone()));
        }
    }
    Ok(metadata)
}
