//! The files as they are written, before anything in them is understood.
//!
//! `catalog/schema/` describes the same for editors; a test holds the two together.

mod action;
mod auth;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::connector::{Choice, RateLimit};

pub(crate) use action::{ActionFile, CursorFile, LinkFile, NumberFile, PaginateFile, RequestFile};
pub(crate) use auth::{
    CertificateFile, ExchangeFile, JwtFile, KeyFieldFile, Kind, OAuth1SignFile, OptionFile,
    SigV4File, SignFile, StepFile,
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
    #[serde(default)]
    pub secret: bool,
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

/// How a body is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BodyType {
    #[default]
    Json,
    Form,
    None,
}

fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn yes() -> bool {
    true
}

fn get() -> String {
    "GET".to_owned()
}
