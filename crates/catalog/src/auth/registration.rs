//! Registering a client of one's own (RFC 7591).

use http::Method;
use http::header::ACCEPT;
use serde_json::json;
use trunnel_model::http::{HttpAnswer, HttpRequest, Redirects};
use trunnel_model::secret::Secret;
use url::Url;

use super::token::{TokenFault, body, fault, is_success, text_at};
use crate::access::{Access, OAuthClient};
use crate::fault::BuildFault;
use crate::option::ClientAuth;
use crate::path::{dig, plain_text};
use crate::request::{JSON, set_body};
use crate::source::BodyType;

/// What a client is registered with.
#[derive(Debug, Clone, Copy)]
pub struct Registration<'a> {
    pub client_name: &'a str,
    pub redirect_uri: &'a str,
    pub scopes: &'a [String],
    pub client_auth: ClientAuth,
}

/// A client that a server has just made.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    pub client: OAuthClient,
    /// When its secret ends, in seconds since 1970.
    pub secret_expires_at: Option<i64>,
}

/// Where clients of this option are registered, where that is known.
pub fn registration_url(access: &Access<'_>) -> Result<Option<Url>, BuildFault> {
    let template = access
        .option
        .oauth2()
        .and_then(|way| way.registration_url.as_ref());
    template
        .map(|template| template.render(&access.scope()))
        .transpose()
}

pub fn registration_request(
    access: &Access<'_>,
    url: Url,
    registration: &Registration<'_>,
) -> HttpRequest {
    let mut body = json!({
        "client_name": registration.client_name,
        "redirect_uris": [registration.redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": registration.client_auth.wire_name(),
    });
    if !registration.scopes.is_empty() {
        body["scope"] = json!(registration.scopes.join(" "));
    }
    let mut request = HttpRequest::new(Method::POST, url);
    request.egress = access.connector.egress();
    request.redirects = Redirects::Never;
    request.headers.insert(ACCEPT, JSON);
    set_body(&mut request, Some(&body), BodyType::Json);
    request
}

/// Reads the answer to a registration. The server may register the client in another
/// way than it was asked for, and says so.
pub fn read_registration(
    asked: ClientAuth,
    answer: &HttpAnswer,
) -> Result<RegisteredClient, TokenFault> {
    let body = body(answer);
    let id = text_at(&body, "client_id").filter(|_| is_success(answer));
    let Some(id) = id else {
        return Err(fault(answer, &body));
    };
    let told = text_at(&body, "token_endpoint_auth_method");
    let auth = told
        .and_then(|name| ClientAuth::of_name(&name))
        .unwrap_or(asked);
    let secret_expires_at = dig(&body, "client_secret_expires_at")
        .and_then(plain_text)
        .and_then(|text| text.parse().ok())
        .filter(|seconds| *seconds > 0);
    Ok(RegisteredClient {
        client: OAuthClient {
            id,
            secret: text_at(&body, "client_secret").map(Secret::new),
            auth: Some(auth),
        },
        secret_expires_at,
    })
}
