//! One turn at refreshing a connection: the lease, the exchange, what comes of it.
//!
//! What a lost answer means is decided here, too. When the provider certainly did
//! not act, the lease is given back at once. When it may have acted (the request was
//! sent and no whole answer came), the refresh token may be used up; trying again
//! with it is what a perfect client would do, and it is all that can be done.

use trunnel_catalog::{
    Connector, Fields, Grant, OAuthClient, TokenAnswer, TokenFault, TokenFaultKind, token_host,
};
use trunnel_model::chance;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::retry;
use trunnel_model::secret::Secret;
use trunnel_outbound::SendFailure;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::refresh_schedule;

use super::credential::Held as Credential;
use super::keep::NewTokens;
use super::obtain::{Bench, NoToken};
use super::refresh::{LONGEST_WAIT_MS, Turn};
use super::story::{Trouble, tell_failed_in};
use super::{Way, fields_of, schedule};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault};
use crate::pressure::{Asking, Permit, Priority, Verdict};
use crate::scrub::{answer_without, without};

/// Longer than an exchange can take, with room for a slow disk and clocks that differ.
const LEASE_MS: i64 = 60_000;

/// Nobody waits for a token in the background: others of the same provider are
/// renewed first rather than kept waiting behind this one.
const BACKGROUND_PATIENCE_MS: u64 = 2_000;

/// A provider may ask for a pause of this length at most; more would be a mistake of
/// its, and would leave the connection without a token for as long.
const LONGEST_PAUSE_MS: u64 = 600_000;

/// What one exchange came to.
enum Outcome {
    Renewed(Box<TokenAnswer>),
    /// The provider has ended the grant, in its own words.
    Dead(Trouble),
    /// The developer's client is refused; the grant may be fine.
    ClientRefused(Trouble),
    /// It cannot even be asked for: the request may not be sent, whenever it is tried.
    Refused(Trouble),
    /// Worth another try.
    Failed {
        why: Trouble,
        busy: bool,
        wait_ms: Option<u64>,
    },
}

/// What a refresh is made with, read before the lease is taken.
struct Prepared {
    held: Credential,
    fields: Fields,
    client: Option<OAuthClient>,
}

impl Core {
    async fn take_lease(
        &self,
        caller: &AccountCtx,
        current: &StoredConnection,
    ) -> Result<Option<String>, Error> {
        let lease = chance::secret_text(self.chance());
        let (scope, current, taken) = (caller.ctx.scope.clone(), current.clone(), lease.clone());
        let now = self.now();
        let won = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let until = now.plus_millis(LEASE_MS);
                    let won = connection::lease(tx, &scope, &current, &taken, until, now).await?;
                    Ok::<_, Error>(won)
                })
            })
            .await?;
        Ok(won.then_some(lease))
    }

    /// One exchange, if nobody else is at it: from the lease to the end of it, which
    /// it reaches even if the caller goes away. Before the lease it may have to wait for
    /// the provider's other connections.
    pub(crate) async fn take_turn(
        &self,
        caller: &AccountCtx,
        way: &Way,
        current: &StoredConnection,
        priority: Priority,
    ) -> Result<Turn, Error> {
        let Some(busy) = self.begin_refresh(current, priority) else {
            return Ok(Turn::NotMine);
        };
        let prepared = self.prepare(caller, way, current).await?;
        let entered = self.enter(caller, way, current, &prepared, priority).await;
        let mut permit = match entered {
            Ok(permit) => permit,
            Err(held) => return Ok(Turn::Held(held)),
        };
        let (core, caller, current) = (self.clone(), caller.clone(), current.clone());
        let way = way.clone();
        self.to_the_end(async move {
            let _busy = busy;
            let Some(lease) = core.take_lease(&caller, &current).await? else {
                permit.unused();
                return Ok(Turn::NotMine);
            };
            let exchange = Exchange {
                core: &core,
                caller: &caller,
                way: &way,
                current: &current,
                lease: &lease,
            };
            let turn = exchange.run(&prepared, &mut permit).await;
            core.0.refreshes.ended.notify_waiters();
            turn
        })
        .await
    }

    /// # Errors
    /// A client that is not there any more; the vault or the database.
    async fn prepare(
        &self,
        caller: &AccountCtx,
        way: &Way,
        current: &StoredConnection,
    ) -> Result<Prepared, Error> {
        let client = match way.option().exchange() {
            Some(_) => None,
            None => {
                let id = current.client_id.as_deref();
                Some(self.client_of(&caller.ctx.scope, &way.connector, id).await?)
            }
        };
        Ok(Prepared {
            held: self.held_of(caller, current).await?,
            fields: fields_of(current)?,
            client,
        })
    }

    /// Waits until the provider may be asked once more.
    async fn enter(
        &self,
        caller: &AccountCtx,
        way: &Way,
        current: &StoredConnection,
        prepared: &Prepared,
        priority: Priority,
    ) -> Result<Permit, crate::pressure::Held> {
        let bench = Bench::new(self);
        let credential = prepared.held.credential(prepared.client.as_ref());
        let asking = Asking {
            scope: &caller.ctx.scope,
            connector: &way.connector,
            host: token_host(&bench.access(self, way, &prepared.fields, credential)),
            account: caller.account.as_str(),
            connection: current.connection.id.as_str(),
            priority,
        };
        let patience = match priority {
            Priority::Foreground => LONGEST_WAIT_MS,
            Priority::Background => BACKGROUND_PATIENCE_MS,
        };
        self.pressure().enter(&asking, self.sleep(), patience).await
    }
}

/// The holder of a connection's lease at work.
struct Exchange<'a> {
    core: &'a Core,
    caller: &'a AccountCtx,
    way: &'a Way,
    current: &'a StoredConnection,
    lease: &'a str,
}

impl Exchange<'_> {
    async fn run(&self, prepared: &Prepared, permit: &mut Permit) -> Result<Turn, Error> {
        match self.ask(prepared).await {
            Ok(outcome) => {
                if let Some(verdict) = outcome.verdict() {
                    permit.judge(verdict);
                }
                self.keep(prepared, outcome).await
            }
            Err(error) => {
                let why = Trouble::from(error.to_string().as_str());
                self.give_back(&why, None).await?;
                Err(error)
            }
        }
    }

    async fn ask(&self, prepared: &Prepared) -> Result<Outcome, Error> {
        let (core, way) = (self.core, self.way);
        let Prepared {
            held,
            fields,
            client,
        } = prepared;
        metrics::counter!("trunnel_token_refreshes_total").increment(1);
        let obtained = match (client, &held.refresh_token) {
            (None, _) => core.exchange_typed(way, fields, held).await,
            (Some(_), None) => {
                return Ok(Outcome::Dead("the grant has no refresh token".into()));
            }
            (Some(client), Some(refresh_token)) => {
                let grant = Grant::Refresh { refresh_token };
                core.obtain(way, fields, client, grant).await
            }
        };
        if let Err(NoToken::Refused(fault)) = &obtained {
            let (name, code) = (self.current.client_id.as_deref(), fault.error.as_deref());
            let scope = &self.caller.ctx.scope;
            core.note_refusal(scope, name, code).await?;
        }
        Ok(match obtained {
            Ok(answer) => Outcome::Renewed(Box::new(answer)),
            Err(NoToken::Build(fault)) => return Err(build_fault(&fault).into()),
            Err(NoToken::Unsent(failure)) => unsent(&failure),
            Err(NoToken::Refused(fault)) => {
                outcome_of(&fault, client.is_none(), &held.secrets())
            }
        })
    }

    async fn keep(&self, prepared: &Prepared, outcome: Outcome) -> Result<Turn, Error> {
        let (core, connector) = (self.core, &self.way.connector);
        match outcome {
            Outcome::Renewed(answer) => {
                let mut fields = prepared.fields.clone();
                fields.extend(answer.fields.clone());
                let new = NewTokens {
                    caller: self.caller,
                    way: self.way,
                    current: self.current,
                    lease: self.lease,
                    held: prepared.held.clone().renewed(&answer),
                    answer: &answer,
                    fields,
                };
                new.keep(core).await?;
                Ok(Turn::Ended)
            }
            Outcome::Dead(why) => {
                core.expire(self.caller, connector, self.current, &why)
                    .await?;
                Ok(Turn::Ended)
            }
            Outcome::ClientRefused(why) => {
                self.give_back(&why, None).await?;
                Err(client_refused(connector, &why.message).into())
            }
            Outcome::Refused(why) => {
                self.give_back(&why, Some(LONGEST_PAUSE_MS)).await?;
                Err(refused(connector, &why.message).into())
            }
            Outcome::Failed { why, wait_ms, .. } => {
                self.give_back(&why, wait_ms).await?;
                Ok(Turn::Failed(why.message))
            }
        }
    }

    /// Gives the lease back after a failure. The next one, whoever makes it on
    /// whichever node, waits as long as the provider has asked for, and longer with
    /// every failure since the last success. The first of them is written down.
    async fn give_back(&self, why: &Trouble, asked_ms: Option<u64>) -> Result<(), Error> {
        let (core, caller) = (self.core.clone(), self.caller.clone());
        let (known, lease) = (self.current.clone(), self.lease.to_owned());
        let first = (known.refresh_failures == 0).then(|| why.text());
        let failures = known.refresh_failures + 1;
        let wait = retry::REFRESH
            .wait_ms(failures, core.random_u64())
            .unwrap_or(retry::REFRESH_AT_MOST_MS)
            .max(asked_ms.unwrap_or(0))
            .min(LONGEST_PAUSE_MS);
        let wait = i64::try_from(wait).unwrap_or(i64::MAX);
        let not_before = core.now().plus_millis(wait);
        let due_at = schedule::after_failure(not_before, failures, core.random_u64());
        core.clone()
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let (scope, id) = (&caller.ctx.scope, &known.connection.id);
                    connection::release(tx, scope, id, &lease, not_before).await?;
                    refresh_schedule::put_off(tx, scope, id, known.version, Some(due_at)).await?;
                    if let Some(error) = first {
                        let of = (known.connection.slug.as_str(), Some(id));
                        tell_failed_in(&core, tx, &caller, of, error).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}

impl Outcome {
    /// What it says of the provider, and not of this connection.
    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Renewed(_) | Self::Dead(_) | Self::ClientRefused(_) => Some(Verdict::Answered),
            Self::Refused(_) => None,
            Self::Failed {
                busy: true,
                wait_ms,
                ..
            } => Some(Verdict::Busy { asked_ms: *wait_ms }),
            Self::Failed { .. } => Some(Verdict::Failing),
        }
    }
}

/// No answer. What may not be sent now may not be sent later, either: the connection's
/// certificate is of no use, or its address is one that nobody may call.
fn unsent(failure: &SendFailure) -> Outcome {
    let why = Trouble::from(failure.to_string().as_str());
    match failure {
        SendFailure::Refused(_) | SendFailure::Certificate(_) => Outcome::Refused(why),
        _ => Outcome::Failed {
            why,
            busy: false,
            wait_ms: None,
        },
    }
}

/// `typed`: the customer's own values were exchanged, so there is no client of the
/// developer's that could be refused, and a plain "no" is about those values.
fn outcome_of(fault: &TokenFault, typed: bool, secrets: &[&Secret]) -> Outcome {
    let answer = (!fault.answer.is_empty()).then(|| answer_without(&fault.answer, secrets));
    let told = |message: String| Trouble {
        message,
        provider: answer.clone(),
    };
    let words = || {
        let code = fault.error.as_deref().unwrap_or("no code");
        let words = match &fault.description {
            Some(description) => format!("{code}: {description}"),
            None => code.to_owned(),
        };
        told(without(words, secrets))
    };
    match fault.kind {
        TokenFaultKind::GrantDead => Outcome::Dead(words()),
        TokenFaultKind::ClientRefused if typed => Outcome::Dead(words()),
        TokenFaultKind::Nonsense if typed && matches!(fault.status, 401 | 403) => {
            Outcome::Dead(words())
        }
        TokenFaultKind::ClientRefused => Outcome::ClientRefused(words()),
        TokenFaultKind::Transient { retry_after_s } => Outcome::Failed {
            why: told(format!("its token endpoint answered {}", fault.status)),
            busy: fault.status == 429,
            wait_ms: retry_after_s.map(|s| s.saturating_mul(1000)),
        },
        TokenFaultKind::Nonsense => Outcome::Failed {
            why: told(format!("its token endpoint sent no token ({})", fault.status)),
            busy: false,
            wait_ms: None,
        },
    }
}

fn client_refused(connector: &Connector, why: &str) -> Fault {
    Fault::bad_request(
        FaultCode::AppCredentialsRefused,
        format!(
            "{} refuses the OAuth client. Check its client id and secret in the connector's \
             settings; the customer need not reconnect.",
            connector.name
        ),
    )
    .with("error_class", "permanent")
    .with("provider_error", why)
}

fn refused(connector: &Connector, why: &str) -> Fault {
    Fault::bad_request(
        FaultCode::ExternalApiFailure,
        format!(
            "The token for {} cannot be renewed as the connection is: {why}.",
            connector.name
        ),
    )
    .external()
    .with("error_class", "permanent")
}
