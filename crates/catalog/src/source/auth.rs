//! `auth` of `connector.yaml`, as it is written.

use serde::Deserialize;
use serde_json::{Map, Value};
use trunnel_model::connection::AuthType;

use super::{BasicFile, BodyType, ChoiceFile, FieldFile, PlaceFile, ProbeFile, Texts, yes};
use crate::option::{
    ClientAuth, GrantType, KeyEncoding, KeyFieldKind, LifetimeUnit, RefreshPolicy, Scopes,
    SignatureMethod, TokenBody, TokenMethod, TokenPaths,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    OAuth2,
    OAuth1,
    Device,
    Keys,
    None,
}

/// One way to connect. Which keys it may have depends on its kind; they are one
/// flat list so that a mistake is found in its line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionFile {
    pub kind: Option<Kind>,
    pub label: Option<String>,
    pub auth_type: Option<AuthType>,
    pub grant: Option<GrantType>,
    pub base_url: Option<String>,
    #[serde(default)]
    pub extra_fields: Vec<FieldFile>,
    #[serde(default)]
    pub headers: Texts,
    pub place: Option<PlaceFile>,
    pub identity: Option<ProbeFile>,
    pub verify: Option<ProbeFile>,
    pub unverified_reason: Option<String>,
    #[serde(default = "unauthorized")]
    pub expiry_statuses: Vec<u16>,
    #[serde(default)]
    pub refresh: RefreshPolicy,
    // Kinds in which the customer consents.
    pub discovery: Option<String>,
    pub registration_url: Option<String>,
    pub request_url: Option<String>,
    pub device_url: Option<String>,
    pub authorization_url: Option<String>,
    pub authorization_fragment: Option<String>,
    pub token_url: Option<String>,
    pub refresh_url: Option<String>,
    pub revocation_url: Option<String>,
    pub pkce: Option<bool>,
    pub scopes: Option<Scopes>,
    pub scope_separator: Option<String>,
    pub client_auth: Option<ClientAuth>,
    pub token_method: Option<TokenMethod>,
    pub token_body: Option<TokenBody>,
    pub code_param: Option<String>,
    pub signature_method: Option<SignatureMethod>,
    #[serde(default)]
    pub request_params: Texts,
    #[serde(default)]
    pub authorization_params: Texts,
    #[serde(default)]
    pub skip_empty: Vec<String>,
    #[serde(default)]
    pub raw_params: Vec<String>,
    #[serde(default)]
    pub token_params: Texts,
    #[serde(default)]
    pub refresh_params: Texts,
    #[serde(default)]
    pub token_headers: Texts,
    pub token_answer: Option<TokenPaths>,
    pub expires_in_unit: Option<LifetimeUnit>,
    #[serde(default)]
    pub metadata: Texts,
    #[serde(default)]
    pub redirect_metadata: Texts,
    pub issuer: Option<String>,
    pub default_lifetime: Option<i64>,
    // Keys.
    #[serde(default)]
    pub fields: Vec<KeyFieldFile>,
    pub exchange: Option<ExchangeFile>,
    pub token: Option<JwtFile>,
    pub sign: Option<SignFile>,
    pub certificate: Option<CertificateFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyFieldFile {
    pub name: String,
    pub label: Option<String>,
    #[serde(default, rename = "type")]
    pub kind: KeyFieldKind,
    #[serde(default = "yes")]
    pub required: bool,
    pub help: Option<String>,
    pub placeholder: Option<String>,
    pub example: Option<String>,
    pub pattern: Option<String>,
    #[serde(default)]
    pub options: Vec<ChoiceFile>,
    pub default: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeFile {
    #[serde(default = "post")]
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: Texts,
    #[serde(default)]
    pub query: Texts,
    pub basic: Option<BasicFile>,
    #[serde(default = "form")]
    pub body_type: BodyType,
    pub body: Option<Value>,
    #[serde(default)]
    pub answer: TokenPaths,
    #[serde(default)]
    pub expires_in_unit: LifetimeUnit,
    pub lifetime: Option<i64>,
    #[serde(default)]
    pub metadata: Texts,
    #[serde(default)]
    pub before: Vec<StepFile>,
    pub refresh: Option<StepFile>,
    pub assertion: Option<JwtFile>,
}

/// One request of an exchange.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepFile {
    #[serde(default = "post")]
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: Texts,
    #[serde(default)]
    pub query: Texts,
    pub basic: Option<BasicFile>,
    #[serde(default = "form")]
    pub body_type: BodyType,
    pub body: Option<Value>,
    #[serde(default)]
    pub keep: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JwtFile {
    pub algorithm: String,
    pub key: String,
    #[serde(default)]
    pub key_encoding: KeyEncoding,
    #[serde(default)]
    pub header: Map<String, Value>,
    #[serde(default)]
    pub claims: Map<String, Value>,
    #[serde(default = "five_minutes")]
    pub lifetime: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignFile {
    pub oauth1: Option<OAuth1SignFile>,
    pub aws_sigv4: Option<SigV4File>,
    pub wsse: Option<BasicFile>,
    pub duo: Option<DuoFile>,
    pub avanan: Option<AvananFile>,
    pub http_signature: Option<HttpSignatureFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OAuth1SignFile {
    #[serde(default)]
    pub method: SignatureMethod,
    pub consumer_key: String,
    pub consumer_secret: Option<String>,
    pub token: Option<String>,
    pub token_secret: Option<String>,
    pub private_key: Option<String>,
    pub realm: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SigV4File {
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
    pub region: String,
    pub service: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DuoFile {
    pub integration_key: String,
    pub secret_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AvananFile {
    pub app_id: String,
    pub secret_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpSignatureFile {
    pub key_id: String,
    pub private_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateFile {
    pub certificate: String,
    pub key: String,
}

fn post() -> String {
    "POST".to_owned()
}

fn form() -> BodyType {
    BodyType::Form
}

fn five_minutes() -> i64 {
    300
}

fn unauthorized() -> Vec<u16> {
    vec![401]
}
