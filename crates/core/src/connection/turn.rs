//! One turn at refreshing a connection: the lease, the exchange, what comes of it.
//!
//! What a lost answer means is decided here, too. When the provider certainly did
//! not act, the lease is given back at once. When it may have acted (the request was
//! sent and no whole answer came), the refresh token may be used up; trying again
//! with it is what a perfect client would do, and it is all that can be done.

use trunnel_catalog::{Connector, Fields, Grant, OAuthClient, token_host};
use trunnel_model::chance;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::retry;
use trunnel_model::time::Timestamp;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::refresh_schedule;

use super::credential::Held as Credential;
use super::keep::NewTokens;
use super::obtain::{Bench, NoToken};
use super::outcome::{Outcome, outcome_of, unsent};
use super::refresh::{LONGEST_WAIT_MS, Turn};
use super::story::{Trouble, tell_failed_in};
use super::{Way, fields_of, schedule};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault};
use crate::pressure::{Asking, Permit, Priority};

/// Longer than an exchange can take, with room for a slow database before and after it
/// and for clocks that differ.
const LEASE_MS: i64 = 75_000;

/// A lease that took this long to get is not used: too little of it may be left.
const SLOW_LEASE_MS: i64 = 10_000;

/// A token that takes several requests takes no longer than this all the same.
const EXCHANGE_MS: u64 = 40_000;

/// Nobody waits for a token in the background: others of the same provider are
/// renewed first rather than kept waiting behind this one.
const BACKGROUND_PATIENCE_MS: u64 = 2_000;

/// A provider may ask for a pause of this length at most; more would be a mistake of
/// its, and would leave the connection without a token for as long.
const LONGEST_PAUSE_MS: u64 = 600_000;

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
            let asked = core.now();
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
            let turn = if core.now().since(asked) > SLOW_LEASE_MS {
                let why = "the database took too long";
                let given = exchange.give_back(&why.into(), None).await;
                given.map(|()| Turn::Failed(why.to_owned()))
            } else {
                exchange.run(&prepared, &mut permit).await
            };
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
        let client = if way.option().exchange().is_some() {
            None
        } else {
            let (scope, id) = (&caller.ctx.scope, current.client_id.as_deref());
            Some(self.client_of(scope, &way.connector, id).await?)
        };
        let scope = &caller.ctx.scope;
        let mut fields = fields_of(current)?;
        fields.extend(self.secret_fields(scope, &way.connector).await?);
        Ok(Prepared {
            held: self.held_of(caller, current).await?,
            fields,
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
        let began = self.core.now();
        let asked = tokio::select! {
            biased;
            asked = self.ask(prepared) => asked,
            () = self.core.sleep().sleep(EXCHANGE_MS) => Ok(Outcome::Failed {
                why: "its token endpoint took too long".into(),
                busy: false,
                wait_ms: None,
            }),
        };
        match asked {
            Ok(outcome) => {
                if let Some(verdict) = outcome.verdict() {
                    permit.judge(verdict);
                }
                self.keep(prepared, outcome, began).await
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
            Err(NoToken::Refused(fault)) => outcome_of(&fault, client.is_none(), &held.secrets()),
        })
    }

    /// `began`: when it was asked. A token lives from then, at the latest.
    async fn keep(
        &self,
        prepared: &Prepared,
        outcome: Outcome,
        began: Timestamp,
    ) -> Result<Turn, Error> {
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
                    began,
                };
                new.keep(core).await?;
                Ok(Turn::Ended)
            }
            Outcome::Dead(why) => {
                let seen = (self.current, self.lease);
                core.expire(self.caller, connector, seen, &why).await?;
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
