//! From a request to the events in it.

use http::HeaderMap;
use serde_json::Value;
use trunnel_sign::inbound::Inbound;

use super::body;
use crate::path::{dig, plain_text};

/// The most events of one request.
pub const MAX_EVENTS: usize = 1000;

/// Longer than this is no id and no type of any provider.
const LONGEST_NAME: usize = 512;

/// Where a request says what.
#[derive(Debug)]
pub(crate) struct Events {
    /// The list in the body; without one, the body is one event.
    pub(crate) items: Option<String>,
    /// Parts that make up the type, joined by a dot. Those that are absent are left out.
    pub(crate) kind: Vec<Source>,
    pub(crate) id: Option<Source>,
    pub(crate) account: Option<AccountRule>,
}

#[derive(Debug)]
pub(crate) enum Source {
    Header(String),
    /// In the event, as it stands in the list.
    Path(String),
}

/// Whose event it is.
#[derive(Debug)]
pub(crate) struct AccountRule {
    pub(crate) source: Source,
    /// `identifier`, or a field of the connection.
    pub(crate) matches: String,
}

/// One event as the provider tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundEvent {
    /// The provider's name for this kind of event.
    pub kind: Option<String>,
    /// Tells a repetition from a new event.
    pub id: Option<String>,
    /// The value of the connection's identifier or field that it belongs to.
    pub account: Option<String>,
    /// The id of the trigger of this kind, if the connector has one.
    pub trigger: Option<String>,
    pub payload: Value,
}

/// Why a request's events cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventsFault {
    #[error("the body is neither JSON nor a form")]
    Body,
    #[error("there are {0} events in the body; at most {MAX_EVENTS} are taken")]
    TooMany(usize),
}

impl Events {
    pub(super) fn read(&self, request: &Inbound<'_>) -> Result<Vec<InboundEvent>, EventsFault> {
        let body = body::read(request.headers, request.body).ok_or(EventsFault::Body)?;
        let items = self.items_of(body);
        if items.len() > MAX_EVENTS {
            return Err(EventsFault::TooMany(items.len()));
        }
        let events = items.into_iter();
        Ok(events
            .map(|item| self.event(request.headers, item))
            .collect())
    }

    fn items_of(&self, body: Value) -> Vec<Value> {
        let Some(path) = &self.items else {
            return vec![body];
        };
        match dig(&body, path) {
            // A body without the list tells of nothing: providers send such ones to
            // see whether somebody is there.
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(_)) => match take(body, path) {
                Value::Array(items) => items,
                other => vec![other],
            },
            Some(one) => vec![one.clone()],
        }
    }

    fn event(&self, headers: &HeaderMap, payload: Value) -> InboundEvent {
        let text = |source: &Source| source.text(headers, &payload);
        let parts: Vec<String> = self.kind.iter().filter_map(text).collect();
        InboundEvent {
            kind: (!parts.is_empty()).then(|| parts.join(".")),
            id: self.id.as_ref().and_then(text),
            account: self.account.as_ref().and_then(|rule| text(&rule.source)),
            trigger: None,
            payload,
        }
    }
}

/// The list without a copy of it, where it is the whole body or a member of it.
fn take(mut body: Value, path: &str) -> Value {
    if path.is_empty() {
        return body;
    }
    match crate::path::dig_mut(&mut body, path) {
        Some(list) => list.take(),
        None => Value::Null,
    }
}

impl Source {
    fn text(&self, headers: &HeaderMap, event: &Value) -> Option<String> {
        let text = match self {
            Self::Header(name) => headers.get(name)?.to_str().ok()?.trim().to_owned(),
            Self::Path(path) => plain_text(dig(event, path)?)?,
        };
        let fine = !text.is_empty() && text.len() <= LONGEST_NAME && !text.contains('\0');
        fine.then_some(text)
    }
}
