//! The requests of OAuth 2.0: for consent, for tokens, for the end of them.

use http::Method;
use http::header::{ACCEPT, AUTHORIZATION};
use serde_json::{Map, Value};
use trunnel_model::http::{HttpRequest, Redirects};
use trunnel_model::secret::Secret;
use url::Url;

use crate::connector::{ClientAuth, Connector, Fields, Instance, OAuth2, OAuthClient, TokenBody};
use crate::encode;
use crate::fault::BuildFault;
use crate::request::{JSON, secret_value, set_body, set_headers};
use crate::source::BodyType;
use crate::template::{Scope, Template};

/// What one consent is asked with.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    pub client_id: &'a str,
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
        scopes: Option<&'a [String]>,
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
pub fn scopes_for(oauth2: &OAuth2, selected: &[String]) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in oauth2.mandatory_scopes.iter().chain(selected) {
        let scope = scope.trim();
        if !scope.is_empty() && !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

/// Where the customer's browser goes to consent.
pub fn authorization_url(
    connector: &Connector,
    instance: &Instance,
    fields: &Fields,
    request: &AuthorizationRequest<'_>,
) -> Result<Url, BuildFault> {
    let oauth2 = oauth2_of(connector)?;
    let scope = Scope::new(instance, fields).with_client_id(request.client_id);
    let mut params: Params = vec![
        ("response_type".to_owned(), "code".to_owned()),
        ("client_id".to_owned(), request.client_id.to_owned()),
        ("redirect_uri".to_owned(), request.redirect_uri.to_owned()),
    ];
    if !request.scopes.is_empty() {
        params.push((
            "scope".to_owned(),
            request.scopes.join(&oauth2.scope_separator),
        ));
    }
    params.push(("state".to_owned(), request.state.to_owned()));
    if let Some(challenge) = request.code_challenge.filter(|_| oauth2.pkce) {
        params.push(("code_challenge".to_owned(), challenge.to_owned()));
        params.push(("code_challenge_method".to_owned(), "S256".to_owned()));
    }
    set_params(&mut params, &oauth2.authorization_params, &scope)?;
    let mut url = oauth2.authorization_url.render(&scope)?;
    encode::push_query(&mut url, &params);
    Ok(url)
}

/// The request that turns a code or a refresh token into an access token.
pub fn token_request(
    connector: &Connector,
    instance: &Instance,
    fields: &Fields,
    client: &OAuthClient,
    grant: Grant<'_>,
) -> Result<HttpRequest, BuildFault> {
    let oauth2 = oauth2_of(connector)?;
    let scope = Scope::new(instance, fields).with_client_id(&client.id);
    let mut params = grant_params(oauth2, grant);
    let (url, extra) = match grant {
        Grant::Code { .. } => (&oauth2.token_url, &oauth2.token_params),
        Grant::Refresh { .. } => (
            oauth2.refresh_url.as_ref().unwrap_or(&oauth2.token_url),
            &oauth2.refresh_params,
        ),
    };
    set_params(&mut params, extra, &scope)?;
    let url = url.render(&scope)?;
    client_request(connector, client, &scope, url, params)
}

/// The request that ends a token (RFC 7009), where the provider has one and the
/// connection has what its URL needs.
pub fn revocation_request(
    connector: &Connector,
    instance: &Instance,
    fields: &Fields,
    client: &OAuthClient,
    token: &Secret,
    hint: TokenHint,
) -> Option<HttpRequest> {
    let oauth2 = oauth2_of(connector).ok()?;
    let scope = Scope::new(instance, fields).with_client_id(&client.id);
    let url = oauth2.revocation_url.as_ref()?.render(&scope).ok()?;
    let hint = match hint {
        TokenHint::Access => "access_token",
        TokenHint::Refresh => "refresh_token",
    };
    let params = vec![
        ("token".to_owned(), token.expose().to_owned()),
        ("token_type_hint".to_owned(), hint.to_owned()),
    ];
    client_request(connector, client, &scope, url, params).ok()
}

type Params = Vec<(String, String)>;

fn oauth2_of(connector: &Connector) -> Result<&OAuth2, BuildFault> {
    connector
        .oauth2
        .as_ref()
        .ok_or(BuildFault::Unsupported("oauth2"))
}

fn grant_params(oauth2: &OAuth2, grant: Grant<'_>) -> Params {
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
            let verifier = code_verifier.filter(|_| oauth2.pkce);
            params.extend(verifier.map(|verifier| pair("code_verifier", verifier.expose())));
            params
        }
        Grant::Refresh {
            refresh_token,
            scopes,
        } => {
            let mut params = vec![
                pair("grant_type", "refresh_token"),
                pair("refresh_token", refresh_token.expose()),
            ];
            let scopes = scopes.filter(|scopes| !scopes.is_empty());
            params.extend(scopes.map(|s| pair("scope", &s.join(&oauth2.scope_separator))));
            params
        }
    }
}

/// Adds the connector's own parameters; one with a standard name replaces it.
fn set_params(
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

/// A POST in which the developer's registration proves itself.
fn client_request(
    connector: &Connector,
    client: &OAuthClient,
    scope: &Scope<'_>,
    url: Url,
    mut params: Params,
) -> Result<HttpRequest, BuildFault> {
    let oauth2 = oauth2_of(connector)?;
    let mut request = HttpRequest::new(Method::POST, url);
    request.egress = connector.egress();
    request.redirects = Redirects::Never;
    request.headers.insert(ACCEPT, JSON);
    set_headers(&mut request.headers, &oauth2.token_headers, scope)?;
    match (oauth2.client_auth, &client.secret) {
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
    let body: Map<String, Value> = params
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    let body_type = match oauth2.token_body {
        TokenBody::Form => BodyType::Form,
        TokenBody::Json => BodyType::Json,
    };
    set_body(&mut request, Some(&Value::Object(body)), body_type);
    Ok(request)
}

fn form_text(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
