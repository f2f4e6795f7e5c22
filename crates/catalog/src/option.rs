//! The ways in which a connector lets a customer connect.

use std::collections::BTreeMap;

use http::{HeaderName, Method as HttpMethod};
use regex::Regex;
use trunnel_model::connection::AuthType;

use crate::auth::probe::Probe;
use crate::connector::{Choice, Field};
use crate::source::BodyType;
use crate::template::json::JsonTemplate;
use crate::template::url::UrlTemplate;
use crate::template::{Reference, Template};

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
    pub(crate) device_url: UrlTemplate,
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

#[derive(Debug)]
pub struct Keys {
    pub fields: Vec<KeyField>,
    pub(crate) grant: Option<GrantType>,
    pub(crate) token: TokenSource,
}

/// Where the access token comes from that goes with typed values.
#[derive(Debug)]
pub enum TokenSource {
    /// There is none: the values are what is sent.
    None,
    /// The provider hands it out in exchange for the values.
    Exchange(Box<Exchange>),
    /// It is made here, for one call.
    Signed(JwtTemplate),
}

/// Typed values for a short-lived token.
#[derive(Debug)]
pub struct Exchange {
    /// Requests that come first; what is kept of their answers is `${step.…}`.
    pub(crate) before: Vec<Step>,
    pub(crate) request: StepRequest,
    pub(crate) refresh: Option<StepRequest>,
    pub(crate) assertion: Option<JwtTemplate>,
    pub(crate) answer: TokenReading,
}

#[derive(Debug)]
pub struct Step {
    pub(crate) request: StepRequest,
    /// Name -> path in the answer.
    pub(crate) keep: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct StepRequest {
    pub(crate) method: HttpMethod,
    pub(crate) url: UrlTemplate,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) query: Vec<(String, Template)>,
    pub(crate) basic: Option<(Template, Template)>,
    pub(crate) body_type: BodyType,
    pub(crate) body: Option<JsonTemplate>,
}

/// A JSON Web Token that is made here.
#[derive(Debug)]
pub struct JwtTemplate {
    pub(crate) algorithm: String,
    pub(crate) key: Template,
    pub(crate) key_encoding: KeyEncoding,
    pub(crate) header: Vec<(String, JsonTemplate)>,
    pub(crate) claims: Vec<(String, JsonTemplate)>,
    pub(crate) lifetime: i64,
}

/// How a symmetric key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyEncoding {
    #[default]
    Utf8,
    Hex,
    Base64,
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
    pub(crate) pattern: Option<Regex>,
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

/// How a finished request is signed.
#[derive(Debug)]
pub enum Sign {
    OAuth1 {
        signature: SignatureMethod,
        consumer_key: Template,
        consumer_secret: Option<Template>,
        token: Option<Template>,
        token_secret: Option<Template>,
        private_key: Option<Template>,
        realm: Option<Template>,
    },
    AwsSigV4 {
        access_key: Template,
        secret_key: Template,
        session_token: Option<Template>,
        region: Template,
        service: Template,
    },
    /// `X-WSSE` with a digest of the password.
    Wsse {
        username: Template,
        password: Template,
    },
    Duo {
        integration_key: Template,
        secret_key: Template,
    },
    Avanan {
        app_id: Template,
        secret_key: Template,
    },
    /// RFC 9421 with Ed25519.
    HttpSignature {
        key_id: Template,
        private_key: Template,
    },
}

/// The certificate by which this side proves itself in TLS, as PEM.
#[derive(Debug)]
pub struct CertificateTemplate {
    pub(crate) certificate: Template,
    pub(crate) key: Template,
}
