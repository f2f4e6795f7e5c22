//! The ways in which a connector lets a customer connect.

mod consent;
mod keys;
mod sign;

use http::HeaderName;
use trunnel_model::connection::AuthType;

use crate::auth::probe::Probe;
use crate::connector::Field;
use crate::template::json::JsonTemplate;
use crate::template::url::UrlTemplate;
use crate::template::{Reference, Template};

pub use consent::{
    ClientAuth, Device, LifetimeUnit, OAuth1, OAuth2, OneOrMore, SignatureMethod, TokenBody,
    TokenEndpoint, TokenMethod, TokenPaths, TokenReading,
};
pub use keys::{
    Exchange, JwtTemplate, KeyEncoding, KeyField, KeyFieldKind, Keys, Step, StepRequest,
    TokenSource,
};
pub use sign::{CertificateTemplate, Sign};

/// One way to connect: how a credential comes about and how a call carries it.
#[derive(Debug)]
pub struct AuthOption {
    /// Unique within the connector.
    pub id: String,
    /// The family it belongs to in the public API.
    pub auth_type: AuthType,
    pub label: String,
    pub method: Method,
    /// Connection fields that only this way asks for.
    pub fields: Vec<Field>,
    /// A cheap call that tells whether a credential works and whose it is.
    pub probe: Option<Probe>,
    /// Why there is no such call.
    pub unverified_reason: Option<String>,
    /// Statuses of the API which mean that the credential is no longer accepted.
    pub expiry_statuses: Vec<u16>,
    pub refresh: RefreshPolicy,
    pub(crate) base_url: Option<UrlTemplate>,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) place: Place,
    pub(crate) sign: Option<Sign>,
    pub(crate) certificate: Option<CertificateTemplate>,
}

/// How a credential comes about.
#[derive(Debug)]
pub enum Method {
    /// The customer consents in the browser.
    OAuth2(Box<OAuth2>),
    /// The same in the older way, in which every call is signed.
    OAuth1(Box<OAuth1>),
    /// The customer types a short code on another device (RFC 8628).
    Device(Box<Device>),
    /// The customer types what the provider has given them.
    Keys(Keys),
    /// Nothing is asked for.
    None,
}

/// The wire's `grant_type` of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    ClientCredentials,
}

impl GrantType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

/// When a token is renewed, in seconds; what is absent is decided by its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshPolicy {
    /// So long before its end.
    pub margin: Option<i64>,
    /// When it was not renewed for so long, because an idle grant dies.
    pub keep_alive: Option<i64>,
}

impl AuthOption {
    pub fn oauth2(&self) -> Option<&OAuth2> {
        match &self.method {
            Method::OAuth2(oauth2) => Some(oauth2),
            _ => None,
        }
    }

    pub fn keys(&self) -> Option<&Keys> {
        match &self.method {
            Method::Keys(keys) => Some(keys),
            _ => None,
        }
    }

    pub fn oauth1(&self) -> Option<&OAuth1> {
        match &self.method {
            Method::OAuth1(oauth1) => Some(oauth1),
            _ => None,
        }
    }

    pub fn device(&self) -> Option<&Device> {
        match &self.method {
            Method::Device(device) => Some(device),
            _ => None,
        }
    }

    pub fn exchange(&self) -> Option<&Exchange> {
        match &self.keys()?.token {
            TokenSource::Exchange(exchange) => Some(exchange),
            _ => None,
        }
    }

    /// What the customer types.
    pub fn key_fields(&self) -> &[KeyField] {
        self.keys().map_or(&[], |keys| keys.fields.as_slice())
    }

    /// The scopes that may be asked for, where there are any.
    pub fn scopes(&self) -> Option<&Scopes> {
        match &self.method {
            Method::OAuth2(oauth2) => Some(&oauth2.scopes),
            Method::Device(device) => Some(&device.scopes),
            Method::OAuth1(_) | Method::Keys(_) | Method::None => None,
        }
    }

    /// The customer consents at the provider, to a client.
    pub fn asks_consent(&self) -> bool {
        matches!(
            self.method,
            Method::OAuth2(_) | Method::OAuth1(_) | Method::Device(_)
        )
    }

    /// The provider's servers are found out for each connection: with those that a
    /// customer names, no client of the developer's is shared.
    pub fn is_discovered(&self) -> bool {
        self.oauth2()
            .is_some_and(|oauth2| oauth2.discovery.is_some())
    }

    /// A client registers itself with the provider when there is no other.
    pub fn registers(&self) -> bool {
        let with_url = |oauth2: &OAuth2| oauth2.registration_url.is_some();
        self.is_discovered() || self.oauth2().is_some_and(with_url)
    }

    /// The developer may register a client of their own for it.
    pub fn takes_client(&self) -> bool {
        self.asks_consent() && !self.is_discovered()
    }

    /// The developer has to register a client of their own for it.
    pub fn needs_client(&self) -> bool {
        self.asks_consent() && !self.registers()
    }

    /// Whether its calls to the API say something of the developer's client.
    pub fn uses_client(&self) -> bool {
        let named = |template: &Template| template.references().any(Reference::is_client);
        self.oauth1().is_some()
            || self.place.texts().any(named)
            || self.headers.iter().any(|(_, template)| named(template))
    }

    /// How the wire names the grant of an option of the OAuth 2.0 family.
    pub fn grant_type(&self) -> Option<GrantType> {
        match &self.method {
            Method::OAuth2(_) => Some(GrantType::AuthorizationCode),
            Method::Keys(keys) => keys.grant,
            _ => None,
        }
    }
}

/// What may be asked for, and what always is.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scopes {
    pub mandatory: Vec<String>,
    pub optional: Vec<String>,
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
    /// Every template of it that is a text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Template> {
        let headers = self.headers.iter().map(|(_, template)| template);
        let query = self.query.iter().map(|(_, template)| template);
        let basic = self
            .basic
            .iter()
            .flat_map(|(username, password)| [username, password]);
        headers.chain(query).chain(basic)
    }

    /// The placeholders in it that are the credential.
    pub(crate) fn secrets(&self) -> Vec<&Reference> {
        let texts = self.texts().flat_map(Template::references);
        let body = self
            .body
            .iter()
            .flat_map(|(_, template)| template.references());
        texts
            .chain(body)
            .filter(|reference| reference.is_secret())
            .collect()
    }

    pub(crate) fn uses_secret(&self) -> bool {
        !self.secrets().is_empty()
    }
}
