//! The files as they are written, before anything in them is understood.
//!
//! `catalog/schema/` describes the same for editors; a test holds the two together.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use trunnel_model::connection::AuthType;

use crate::connector::{Choice, RateLimit};
use crate::option::{
    ClientAuth, GrantType, KeyEncoding, KeyFieldKind, LifetimeUnit, RefreshPolicy, Scopes,
    SignatureMethod, TokenBody, TokenMethod, TokenPaths,
};

type Texts = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectorFile {
    pub slug: String,
    pub name: String,
    pub description: String,
    #[serde(default)]
    pub categories: Vec<String>,
    pub docs: String,
    pub base_url: String,
    #[serde(default)]
    pub headers: Texts,
    #[serde(default)]
    pub body_type: BodyType,
    #[serde(default)]
    pub fields: Vec<FieldFile>,
    pub auth: IndexMap<String, OptionFile>,
    pub limits: Option<RateLimit>,
    #[serde(default)]
    pub retry: RetryFile,
    pub failure: Option<FailureFile>,
    #[serde(default)]
    pub instance: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldFile {
    pub name: String,
    pub label: Option<String>,
    pub help: Option<String>,
    pub pattern: Option<String>,
    pub example: Option<String>,
    #[serde(default = "yes")]
    pub required: bool,
    #[serde(default)]
    pub options: Vec<ChoiceFile>,
    #[serde(default)]
    pub automated: bool,
    #[serde(default)]
    pub by: FieldBy,
}

/// Who gives a connection field its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FieldBy {
    #[default]
    Customer,
    Developer,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum ChoiceFile {
    Text(String),
    Named { name: String, value: String },
}

impl From<ChoiceFile> for Choice {
    fn from(file: ChoiceFile) -> Self {
        match file {
            ChoiceFile::Text(text) => Self {
                name: text.clone(),
                value: text,
            },
            ChoiceFile::Named { name, value } => Self { name, value },
        }
    }
}

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

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PlaceFile {
    pub headers: Texts,
    pub query: Texts,
    pub body: Map<String, Value>,
    pub basic: Option<BasicFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasicFile {
    pub username: String,
    pub password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProbeFile {
    #[serde(default = "get")]
    pub method: String,
    pub path: Option<String>,
    pub url: Option<String>,
    #[serde(default)]
    pub headers: Texts,
    #[serde(default)]
    pub query: Texts,
    pub body: Option<Value>,
    #[serde(default)]
    pub ok: Vec<u16>,
    pub identifier: Option<String>,
    #[serde(default)]
    pub fields: Texts,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetryFile {
    pub retry_after: Vec<String>,
    pub reset_at: Vec<String>,
    pub remaining: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailureFile {
    pub path: String,
    /// A `null` that is written is a value.
    #[serde(default, deserialize_with = "written")]
    pub equals: Option<Value>,
    pub code: Option<String>,
    #[serde(default)]
    pub auth_codes: Vec<String>,
    #[serde(default)]
    pub transient_codes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionFile {
    pub id: String,
    pub name: String,
    pub description: String,
    pub docs: String,
    #[serde(default = "second")]
    pub tag: String,
    pub input: Value,
    pub output: Option<Value>,
    pub request: RequestFile,
    #[serde(default)]
    pub answer: AnswerFile,
    pub paginate: Option<PaginateFile>,
    pub idempotency_header: Option<String>,
    pub failure: Option<FailureFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaginateFile {
    pub items: Option<String>,
    pub cursor: Option<CursorFile>,
    pub link: Option<LinkFile>,
    pub page: Option<NumberFile>,
    pub offset: Option<NumberFile>,
    pub more: Option<String>,
    pub size: Option<SizeFile>,
    #[serde(default)]
    pub always: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CursorFile {
    pub path: Option<String>,
    pub last_item: Option<String>,
    /// The path of the further pages, when it is another one.
    pub at: Option<String>,
    pub query: Option<String>,
    pub body: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkFile {
    pub header: Option<String>,
    pub path: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberFile {
    pub query: Option<String>,
    pub body: Option<String>,
    #[serde(default)]
    pub start: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SizeFile {
    pub query: Option<String>,
    pub body: Option<String>,
    pub max: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestFile {
    pub method: String,
    pub path: Option<String>,
    pub url: Option<String>,
    #[serde(default)]
    pub query: Map<String, Value>,
    #[serde(default)]
    pub headers: Texts,
    pub body: Option<Value>,
    pub body_type: Option<BodyType>,
}

/// How a body is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BodyType {
    #[default]
    Json,
    Form,
    None,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AnswerFile {
    pub path: Option<String>,
    /// Member of the output -> header of the answer.
    pub headers: Texts,
}

fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn yes() -> bool {
    true
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

fn get() -> String {
    "GET".to_owned()
}

fn second() -> String {
    "v2".to_owned()
}

fn unauthorized() -> Vec<u16> {
    vec![401]
}
