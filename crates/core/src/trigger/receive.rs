//! One request of a provider, from the door to the outbox.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};
use trunnel_catalog::Connector;
use trunnel_catalog::trigger::{EventsFault, Inbound, InboundEvent, Reply, Triggers, WebhookKey};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::TriggerEventId;
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::text::AccountId;
use trunnel_model::trigger_event::TriggerEvent;
use trunnel_model::usage::UsageKind;
use trunnel_model::webhook::WebhookEvent;
use trunnel_store::trigger_event;

use super::address::{Proved, proved, read_place};
use super::whose::{Addressed, Target};
use crate::Core;
use crate::ctx::{Actor, Ctx};
use crate::error::Error;
use crate::webhook::{Happening, publish_all};

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct InboundRequest {
    /// `<app>-<environment>`, as the path has it.
    pub place: String,
    pub slug: String,
    pub method: Method,
    /// The path with its query, byte for byte.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The sender's.
    pub address: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A handshake, and what the provider waits for.
    Handshake(Reply),
    /// So many events are new.
    Events(u64),
}

/// What is there behind an address.
pub(super) struct Door {
    pub(super) ctx: Ctx,
    pub(super) connector: Arc<Connector>,
    proved: Proved,
}

impl Core {
    /// Verifies the request, keeps its events and queues what the developer is told of
    /// them. Nothing of a request that cannot be verified is kept.
    pub async fn receive_webhook(&self, request: InboundRequest) -> Result<Received, Error> {
        let received = self.receive(&request).await;
        let outcome = match &received {
            Ok(Received::Handshake(_)) => "handshake",
            Ok(Received::Events(_)) => "accepted",
            Err(Error::Fault(fault)) if fault.status == 404 => "unknown",
            Err(Error::Fault(fault)) if fault.status == 401 => "unverified",
            Err(Error::Fault(_)) => "unreadable",
            Err(_) => "failed",
        };
        metrics::counter!("trunnel_inbound_webhooks_total", "outcome" => outcome).increment(1);
        received
    }

    async fn receive(&self, request: &InboundRequest) -> Result<Received, Error> {
        let door = self.door(request).await?;
        let Some(triggers) = &door.connector.triggers else {
            return Err(no_address().into());
        };
        if door.proved == Proved::Forged {
            let why = "the address is not one that was given out for this connector";
            return Err(unverified(why).into());
        }
        let base = self.settings().instance.public_url.as_str();
        let url = format!("{}{}", base.trim_end_matches('/'), request.path);
        let inbound = Inbound {
            method: &request.method,
            url: &url,
            headers: &request.headers,
            body: &request.body,
        };
        if let Some(challenge) = triggers.challenge(&inbound) {
            if let Some(secret) = &challenge.secret {
                self.keep_secret(&door, secret).await?;
            }
            return Ok(Received::Handshake(challenge.reply));
        }
        if request.method != Method::POST {
            let why = format!("This address takes events by POST, not {}.", request.method);
            return Err(Fault::new(405, FaultCode::MethodNotAllowed, why).into());
        }
        self.verify_webhook(&door, triggers, &inbound).await?;
        let events = triggers.events(&inbound).map_err(unreadable)?;
        let events = self.addressed(&door, triggers, events).await?;
        self.keep_events(&door, events).await.map(Received::Events)
    }

    /// # Errors
    /// When nothing is behind this address: the same whatever of it is wrong.
    async fn door(&self, request: &InboundRequest) -> Result<Door, Error> {
        let (app, environment) = read_place(&request.place).ok_or_else(no_address)?;
        let scope = Scope::verified(app, environment);
        let key = self.find_signing_key(&scope).await?;
        let key = key.ok_or_else(no_address)?;
        let connector = self.find_connector(&scope, &request.slug).await?;
        let connector = connector.ok_or_else(no_address)?;
        let query = request.path.split_once('?').map_or("", |(_, query)| query);
        Ok(Door {
            proved: proved(&key, &connector.slug, query),
            ctx: Ctx {
                organization: self.organization_of(scope.app()).await?,
                scope,
                actor: Actor::System,
                address: request.address.clone(),
            },
            connector,
        })
    }

    /// What a handshake brings is believed at an address that only the developer and
    /// the provider know; anybody else could bring a secret of their own.
    async fn keep_secret(&self, door: &Door, secret: &Secret) -> Result<(), Error> {
        let Proved::Address(account) = &door.proved else {
            let why = "this handshake is taken only at the whole address with its `proof`";
            return Err(unverified(why).into());
        };
        let slug = &door.connector.slug;
        self.keep_brought_secret(&door.ctx, slug, account.as_ref(), secret)
            .await
    }

    async fn verify_webhook(
        &self,
        door: &Door,
        triggers: &Triggers,
        inbound: &Inbound<'_>,
    ) -> Result<(), Error> {
        let (scope, slug) = (&door.ctx.scope, &door.connector.slug);
        let keys = match triggers.key() {
            None if matches!(door.proved, Proved::Address(_)) => return Ok(()),
            None => return Err(unverified("the address lacks its `proof`").into()),
            Some(WebhookKey::ClientSecret) => {
                let stored = self.stored_setting(scope, &door.connector).await?;
                let set = self.set_client(scope, &door.connector, &stored).await?;
                set.and_then(|set| set.client.secret).into_iter().collect()
            }
            Some(WebhookKey::WebhookSecret) => {
                self.webhook_secrets(scope, slug, door.account()).await?
            }
        };
        if keys.is_empty() {
            let setting = match triggers.key() {
                Some(WebhookKey::ClientSecret) => "client_secret",
                _ => "webhook_secret",
            };
            let why = format!(
                "no secret is set for it; set `{setting}` with PUT /api/v2/public/connector/{slug}"
            );
            return Err(unverified(&why).into());
        }
        let verified = triggers.verify(inbound, &keys, self.now());
        Ok(verified.map_err(|refusal| unverified(&refusal.to_string()))?)
    }

    /// The events and what is told of them are one transaction. One that is there
    /// already is not told again.
    async fn keep_events(&self, door: &Door, events: Vec<Addressed>) -> Result<u64, Error> {
        let (core, ctx) = (self.clone(), door.ctx.clone());
        let slug = door.connector.slug.clone();
        let kept = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let (mut kept, mut told) = (Vec::new(), Vec::new());
                    for Planned { id, event, target } in planned(&core, &events) {
                        let row = row(&core, id, &slug, event, target);
                        if !trigger_event::add(tx, &ctx.scope, &row).await? {
                            continue;
                        }
                        kept.push(row.account_id.clone());
                        told.extend(target.map(|target| (target, details(&row, event))));
                    }
                    let happenings: Vec<_> = told
                        .iter()
                        .map(|(target, details)| Happening {
                            event: WebhookEvent::TriggerReceived,
                            account: &target.account,
                            slug: &slug,
                            connection: &target.connection,
                            details: Some(details),
                        })
                        .collect();
                    publish_all(&core, tx, &ctx, &happenings).await?;
                    Ok::<_, Error>(kept)
                })
            })
            .await?;
        for account in &kept {
            self.count(&door.ctx.scope, account.as_ref(), UsageKind::Event, 1);
        }
        Ok(u64::try_from(kept.len()).unwrap_or(u64::MAX))
    }
}

impl Door {
    pub(super) fn account(&self) -> Option<&AccountId> {
        match &self.proved {
            Proved::Address(account) => account.as_ref(),
            Proved::Nothing | Proved::Forged => None,
        }
    }
}

/// A row to be written.
struct Planned<'a> {
    id: TriggerEventId,
    event: &'a InboundEvent,
    target: Option<&'a Target>,
}

/// One row for everybody whom an event is for, or one for nobody. Their ids sort as the
/// events did in the request.
fn planned<'a>(core: &Core, events: &'a [Addressed]) -> Vec<Planned<'a>> {
    let now = core.now();
    let count = events.iter().map(|event| event.to.len().max(1)).sum();
    let fresh = std::iter::repeat_with(|| TriggerEventId::new(now, core.chance()));
    let mut ids: Vec<_> = fresh.take(count).collect();
    ids.sort();
    let rows = events.iter().flat_map(|Addressed { event, to }| {
        let nobody = to.is_empty().then_some(None);
        let everybody = to.iter().map(Some).chain(nobody);
        everybody.map(move |target| (event, target))
    });
    let rows = ids.into_iter().zip(rows);
    rows.map(|(id, (event, target))| Planned { id, event, target })
        .collect()
}

fn row(
    core: &Core,
    id: TriggerEventId,
    slug: &str,
    event: &InboundEvent,
    target: Option<&Target>,
) -> TriggerEvent {
    TriggerEvent {
        id,
        slug: slug.to_owned(),
        trigger: event.trigger.clone(),
        kind: event.kind.clone(),
        account_id: target.map(|target| target.account.account_id.clone()),
        connection: target.map(|target| target.connection.clone()),
        event_id: event.id.clone(),
        payload: event.payload.to_string(),
        received_at: core.now(),
    }
}

/// What the message says beside what every message says.
fn details(row: &TriggerEvent, event: &InboundEvent) -> Map<String, Value> {
    let details = json!({
        "trigger": row.trigger,
        "trigger_type": row.kind,
        "trigger_event_id": row.id.as_str(),
        "provider_event_id": row.event_id,
        "data": event.payload,
    });
    match details {
        Value::Object(details) => details,
        _ => Map::new(),
    }
}

fn no_address() -> Fault {
    let why = "There is no webhook at this address. Copy `webhook_url` from the connector's \
               settings, whole.";
    Fault::not_found(FaultCode::ResourceNotFound, why)
}

fn unverified(why: &str) -> Fault {
    let message = format!("The request cannot be verified: {why}.");
    Fault::new(401, FaultCode::ServerError, message)
}

fn unreadable(fault: EventsFault) -> Fault {
    match fault {
        EventsFault::Body => Fault::bad_request(FaultCode::ValidationError, fault.to_string()),
        EventsFault::TooMany(_) => Fault::new(413, FaultCode::PayloadTooLarge, fault.to_string()),
    }
}
