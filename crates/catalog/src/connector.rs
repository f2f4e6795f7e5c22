//! A connector, read and checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderName;
use regex::Regex;
use serde_json::{Map, Value};
pub use trunnel_model::connection::AuthType;
use trunnel_model::http::Egress;
use trunnel_model::secret::Secret;
use url::Url;

use crate::action::Action;
use crate::auth::probe::Probe;
use crate::response::Failure;
use crate::source::BodyType;
use crate::template::Template;
use crate::template::json::JsonTemplate;
use crate::template::url::UrlTemplate;

/// Non-secret values of one connection, such as its region.
pub type Fields = Map<String, Value>;

/// Where this server is: as it reaches itself, and as the world does.
#[derive(Debug, Clone)]
pub struct Instance {
    pub url: Url,
    pub public_url: Url,
}

/// The developer's registration with a provider.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    pub id: String,
    pub secret: Option<Secret>,
}

/// What a customer's access is proved with, opened for one request.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    OAuth2 { access_token: &'a Secret },
    KeyBased(&'a BTreeMap<String, Secret>),
}

/// One third-party app.
#[derive(Debug)]
pub struct Connector {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub categories: Vec<String>,
    /// The provider's documentation.
    pub docs: String,
    pub fields: Vec<Field>,
    pub oauth2: Option<OAuth2>,
    pub keybased: Option<KeyBased>,
    /// Whether its calls go to this very server.
    pub instance: bool,
    pub(crate) base_url: UrlTemplate,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    /// How bodies are written where an action says nothing.
    pub(crate) body_type: BodyType,
    pub(crate) retry: Retry,
    pub(crate) failure: Option<Failure>,
    /// By id, `httprequest` included.
    pub(crate) actions: BTreeMap<String, Arc<Action>>,
    /// The file it was read from, for findings.
    pub(crate) file: String,
}

impl Connector {
    pub fn action(&self, id: &str) -> Option<&Arc<Action>> {
        self.actions.get(id)
    }

    /// Sorted by id.
    pub fn actions(&self) -> impl Iterator<Item = &Arc<Action>> {
        self.actions.values()
    }

    /// The one a customer is offered first comes first.
    pub fn auth_types(&self) -> Vec<AuthType> {
        let oauth2 = self.oauth2.as_ref().map(|_| AuthType::OAuth2);
        oauth2
            .into_iter()
            .chain(self.keybased.as_ref().map(|_| AuthType::KeyBased))
            .collect()
    }

    pub(crate) fn egress(&self) -> Egress {
        if self.instance {
            Egress::Instance
        } else {
            Egress::Public
        }
    }

    pub(crate) fn place(&self, auth_type: AuthType) -> Option<&Place> {
        match auth_type {
            AuthType::OAuth2 => self.oauth2.as_ref().map(|oauth2| &oauth2.place),
            AuthType::KeyBased => self.keybased.as_ref().map(|keybased| &keybased.place),
        }
    }

    pub(crate) fn expiry_statuses(&self, auth_type: AuthType) -> &[u16] {
        match auth_type {
            AuthType::OAuth2 => self.oauth2.as_ref().map(|o| o.expiry_statuses.as_slice()),
            AuthType::KeyBased => self.keybased.as_ref().map(|k| k.expiry_statuses.as_slice()),
        }
        .unwrap_or(&[401])
    }
}

/// A value of a connection that is not secret.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub help: Option<String>,
    pub example: Option<String>,
    pub required: bool,
    pub options: Vec<Choice>,
    /// Filled from a provider's answer, never asked for.
    pub automated: bool,
    pub(crate) pattern: Option<Regex>,
}

/// One of the values to pick from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Choice {
    pub name: String,
    pub value: String,
}

#[derive(Debug)]
pub struct OAuth2 {
    pub pkce: bool,
    pub mandatory_scopes: Vec<String>,
    pub optional_scopes: Vec<String>,
    /// The `iss` that the provider promises in the redirect (RFC 9207).
    pub issuer: Option<String>,
    /// Seconds that an access token lives when the answer does not say.
    pub default_lifetime: Option<i64>,
    pub expiry_statuses: Vec<u16>,
    pub identity: Option<Probe>,
    pub(crate) authorization_url: UrlTemplate,
    pub(crate) token_url: UrlTemplate,
    pub(crate) refresh_url: Option<UrlTemplate>,
    pub(crate) revocation_url: Option<UrlTemplate>,
    pub(crate) scope_separator: String,
    pub(crate) client_auth: ClientAuth,
    pub(crate) token_body: TokenBody,
    pub(crate) authorization_params: Vec<(String, Template)>,
    pub(crate) token_params: Vec<(String, Template)>,
    pub(crate) refresh_params: Vec<(String, Template)>,
    pub(crate) token_headers: Vec<(HeaderName, Template)>,
    pub(crate) token_answer: TokenPaths,
    /// Connection field -> path in the token answer.
    pub(crate) metadata: BTreeMap<String, String>,
    /// Connection field -> query parameter of the redirect.
    pub(crate) redirect_metadata: BTreeMap<String, String>,
    pub(crate) place: Place,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenBody {
    #[default]
    Form,
    Json,
}

/// Where the parts of a token answer are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenPaths {
    pub access_token: String,
    pub refresh_token: String,
    pub expires_in: String,
    pub scope: String,
}

impl Default for TokenPaths {
    fn default() -> Self {
        Self {
            access_token: "access_token".to_owned(),
            refresh_token: "refresh_token".to_owned(),
            expires_in: "expires_in".to_owned(),
            scope: "scope".to_owned(),
        }
    }
}

#[derive(Debug)]
pub struct KeyBased {
    pub fields: Vec<KeyField>,
    pub verify: Option<Probe>,
    /// Why there is no call that proves a key.
    pub unverified_reason: Option<String>,
    pub expiry_statuses: Vec<u16>,
    pub(crate) place: Place,
}

/// A value of a key-based credential.
#[derive(Debug)]
pub struct KeyField {
    pub name: String,
    pub label: String,
    pub kind: KeyFieldKind,
    pub required: bool,
    pub help: Option<String>,
    pub placeholder: Option<String>,
    pub options: Vec<Choice>,
    pub default: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyFieldKind {
    #[default]
    Text,
    Password,
    Number,
    Boolean,
    Select,
}

/// Where the credential goes in a call to the provider's API.
#[derive(Debug, Default)]
pub struct Place {
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) query: Vec<(String, Template)>,
    pub(crate) body: Vec<(String, JsonTemplate)>,
    pub(crate) basic: Option<(Template, Template)>,
}

impl Place {
    pub(crate) fn uses_secret(&self) -> bool {
        let texts = self.headers.iter().map(|(_, template)| template);
        let texts = texts.chain(self.query.iter().map(|(_, template)| template));
        let basic = self
            .basic
            .iter()
            .flat_map(|(username, password)| [username, password]);
        texts.chain(basic).any(Template::is_secret)
            || self
                .body
                .iter()
                .any(|(_, t)| t.references().iter().any(|r| r.is_secret()))
    }
}

/// Where a provider says how long to wait.
#[derive(Debug, Default)]
pub struct Retry {
    /// Headers with seconds or a date.
    pub(crate) after: Vec<String>,
    /// Headers with the moment, in seconds or milliseconds since 1970.
    pub(crate) reset_at: Vec<String>,
    /// The header that says how many calls are left.
    pub(crate) remaining: Option<String>,
}
