//! `actions/<id>.yaml`, as it is written.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{BodyType, FailureFile, Texts};

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

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AnswerFile {
    pub path: Option<String>,
    /// Member of the output -> header of the answer.
    pub headers: Texts,
}

fn second() -> String {
    "v2".to_owned()
}
