//! What a customer types, and what it is exchanged for.

use std::collections::BTreeMap;

use http::{HeaderName, Method as HttpMethod};
use regex::Regex;

use super::GrantType;
use super::consent::TokenReading;
use crate::connector::Choice;
use crate::source::BodyType;
use crate::template::Template;
use crate::template::json::JsonTemplate;
use crate::template::url::UrlTemplate;

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
