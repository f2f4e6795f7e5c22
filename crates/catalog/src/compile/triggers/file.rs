//! `triggers.yaml` as it is written.

use serde::Deserialize;
use serde_json::Value;

use crate::trigger::WebhookKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TriggersFile {
    pub docs: String,
    pub verify: VerifyFile,
    #[serde(default)]
    pub challenge: Vec<ChallengeFile>,
    pub events: EventsFile,
    pub triggers: Vec<TriggerFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyFile {
    pub hmac: Option<HmacFile>,
    pub ecdsa: Option<EcdsaFile>,
    pub token: Option<TokenFile>,
    pub jwt: Option<JwtFile>,
    pub none: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HmacFile {
    pub algorithm: String,
    pub key: WebhookKey,
    pub key_encoding: Option<String>,
    pub header: String,
    #[serde(default)]
    pub prefix: String,
    pub encoding: String,
    pub parts: Option<String>,
    pub signature_part: Option<String>,
    pub payload: Option<String>,
    pub timestamp: Option<TimestampFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EcdsaFile {
    pub header: String,
    pub payload: Option<String>,
    pub timestamp: Option<TimestampFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimestampFile {
    pub header: Option<String>,
    pub part: Option<String>,
    pub body: Option<String>,
    #[serde(default)]
    pub unit: UnitFile,
    pub window: Option<i64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UnitFile {
    #[default]
    Seconds,
    Milliseconds,
    Rfc3339,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenFile {
    pub header: Option<String>,
    pub query: Option<String>,
    pub body: Option<String>,
    pub equals: WebhookKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JwtFile {
    pub header: String,
    pub key: WebhookKey,
    pub key_encoding: Option<String>,
    pub algorithm: JwtAlgorithm,
}

#[derive(Deserialize)]
pub(super) enum JwtAlgorithm {
    #[serde(rename = "HS256")]
    Hs256,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChallengeFile {
    pub when: WhenFile,
    pub answer: AnswerFile,
    #[serde(default)]
    pub keep: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhenFile {
    pub method: Option<String>,
    pub header: Option<String>,
    pub query: Option<String>,
    pub body: Option<String>,
    pub equals: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerFile {
    pub body: Option<String>,
    pub text: Option<TextFile>,
    pub header: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TextFile {
    Query,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsFile {
    pub items: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<PartsFile>,
    pub id: Option<SourceFile>,
    pub account: Option<AccountFile>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum PartsFile {
    One(SourceFile),
    Several(Vec<SourceFile>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFile {
    pub header: Option<String>,
    pub path: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountFile {
    pub header: Option<String>,
    pub path: Option<String>,
    pub matches: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TriggerFile {
    pub id: String,
    pub name: String,
    pub description: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub docs: Option<String>,
    pub sample: Value,
}
