//! The files as they are written, before anything in them is understood.
//!
//! `catalog/schema/` describes the same for editors; a test holds the two together.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::connector::{Choice, ClientAuth, KeyFieldKind, TokenBody, TokenPaths};

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
    pub auth: AuthFile,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthFile {
    pub oauth2: Option<OAuth2File>,
    pub keybased: Option<KeyBasedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OAuth2File {
    pub authorization_url: String,
    pub token_url: String,
    pub refresh_url: Option<String>,
    pub revocation_url: Option<String>,
    #[serde(default = "yes")]
    pub pkce: bool,
    #[serde(default)]
    pub scopes: ScopesFile,
    #[serde(default = "blank")]
    pub scope_separator: String,
    #[serde(default)]
    pub client_auth: ClientAuth,
    #[serde(default)]
    pub token_body: TokenBody,
    #[serde(default)]
    pub authorization_params: Texts,
    #[serde(default)]
    pub token_params: Texts,
    #[serde(default)]
    pub refresh_params: Texts,
    #[serde(default)]
    pub token_headers: Texts,
    #[serde(default)]
    pub token_answer: TokenPaths,
    #[serde(default)]
    pub metadata: Texts,
    #[serde(default)]
    pub redirect_metadata: Texts,
    pub issuer: Option<String>,
    pub default_lifetime: Option<i64>,
    #[serde(default = "unauthorized")]
    pub expiry_statuses: Vec<u16>,
    pub place: Option<PlaceFile>,
    pub identity: Option<ProbeFile>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScopesFile {
    pub mandatory: Vec<String>,
    pub optional: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyBasedFile {
    pub fields: Vec<KeyFieldFile>,
    pub place: PlaceFile,
    pub verify: Option<ProbeFile>,
    pub unverified_reason: Option<String>,
    #[serde(default = "unauthorized")]
    pub expiry_statuses: Vec<u16>,
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
    #[serde(default)]
    pub options: Vec<ChoiceFile>,
    pub default: Option<String>,
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
    pub equals: Value,
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
    pub idempotency_header: Option<String>,
    pub failure: Option<FailureFile>,
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
}

fn yes() -> bool {
    true
}

fn blank() -> String {
    " ".to_owned()
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
