//! OAuth clients: who they are, and where they may send people.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use trunnel_model::secret::Secret;
use trunnel_store::playground::{self as store, Client};
use url::Url;
use url::form_urlencoded;

use super::error::OAuthError;
use crate::params::Params;
use crate::{Playground, minted};

const MAX_URI_LEN: usize = 2000;

/// Whether a client may be registered with this redirect URI. Plain http is fine
/// here: most clients of a playground are on somebody's desk.
pub(crate) fn check_redirect_uri(text: &str) -> Result<(), &'static str> {
    if text.len() > MAX_URI_LEN {
        return Err("it is longer than 2000 characters");
    }
    // The parser forgives spaces and line breaks, but the match is exact.
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it has characters that a URL cannot have");
    }
    let url = Url::parse(text).map_err(|_| "it is not an absolute URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it is neither http nor https");
    }
    if url.fragment().is_some() {
        return Err("it has a fragment");
    }
    Ok(())
}

/// The client that sends this request, proved by its secret in the body or in the
/// `Authorization` header, but not in both (RFC 6749, 2.3).
pub(crate) async fn authenticate(
    playground: &Playground,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Client, OAuthError> {
    let (id, secret) = credentials(headers, params)?;
    // The id goes to the database, and PostgreSQL has no text with a zero byte.
    if id.contains('\0') {
        return Err(OAuthError::InvalidClient);
    }
    let client = store::find_client(playground.db(), &id).await?;
    client
        .filter(|client| minted::same(&minted::hash(secret.expose()), &client.secret_hash))
        .ok_or(OAuthError::InvalidClient)
}

fn credentials(headers: &HeaderMap, params: &Params) -> Result<(String, Secret), OAuthError> {
    let in_body = params.get("client_id").zip(params.get("client_secret"));
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        let (id, secret) = in_body.ok_or(OAuthError::InvalidClient)?;
        return Ok((id.to_owned(), Secret::new(secret)));
    };
    if params.get("client_secret").is_some() {
        return Err(OAuthError::InvalidRequest(
            "the client is authenticated in two ways",
        ));
    }
    let (id, secret) = header
        .to_str()
        .ok()
        .and_then(basic)
        .ok_or(OAuthError::InvalidClient)?;
    if params.get("client_id").is_some_and(|named| named != id) {
        return Err(OAuthError::InvalidRequest("two clients are named"));
    }
    Ok((id, secret))
}

/// Id and secret of `Basic` credentials, each of which is encoded as in a form.
fn basic(header: &str) -> Option<(String, Secret)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decode(id)?, Secret::new(form_decode(secret)?)))
}

fn form_decode(text: &str) -> Option<String> {
    // An `&` or `=` would have been encoded; a text with one is not in this form.
    let encoded = format!("={text}");
    let mut pairs = form_urlencoded::parse(encoded.as_bytes());
    let decoded = pairs.next().map(|(_, value)| value.into_owned());
    decoded.filter(|_| pairs.next().is_none())
}
