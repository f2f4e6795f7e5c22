//! Finding out where a server lets customers consent: RFC 9728 and RFC 8414.
//!
//! The customer types the server's address, so nothing that is found is trusted
//! further than its own server: metadata speaks only for the issuer it was fetched
//! for, and a client is registered with each issuer anew.

use http::header::ACCEPT;
use http::{HeaderValue, Method};
use serde_json::Value;
use trunnel_model::http::{HttpAnswer, HttpRequest, Redirects};
use url::Url;

use super::token::{body, is_success, text_at};
use crate::access::Access;
use crate::connector::Fields;
use crate::fault::BuildFault;
use crate::option::ClientAuth;

/// The connection field with the resource that tokens are asked for.
pub(crate) const RESOURCE_FIELD: &str = "oauth_resource";

/// What a protected resource says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceMetadata {
    pub resource: Url,
    pub issuer: Url,
    pub scopes: Vec<String>,
}

/// What an authorization server says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerMetadata {
    pub issuer: String,
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub registration_endpoint: Option<Url>,
    /// How a client may prove itself; nothing when the server does not say.
    pub client_auth: Vec<ClientAuth>,
    /// It says in the redirect who it is (RFC 9207).
    pub names_itself: bool,
}

impl ServerMetadata {
    /// The connection fields that discovery fills.
    pub fn fields(&self, resource: &Url) -> Fields {
        let found = [
            ("authorization_endpoint", Some(&self.authorization_endpoint)),
            ("token_endpoint", Some(&self.token_endpoint)),
            ("registration_endpoint", self.registration_endpoint.as_ref()),
            (RESOURCE_FIELD, Some(resource)),
        ];
        found
            .into_iter()
            .filter_map(|(name, url)| Some((name.to_owned(), url?.as_str().into())))
            .collect()
    }
}

/// Why metadata is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataFault {
    #[error("there is no metadata in the answer")]
    None,
    #[error("the metadata is another server's")]
    OtherServer,
    #[error("the metadata lacks an endpoint, or has one that is no address")]
    Endpoints,
    #[error("the server does not support PKCE with S256")]
    Pkce,
}

/// The server whose metadata is looked for, for options that discover it.
pub fn discovery_url(access: &Access<'_>) -> Result<Option<Url>, BuildFault> {
    let template = access
        .option
        .oauth2()
        .and_then(|way| way.discovery.as_ref());
    let Some(template) = template else {
        return Ok(None);
    };
    let mut url = template.render(&access.scope())?;
    url.set_fragment(None);
    Ok(Some(url))
}

/// Asks for a page of the server without any credential.
pub fn open_request(access: &Access<'_>, url: Url) -> HttpRequest {
    let mut request = HttpRequest::new(Method::GET, url);
    request.egress = access.connector.egress();
    request.redirects = Redirects::SameOrigin;
    let accept = HeaderValue::from_static("application/json, text/event-stream");
    request.headers.insert(ACCEPT, accept);
    request
}

/// Where the server's refusal says that its metadata is.
pub fn challenged_url(answer: &HttpAnswer) -> Option<Url> {
    let all = answer.headers.get_all("www-authenticate");
    let mut values = all.iter().filter_map(|value| value.to_str().ok());
    values.find_map(|value| {
        let (_, rest) = value.split_once("resource_metadata=")?;
        let text = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => rest.split([',', ' ']).next()?,
        };
        text.parse().ok()
    })
}

/// Where a resource's metadata may be, the likeliest first.
pub fn resource_metadata_urls(resource: &Url) -> Vec<Url> {
    well_known(resource, "oauth-protected-resource")
}

/// Where an issuer's metadata may be, the likeliest first.
pub fn server_metadata_urls(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let mut urls = Vec::new();
    for name in ["oauth-authorization-server", "openid-configuration"] {
        urls.push(inserted(issuer, name));
    }
    if !path.is_empty() {
        urls.push(at(
            issuer,
            &format!("{path}/.well-known/openid-configuration"),
        ));
    }
    urls
}

fn inserted(url: &Url, name: &str) -> Url {
    let path = url.path().trim_end_matches('/');
    at(url, &format!("/.well-known/{name}{path}"))
}

/// With the path behind it, then without.
fn well_known(url: &Url, name: &str) -> Vec<Url> {
    let mut urls = vec![inserted(url, name)];
    let root = at(url, &format!("/.well-known/{name}"));
    if !urls.contains(&root) {
        urls.push(root);
    }
    urls
}

fn at(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    url.set_path(path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// Reads a resource's metadata. It must be about this resource: about the server it
/// was asked of, and a part of it that the resource lies in.
pub fn read_resource_metadata(
    resource: &Url,
    answer: &HttpAnswer,
) -> Result<ResourceMetadata, MetadataFault> {
    let body = object(answer)?;
    let named: Url = text_at(&body, "resource")
        .and_then(|text| text.parse().ok())
        .ok_or(MetadataFault::None)?;
    let within = resource
        .path()
        .starts_with(named.path().trim_end_matches('/'));
    if named.origin() != resource.origin() || !within {
        return Err(MetadataFault::OtherServer);
    }
    let issuer = body["authorization_servers"]
        .as_array()
        .and_then(|servers| servers.first())
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok())
        .ok_or(MetadataFault::Endpoints)?;
    Ok(ResourceMetadata {
        resource: named,
        issuer,
        scopes: texts(&body["scopes_supported"]),
    })
}

/// Reads an issuer's metadata, which must name that issuer (RFC 8414, 3.3).
pub fn read_server_metadata(
    issuer: &Url,
    answer: &HttpAnswer,
) -> Result<ServerMetadata, MetadataFault> {
    let body = object(answer)?;
    let named = text_at(&body, "issuer").ok_or(MetadataFault::None)?;
    if named.trim_end_matches('/') != issuer.as_str().trim_end_matches('/') {
        return Err(MetadataFault::OtherServer);
    }
    let endpoint = |name: &str| -> Option<Url> {
        let url: Url = text_at(&body, name)?.parse().ok()?;
        matches!(url.scheme(), "https" | "http").then_some(url)
    };
    let methods = texts(&body["code_challenge_methods_supported"]);
    if !methods.is_empty() && !methods.iter().any(|method| method == "S256") {
        return Err(MetadataFault::Pkce);
    }
    let client_auth = texts(&body["token_endpoint_auth_methods_supported"]);
    Ok(ServerMetadata {
        issuer: named,
        authorization_endpoint: endpoint("authorization_endpoint")
            .ok_or(MetadataFault::Endpoints)?,
        token_endpoint: endpoint("token_endpoint").ok_or(MetadataFault::Endpoints)?,
        registration_endpoint: endpoint("registration_endpoint"),
        client_auth: client_auth
            .iter()
            .filter_map(|name| ClientAuth::of_name(name))
            .collect(),
        names_itself: body["authorization_response_iss_parameter_supported"] == Value::Bool(true),
    })
}

fn object(answer: &HttpAnswer) -> Result<Value, MetadataFault> {
    let body = body(answer);
    let found = is_success(answer) && body.is_object();
    found.then_some(body).ok_or(MetadataFault::None)
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .filter_map(Value::as_str)
        .take(100)
        .map(str::to_owned)
        .collect()
}
