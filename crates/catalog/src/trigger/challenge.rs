//! Handshakes: a provider asks whether somebody is there before it sends events.

use http::Method;
use serde_json::{Value, json};
use trunnel_model::secret::Secret;
use trunnel_sign::inbound::Inbound;
use url::form_urlencoded;

use super::body;
use crate::path::{dig, plain_text};

/// A longer value is no challenge, and is not echoed.
const LONGEST_ECHO: usize = 4096;

/// One kind of handshake.
#[derive(Debug)]
pub(crate) struct Challenge {
    pub(crate) when: When,
    pub(crate) answer: Answer,
    /// The value is the secret that later requests are verified with.
    pub(crate) keep: bool,
}

/// How a handshake is recognised.
#[derive(Debug)]
pub(crate) enum When {
    Method(Method),
    Header(String),
    Query {
        name: String,
        equals: Option<String>,
    },
    Body {
        path: String,
        equals: Option<Value>,
    },
}

#[derive(Debug)]
pub(crate) enum Answer {
    Empty,
    /// The query parameter of `when`, as text.
    Text,
    /// A member of the body, as `{"challenge": …}`.
    Json {
        path: String,
    },
    /// The header of `when`.
    Header,
}

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeReply {
    pub reply: Reply,
    /// What later requests are verified with, where the handshake brings it.
    pub secret: Option<Secret>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Empty,
    Text(String),
    Json(Value),
    Header { name: String, value: String },
}

impl Challenge {
    /// `body` is read when it is first needed, and then kept.
    pub(super) fn reply(
        &self,
        request: &Inbound<'_>,
        body: &mut Option<Value>,
    ) -> Option<ChallengeReply> {
        let found = self.when.value(request, body)?;
        if found.len() > LONGEST_ECHO {
            return None;
        }
        let reply = match (&self.answer, &self.when) {
            (Answer::Text, _) => Reply::Text(found.clone()),
            (Answer::Header, When::Header(name)) => Reply::Header {
                name: name.clone(),
                value: found.clone(),
            },
            (Answer::Json { path }, _) => {
                let value = dig(read(request, body), path)?;
                let short = plain_text(value).filter(|text| text.len() <= LONGEST_ECHO);
                Reply::Json(json!({ "challenge": short.map(|_| value)? }))
            }
            (Answer::Empty | Answer::Header, _) => Reply::Empty,
        };
        let secret = (self.keep && !found.is_empty()).then(|| Secret::new(found));
        Some(ChallengeReply { reply, secret })
    }
}

impl When {
    /// What it was recognised by; nothing when the request is no such handshake.
    fn value(&self, request: &Inbound<'_>, body: &mut Option<Value>) -> Option<String> {
        match self {
            Self::Method(method) => (request.method == *method).then(String::new),
            Self::Header(name) => {
                let value = request.headers.get(name)?.to_str().ok()?;
                Some(value.to_owned())
            }
            Self::Query { name, equals } => {
                let value = in_query(request.url, name)?;
                let same = equals.as_ref().is_none_or(|wanted| *wanted == value);
                same.then_some(value)
            }
            Self::Body { path, equals } => {
                let value = dig(read(request, body), path)?;
                let same = equals.as_ref().is_none_or(|wanted| wanted == value);
                plain_text(value).filter(|_| same)
            }
        }
    }
}

fn read<'b>(request: &Inbound<'_>, body: &'b mut Option<Value>) -> &'b Value {
    let parse = || body::read(request.headers, request.body).unwrap_or_default();
    body.get_or_insert_with(parse)
}

fn in_query(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut entries = form_urlencoded::parse(query.as_bytes());
    let found = entries.find(|(found, _)| found == name);
    found.map(|(_, value)| value.into_owned())
}
