//! The ways in which a customer consents, and where tokens come from then.

use std::collections::BTreeMap;

use http::HeaderName;

use super::Scopes;
use crate::template::Template;
use crate::template::url::UrlTemplate;

/// The authorization code flow.
#[derive(Debug)]
pub struct OAuth2 {
    pub pkce: bool,
    pub scopes: Scopes,
    /// The `iss` that the provider promises in the redirect (RFC 9207).
    pub issuer: Option<String>,
    /// The query parameter of the redirect that carries the code.
    pub code_param: String,
    pub(crate) discovery: Option<UrlTemplate>,
    pub(crate) registration_url: Option<UrlTemplate>,
    pub(crate) authorization_url: UrlTemplate,
    /// Of a page that reads its own address behind the `#`; the parameters follow there.
    pub(crate) authorization_fragment: Option<String>,
    pub(crate) authorization_params: Vec<(String, Template)>,
    pub(crate) skip_empty: Vec<String>,
    pub(crate) raw_params: Vec<String>,
    /// Connection field -> query parameter of the redirect.
    pub(crate) redirect_metadata: BTreeMap<String, String>,
    pub endpoint: TokenEndpoint,
}

/// The device flow.
#[derive(Debug)]
pub struct Device {
    pub scopes: Scopes,
    pub(crate) authorization_url: UrlTemplate,
    pub(crate) endpoint: TokenEndpoint,
}

/// Where and how a provider hands out tokens for grants.
#[derive(Debug)]
pub struct TokenEndpoint {
    pub(crate) token_url: UrlTemplate,
    pub(crate) refresh_url: Option<UrlTemplate>,
    pub(crate) revocation_url: Option<UrlTemplate>,
    pub(crate) scope_separator: String,
    pub client_auth: ClientAuth,
    pub(crate) method: TokenMethod,
    pub(crate) body: TokenBody,
    pub(crate) params: Vec<(String, Template)>,
    pub(crate) refresh_params: Vec<(String, Template)>,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) answer: TokenReading,
}

/// How the answer of a token endpoint is read.
#[derive(Debug)]
pub struct TokenReading {
    pub(crate) paths: TokenPaths,
    pub(crate) unit: LifetimeUnit,
    /// Seconds that a token lives when the answer does not say.
    pub(crate) default_lifetime: Option<i64>,
    /// Connection field -> path in the answer.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// How the developer's registration is proved to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    #[default]
    Body,
    Basic,
    None,
}

impl ClientAuth {
    /// As servers' metadata and registrations call it.
    pub const fn wire_name(self) -> &'static str {
        match self {
            Self::Body => "client_secret_post",
            Self::Basic => "client_secret_basic",
            Self::None => "none",
        }
    }

    /// # Errors
    /// Nothing for the ways that are not known here.
    pub fn of_name(name: &str) -> Option<Self> {
        let all = [Self::Body, Self::Basic, Self::None];
        all.into_iter().find(|known| known.wire_name() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TokenMethod {
    #[default]
    Post,
    Get,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenBody {
    #[default]
    Form,
    Json,
    Query,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LifetimeUnit {
    #[default]
    Seconds,
    Milliseconds,
}

/// Where the parts of a token answer are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenPaths {
    /// The first that leads to a text counts; `""` is the whole body as a text.
    pub access_token: OneOrMore,
    pub refresh_token: String,
    pub expires_in: String,
    /// A moment instead of a lifetime: a date, or seconds or milliseconds since 1970.
    pub expires_at: Option<String>,
    pub scope: String,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

impl Default for TokenPaths {
    fn default() -> Self {
        Self {
            access_token: OneOrMore::One("access_token".to_owned()),
            refresh_token: "refresh_token".to_owned(),
            expires_in: "expires_in".to_owned(),
            expires_at: None,
            scope: "scope".to_owned(),
        }
    }
}

/// OAuth 1.0a in three steps; the developer's client is consumer key and secret.
#[derive(Debug)]
pub struct OAuth1 {
    pub(crate) request_url: UrlTemplate,
    pub(crate) authorization_url: UrlTemplate,
    pub(crate) token_url: UrlTemplate,
    pub(crate) signature: SignatureMethod,
    pub(crate) request_params: Vec<(String, Template)>,
    pub(crate) authorization_params: Vec<(String, Template)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
pub enum SignatureMethod {
    #[default]
    #[serde(rename = "HMAC-SHA1")]
    HmacSha1,
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
    #[serde(rename = "RSA-SHA1")]
    RsaSha1,
    #[serde(rename = "PLAINTEXT")]
    Plaintext,
}
