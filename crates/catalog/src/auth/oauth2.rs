//! The requests of OAuth 2.0: for consent, for tokens, for the end of them.

use http::Method;
use http::header::{ACCEPT, AUTHORIZATION};
use serde_json::{Map, Value};
use trunnel_model::http::{HttpRequest, Redirects};
use trunnel_model::secret::Secret;
use url::Url;

use super::discovery::RESOURCE_FIELD;
use crate::access::{Access, OAuthClient};
use crate::encode;
use crate::fault::BuildFault;
use crate::option::{
    AuthOption, ClientAuth, Method as Way, Scopes, TokenBody, TokenEndpoint, TokenMethod,
};
use crate::request::{JSON, secret_value, set_body, set_headers};
use crate::source::BodyType;
use crate::template::{Scope, Template};

/// What one consent is asked with.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    pub redirect_uri: &'a str,
    pub scopes: &'a [String],
    pub state: &'a str,
    /// S256; ignored for a provider that breaks on PKCE.
    pub code_challenge: Option<&'a str>,
}

/// What is exchanged for an access token.
#[derive(Debug, Clone, Copy)]
pub enum Grant<'a> {
    Code {
        code: &'a Secret,
        redirect_uri: &'a str,
        code_verifier: Option<&'a Secret>,
    },
    Refresh {
        refresh_token: &'a Secret,
    },
    /// RFC 8628.
    Device {
        device_code: &'a Secret,
    },
}

/// Which kind of token is to be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenHint {
    Access,
    Refresh,
}

/// The scopes to ask for: the mandatory ones, then those the developer picked or
/// typed, each once.
pub fn scopes_for(known: &Scopes, selected: &[String]) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in known.mandatory.iter().chain(selected) {
        let scope = scope.trim();
        if !scope.is_empty() && !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

/// Where the customer's browser goes to consent.
pub fn authorization_url(
    access: &Access<'_>,
    request: &AuthorizationRequest<'_>,
) -> Result<Url, BuildFault> {
    let oauth2 = access
        .option
        .oauth2()
        .ok_or(BuildFault::Unsupported("oauth2"))?;
    let client = client_of(access)?;
    let scope = access.scope();
    let mut params: Params = vec![
        ("response_type".to_owned(), "code".to_owned()),
        ("client_id".to_owned(), client.id.clone()),
        ("redirect_uri".to_owned(), request.redirect_uri.to_owned()),
    ];
    if !request.scopes.is_empty() {
        params.push((
            "scope".to_owned(),
            request.scopes.join(&oauth2.endpoint.scope_separator),
        ));
    }
    params.push(("state".to_owned(), request.state.to_owned()));
    params.extend(resource(access));
    if let Some(challenge) = request.code_challenge.filter(|_| oauth2.pkce) {
        params.push(("code_challenge".to_owned(), challenge.to_owned()));
        params.push(("code_challenge_method".to_owned(), "S256".to_owned()));
    }
    set_params(&mut params, &oauth2.authorization_params, &scope)?;
    params.retain(|(name, value)| !(value.is_empty() && oauth2.skip_empty.contains(name)));
    let mut url = oauth2.authorization_url.render(&scope)?;
    match &oauth2.authorization_fragment {
        None => encode::push_query_raw(&mut url, &params, &oauth2.raw_params),
        Some(path) => {
            // Written as the query that it is to the page, then moved behind the `#`.
            let mut written = url.clone();
            written.set_query(None);
            encode::push_query_raw(&mut written, &params, &oauth2.raw_params);
            let query = written.query().unwrap_or_default();
            url.set_fragment(Some(&format!("{path}?{query}")));
        }
    }
    Ok(url)
}

/// The request that turns a code or a refresh token into an access token.
pub fn token_request(access: &Access<'_>, grant: Grant<'_>) -> Result<HttpRequest, BuildFault> {
    let endpoint = endpoint_of(access.option)?;
    let scope = access.scope();
    let mut params = grant_params(access.option, grant);
    params.extend(resource(access));
    let (url, extra) = match grant {
        Grant::Code { .. } | Grant::Device { .. } => (&endpoint.token_url, &endpoint.params),
        Grant::Refresh { .. } => (
            endpoint.refresh_url.as_ref().unwrap_or(&endpoint.token_url),
            &endpoint.refresh_params,
        ),
    };
    set_params(&mut params, extra, &scope)?;
    let url = url.render(&scope)?;
    client_request(access, endpoint, &scope, url, params)
}

/// The request that ends a token (RFC 7009), where the provider has one and the
/// connection has what its URL needs.
pub fn revocation_request(
    access: &Access<'_>,
    token: &Secret,
    hint: TokenHint,
) -> Option<HttpRequest> {
    let endpoint = endpoint_of(access.option).ok()?;
    let scope = access.scope();
    let url = endpoint.revocation_url.as_ref()?.render(&scope).ok()?;
    let hint = match hint {
        TokenHint::Access => "access_token",
        TokenHint::Refresh => "refresh_token",
    };
    let params = vec![
        ("token".to_owned(), token.expose().to_owned()),
        ("token_type_hint".to_owned(), hint.to_owned()),
    ];
    client_request(access, endpoint, &scope, url, params).ok()
}

pub(crate) type Params = Vec<(String, String)>;

/// What the token is for (RFC 8707), where the server was found by its resource. A
/// server that serves several would hand out one that another accepts.
fn resource(access: &Access<'_>) -> Option<(String, String)> {
    let found = access.option.is_discovered();
    let resource = access.fields.get(RESOURCE_FIELD).filter(|_| found)?;
    Some(("resource".to_owned(), resource.as_str()?.to_owned()))
}

fn endpoint_of(option: &AuthOption) -> Result<&TokenEndpoint, BuildFault> {
    match &option.method {
        Way::OAuth2(oauth2) => Ok(&oauth2.endpoint),
        Way::Device(device) => Ok(&device.endpoint),
        _ => Err(BuildFault::Unsupported("oauth2")),
    }
}

fn client_of<'a>(access: &Access<'a>) -> Result<&'a OAuthClient, BuildFault> {
    access.credential.client.ok_or_else(|| BuildFault::Absent {
        name: "client_id".to_owned(),
    })
}

fn grant_params(option: &AuthOption, grant: Grant<'_>) -> Params {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match grant {
        Grant::Code {
            code,
            redirect_uri,
            code_verifier,
        } => {
            let mut params = vec![
                pair("grant_type", "authorization_code"),
                pair("code", code.expose()),
                pair("redirect_uri", redirect_uri),
            ];
            let pkce = option.oauth2().is_some_and(|oauth2| oauth2.pkce);
            let verifier = code_verifier.filter(|_| pkce);
            params.extend(verifier.map(|verifier| pair("code_verifier", verifier.expose())));
            params
        }
        Grant::Refresh { refresh_token } => vec![
            pair("grant_type", "refresh_token"),
            pair("refresh_token", refresh_token.expose()),
        ],
        Grant::Device { device_code } => vec![
            pair("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            pair("device_code", device_code.expose()),
        ],
    }
}

/// Adds the connector's own parameters; one with a standard name replaces it.
pub(crate) fn set_params(
    params: &mut Params,
    extra: &[(String, Template)],
    scope: &Scope<'_>,
) -> Result<(), BuildFault> {
    for (name, template) in extra {
        let Some(text) = scope.text(template)? else {
            continue;
        };
        match params.iter_mut().find(|(known, _)| known == name) {
            Some(param) => param.1 = text,
            None => params.push((name.clone(), text)),
        }
    }
    Ok(())
}

/// A request in which the developer's registration proves itself.
pub(crate) fn client_request(
    access: &Access<'_>,
    endpoint: &TokenEndpoint,
    scope: &Scope<'_>,
    url: Url,
    mut params: Params,
) -> Result<HttpRequest, BuildFault> {
    let client = client_of(access)?;
    let method = match endpoint.method {
        TokenMethod::Post => Method::POST,
        TokenMethod::Get => Method::GET,
    };
    let mut request = HttpRequest::new(method, url);
    request.egress = access.connector.egress();
    request.redirects = Redirects::Never;
    request.headers.insert(ACCEPT, JSON);
    set_headers(&mut request.headers, &endpoint.headers, scope)?;
    match (client.auth.unwrap_or(endpoint.client_auth), &client.secret) {
        (ClientAuth::Basic, Some(secret)) => {
            // RFC 6749 has both form-encoded before they are joined.
            let value = encode::basic(&form_text(&client.id), &form_text(secret.expose()));
            request.headers.insert(AUTHORIZATION, secret_value(&value)?);
        }
        (ClientAuth::Body, Some(secret)) => {
            params.push(("client_id".to_owned(), client.id.clone()));
            params.push(("client_secret".to_owned(), secret.expose().to_owned()));
        }
        (ClientAuth::None, _) | (_, None) => {
            params.push(("client_id".to_owned(), client.id.clone()));
        }
    }
    let body_type = match endpoint.body {
        TokenBody::Query => BodyType::None,
        _ if endpoint.method == TokenMethod::Get => BodyType::None,
        TokenBody::Form => BodyType::Form,
        TokenBody::Json => BodyType::Json,
    };
    if body_type == BodyType::None {
        encode::push_query(&mut request.url, &params);
        return Ok(request);
    }
    let body: Map<String, Value> = params
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    set_body(&mut request, Some(&Value::Object(body)), body_type);
    Ok(request)
}

fn form_text(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
