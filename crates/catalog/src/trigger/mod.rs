//! Triggers: what a provider tells by webhook, how it proves that it is the one who
//! tells, and what its requests mean. Values in, values out.

mod body;
mod challenge;
mod events;
mod rules;

use serde_json::Value;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_sign::inbound::{EcdsaRule, HmacRule, JwtRule, TokenRule};

pub use self::body::MAX_FORM_DEPTH;
pub(crate) use self::challenge::{Answer, Challenge, When};
pub use self::challenge::{ChallengeReply, Reply};
pub(crate) use self::events::{AccountRule, Events, Source};
pub use self::events::{EventsFault, InboundEvent, MAX_EVENTS};
pub(crate) use self::rules::broken;
pub use trunnel_sign::inbound::{Inbound, Refusal};

/// The name under which `account.matches` means the connection's identifier.
pub const IDENTIFIER: &str = "identifier";

/// A connector's triggers and how its provider's requests are read.
#[derive(Debug)]
pub struct Triggers {
    /// The provider's page about its webhooks.
    pub docs: String,
    /// In the order of the file.
    pub list: Vec<Trigger>,
    pub(crate) verify: Verify,
    pub(crate) challenges: Vec<Challenge>,
    pub(crate) events: Events,
    /// The file they were read from, for findings.
    pub(crate) file: String,
}

/// One kind of event that a provider tells.
#[derive(Debug)]
pub struct Trigger {
    pub id: String,
    pub name: String,
    pub description: String,
    pub docs: Option<String>,
    /// The event's type; without one, every event is of this trigger.
    pub kind: Option<String>,
    /// What an event looks like.
    pub sample: Value,
}

/// Which secret a provider signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookKey {
    /// The secret of the developer's OAuth client.
    ClientSecret,
    /// One that is there for webhooks only.
    WebhookSecret,
}

#[derive(Debug)]
pub(crate) enum Verify {
    Hmac {
        rule: HmacRule,
        key: WebhookKey,
    },
    Ecdsa {
        rule: EcdsaRule,
    },
    Token {
        rule: TokenRule,
        key: WebhookKey,
    },
    Jwt {
        rule: JwtRule,
        key: WebhookKey,
    },
    /// The provider signs nothing; only an address that nobody can guess protects.
    None,
}

impl Triggers {
    /// The trigger with this id.
    pub fn get(&self, id: &str) -> Option<&Trigger> {
        self.list.iter().find(|trigger| trigger.id == id)
    }

    /// What a request is verified with; nothing where the provider offers no proof.
    pub fn key(&self) -> Option<WebhookKey> {
        match &self.verify {
            Verify::Hmac { key, .. } | Verify::Token { key, .. } | Verify::Jwt { key, .. } => {
                Some(*key)
            }
            Verify::Ecdsa { .. } => Some(WebhookKey::WebhookSecret),
            Verify::None => None,
        }
    }

    /// Whether events say to whom they belong.
    pub fn names_account(&self) -> bool {
        self.events.account.is_some()
    }

    /// Whether a request may bring the secret that later ones are verified with. Then,
    /// and where there is no proof at all, the address itself must be hard to guess.
    pub fn needs_secret_address(&self) -> bool {
        self.key().is_none() || self.challenges.iter().any(|challenge| challenge.keep)
    }

    /// The identifier or the connection field that the events' account is looked up
    /// by.
    pub fn account_field(&self) -> Option<&str> {
        let rule = self.events.account.as_ref();
        rule.map(|rule| rule.matches.as_str())
    }

    /// Says why a request is not the provider's. It has to fit one of the keys: there
    /// are several while a secret is changed.
    pub fn verify(
        &self,
        request: &Inbound<'_>,
        keys: &[Secret],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if matches!(self.verify, Verify::None) {
            return Ok(());
        }
        let mut refused = Refusal::Signature;
        for key in keys {
            match self.verify_with(request, key, now) {
                Ok(()) => return Ok(()),
                // Another key cannot help against the rest, such as a time that is over.
                Err(refusal @ (Refusal::Signature | Refusal::Token | Refusal::Jwt(_))) => {
                    refused = refusal;
                }
                Err(Refusal::Key(fault)) if keys.len() > 1 => refused = Refusal::Key(fault),
                Err(refusal) => return Err(refusal),
            }
        }
        Err(refused)
    }

    fn verify_with(
        &self,
        request: &Inbound<'_>,
        key: &Secret,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        match &self.verify {
            Verify::Hmac { rule, .. } => rule.verify(request, key, now),
            Verify::Ecdsa { rule } => rule.verify(request, key, now),
            Verify::Token { rule, .. } => rule.verify(request, key),
            Verify::Jwt { rule, .. } => rule.verify(request, key, now).map(|_| ()),
            Verify::None => Ok(()),
        }
    }

    /// The answer to a handshake, if the request is one.
    pub fn challenge(&self, request: &Inbound<'_>) -> Option<ChallengeReply> {
        let mut body = None;
        let mut replies = self.challenges.iter();
        replies.find_map(|challenge| challenge.reply(request, &mut body))
    }

    /// What a verified request tells.
    pub fn events(&self, request: &Inbound<'_>) -> Result<Vec<InboundEvent>, EventsFault> {
        let mut events = self.events.read(request)?;
        for event in &mut events {
            event.trigger = self.of_kind(event.kind.as_deref()).map(|t| t.id.clone());
        }
        Ok(events)
    }

    fn of_kind(&self, kind: Option<&str>) -> Option<&Trigger> {
        let same = |trigger: &&Trigger| trigger.kind.is_none() || trigger.kind.as_deref() == kind;
        self.list.iter().find(same)
    }
}
