//! Dynamic registration, RFC 7591: a developer's own client, without asking anyone.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use trunnel_store::playground::{self as store, Client};

use super::client::check_redirect_uri;
use super::error::{OAuthError, no_store};
use crate::body::{self, Body};
use crate::{MAX_MADE, Playground, minted};

const MAX_REDIRECT_URIS: usize = 10;

const BASIC: &str = "client_secret_basic";
const POST: &str = "client_secret_post";

/// `POST /playground/oauth/register`
pub(crate) async fn register(
    State(playground): State<Playground>,
    body: Body,
) -> Result<Response, OAuthError> {
    let metadata: Map<String, Value> = serde_json::from_slice(&body::read(body)?)
        .map_err(|_| OAuthError::InvalidClientMetadata("the body is not a JSON object"))?;
    let redirect_uris = redirect_uris(&metadata)?;
    let name = name(&metadata)?;
    let auth_method = auth_method(&metadata)?;
    let now = playground.now();
    let secret = minted::mint("pgs_", playground.chance());
    let client = Client {
        id: minted::id("playground-", now, playground.chance()),
        name,
        secret_hash: secret.hash.to_vec(),
        redirect_uris,
    };
    let answer = json!({
        "client_id": client.id,
        "client_secret": secret.text.expose(),
        "client_id_issued_at": now.as_seconds(),
        "client_secret_expires_at": 0,
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": auth_method,
    });
    playground
        .db()
        .write(move |tx| {
            Box::pin(async move {
                if store::count_clients(tx).await? >= MAX_MADE {
                    return Err(OAuthError::Full);
                }
                Ok(store::put_client(tx, &client, now).await?)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, no_store(), Json(answer)).into_response())
}

fn redirect_uris(metadata: &Map<String, Value>) -> Result<Vec<String>, OAuthError> {
    let uris = metadata
        .get("redirect_uris")
        .and_then(Value::as_array)
        .filter(|uris| (1..=MAX_REDIRECT_URIS).contains(&uris.len()))
        .ok_or(OAuthError::InvalidRedirectUri(
            "redirect_uris is a list of 1 to 10 URLs",
        ))?;
    uris.iter()
        .map(|uri| {
            let uri = uri.as_str().unwrap_or_default();
            check_redirect_uri(uri).map_err(OAuthError::InvalidRedirectUri)?;
            Ok(uri.to_owned())
        })
        .collect()
}

fn name(metadata: &Map<String, Value>) -> Result<String, OAuthError> {
    let name = match metadata.get("client_name") {
        None | Some(Value::Null) => "An unnamed app",
        Some(name) => name.as_str().map(str::trim).unwrap_or_default(),
    };
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(is_deceptive) {
        return Err(OAuthError::InvalidClientMetadata(
            "client_name is 1 to 100 characters on one line",
        ));
    }
    Ok(name.to_owned())
}

/// Characters that could make the consent page say something else than it does.
fn is_deceptive(character: char) -> bool {
    let marks = ['\u{200e}', '\u{200f}'];
    let overrides = '\u{2028}'..='\u{202e}';
    let isolates = '\u{2066}'..='\u{2069}';
    character.is_control()
        || marks.contains(&character)
        || overrides.contains(&character)
        || isolates.contains(&character)
}

fn auth_method(metadata: &Map<String, Value>) -> Result<&'static str, OAuthError> {
    match metadata
        .get("token_endpoint_auth_method")
        .map(Value::as_str)
    {
        None | Some(Some(BASIC)) => Ok(BASIC),
        Some(Some(POST)) => Ok(POST),
        Some(_) => Err(OAuthError::InvalidClientMetadata(
            "a client authenticates by client_secret_basic or client_secret_post",
        )),
    }
}
