//! Renewing a token: one refresh in flight per connection, over all nodes.
//!
//! The fence is in the connection's row. Whoever writes its lease there, by a
//! compare-and-swap on the version it has read, may speak to the provider; everyone
//! else waits for the row to change. A lease lasts longer than the exchange may
//! take, so a holder that died is replaced and one that is slow is not.
//!
//! What a lost answer means is decided here, too. When the provider certainly did
//! not act, the lease is given back at once. When it may have acted (the request was
//! sent and no whole answer came), the refresh token may be used up; trying again
//! with it is what a perfect client would do, and it is all that can be done.

use std::time::Duration;

use tokio::sync::Notify;
use trunnel_catalog::{
    Connector, Grant, TokenAnswer, TokenFault, TokenFaultKind, read_token_answer, token_request,
};
use trunnel_model::chance;
use trunnel_model::connection::Status;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::retry;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_outbound::Limits;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::sealed::Place;

use super::credential::Tokens;
use super::{expired, fields_of, not_connected};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault};
use crate::scrub::without;

/// What a token endpoint may take. Its answers are short.
pub(super) const TOKEN_LIMITS: Limits = Limits::of(Duration::from_secs(20)).up_to(1024 * 1024);

/// Longer than an exchange can take, with room for a slow disk and clocks that differ.
const LEASE_MS: i64 = 60_000;

/// How long a caller waits for a refresh, its own or another's.
const PATIENCE_MS: i64 = 45_000;

/// How often a waiting caller looks at the row; callers on the same node are woken.
const LOOK_EVERY_MS: u64 = 50;

/// A wait this long is not waited out inside a call.
const LONGEST_WAIT_MS: u64 = 5_000;

/// A provider may ask for a pause of this length at most; more would be a mistake of
/// its, and would leave the connection without a token for as long.
const LONGEST_PAUSE_MS: u64 = 600_000;

/// Wakes those who wait on this node when a refresh has ended.
#[derive(Default)]
pub(crate) struct Refreshes {
    ended: Notify,
}

/// What one exchange came to.
enum Outcome {
    Renewed(Box<TokenAnswer>),
    /// The provider has ended the grant, in its own words.
    Dead(String),
    /// The developer's client is refused; the grant may be fine.
    ClientRefused(String),
    /// Worth another try.
    Failed {
        why: String,
        wait_ms: Option<u64>,
    },
}

impl Core {
    /// Ends the leases that a crash left behind. Only for a server that is alone on
    /// its database: another one's lease means that it is speaking to a provider.
    pub async fn forget_leases(&self) -> Result<(), Error> {
        self.db()
            .write(|tx| {
                Box::pin(async move {
                    connection::forget_leases(tx).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Answers the connection with a token newer than the one in `seen`.
    pub(super) async fn refresh(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        seen: &StoredConnection,
    ) -> Result<StoredConnection, Error> {
        let give_up = self.now().plus_millis(PATIENCE_MS);
        let mut why = "its token endpoint has failed before".to_owned();
        loop {
            let ended = self.0.refreshes.ended.notified();
            let current = self.current(caller, connector, seen).await?;
            if current.version != seen.version {
                return Ok(current);
            }
            let now = self.now();
            if now >= give_up {
                return Err(unavailable(connector, "the refresh took too long", None).into());
            }
            match fence(&current, now) {
                Fence::Open => match self.take_turn(caller, connector, &current).await? {
                    Turn::Ended => continue,
                    Turn::Failed(reason) => {
                        why = reason;
                        continue;
                    }
                    Turn::NotMine => {}
                },
                Fence::Paused(left) if left > LONGEST_WAIT_MS => {
                    let seconds = left.div_ceil(1000);
                    return Err(unavailable(connector, &why, Some(seconds)).into());
                }
                Fence::Paused(_) | Fence::Leased => {}
            }
            tokio::select! {
                () = ended => {}
                () = self.sleep().sleep(LOOK_EVERY_MS) => {}
            }
        }
    }

    /// Renews a token that still works, without anyone waiting for it. One try: the
    /// next call makes the next.
    pub(super) fn refresh_ahead(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        seen: &StoredConnection,
    ) {
        let (core, caller, seen) = (self.clone(), caller.clone(), seen.clone());
        let slug = connector.slug.clone();
        self.in_background(async move {
            let connector = core.connector(&caller.ctx, &slug)?;
            match core.take_turn(&caller, &connector, &seen).await? {
                Turn::Failed(why) => {
                    let id = &seen.connection.id;
                    tracing::info!(connection = %id, why, "a token could not be renewed ahead");
                }
                Turn::Ended | Turn::NotMine => {}
            }
            Ok(())
        });
    }

    async fn current(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        seen: &StoredConnection,
    ) -> Result<StoredConnection, Error> {
        let found = connection::find(self.db(), &caller.ctx.scope, &seen.connection.id).await?;
        let current =
            found.ok_or_else(|| not_connected(&connector.name, caller.account.as_str()))?;
        if current.connection.status == Status::Expired {
            return Err(expired(&current.connection, &connector.name).into());
        }
        Ok(current)
    }

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
    /// it reaches even if the caller goes away.
    async fn take_turn(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        current: &StoredConnection,
    ) -> Result<Turn, Error> {
        let slug = connector.slug.clone();
        let (core, caller, current) = (self.clone(), caller.clone(), current.clone());
        self.to_the_end(async move {
            let connector = core.connector(&caller.ctx, &slug)?;
            let Some(lease) = core.take_lease(&caller, &current).await? else {
                return Ok(Turn::NotMine);
            };
            let turn = core
                .exchange_and_keep(&caller, &connector, &current, &lease)
                .await;
            core.0.refreshes.ended.notify_waiters();
            turn
        })
        .await
    }

    async fn exchange_and_keep(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        current: &StoredConnection,
        lease: &str,
    ) -> Result<Turn, Error> {
        match self.exchange_refresh(caller, connector, current).await {
            Ok(outcome) => {
                self.keep_outcome(caller, connector, current, lease, outcome)
                    .await
            }
            Err(error) => {
                self.give_back(caller, current, lease, None).await?;
                Err(error)
            }
        }
    }

    async fn exchange_refresh(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        current: &StoredConnection,
    ) -> Result<Outcome, Error> {
        let scope = &caller.ctx.scope;
        let oauth2 = connector
            .oauth2
            .as_ref()
            .ok_or_else(|| Error::Internal("a refresh without OAuth".to_owned()))?;
        let tokens = self.tokens_of(caller, current).await?;
        let Some(refresh_token) = &tokens.refresh_token else {
            return Ok(Outcome::Dead("the grant has no refresh token".to_owned()));
        };
        let client = self
            .client_of(scope, connector, current.client_id.as_deref())
            .await?;
        let grant = Grant::Refresh {
            refresh_token,
            scopes: None,
        };
        let fields = fields_of(current)?;
        let request = token_request(
            connector,
            &self.settings().instance,
            &fields,
            &client,
            grant,
        )
        .map_err(|fault| build_fault(&fault))?;
        metrics::counter!("trunnel_token_refreshes_total").increment(1);
        Ok(match self.outbound().send(request, TOKEN_LIMITS).await {
            Err(failure) => Outcome::Failed {
                why: failure.to_string(),
                wait_ms: None,
            },
            Ok(answer) => match read_token_answer(oauth2, &answer) {
                Ok(answer) => Outcome::Renewed(Box::new(answer)),
                Err(fault) => outcome_of(&fault, &[&tokens.access_token, refresh_token]),
            },
        })
    }

    pub(super) async fn tokens_of(
        &self,
        caller: &AccountCtx,
        current: &StoredConnection,
    ) -> Result<Tokens, Error> {
        let (scope, id) = (&caller.ctx.scope, current.connection.id.as_str());
        let plain = self
            .vault()
            .open(scope, Place::Connection, id, &current.sealed)
            .await?;
        Tokens::read(&plain).map_err(|error| Error::Internal(format!("tokens of {id}: {error}")))
    }

    async fn keep_outcome(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        current: &StoredConnection,
        lease: &str,
        outcome: Outcome,
    ) -> Result<Turn, Error> {
        match outcome {
            Outcome::Renewed(answer) => {
                self.keep_tokens(caller, current, lease, &answer).await?;
                Ok(Turn::Ended)
            }
            Outcome::Dead(why) => {
                self.expire(caller, connector, current, &why).await?;
                Ok(Turn::Ended)
            }
            Outcome::ClientRefused(why) => {
                self.give_back(caller, current, lease, None).await?;
                Err(client_refused(connector, &why).into())
            }
            Outcome::Failed { why, wait_ms } => {
                self.give_back(caller, current, lease, wait_ms).await?;
                Ok(Turn::Failed(why))
            }
        }
    }

    /// Gives the lease back after a failure. The next one, whoever makes it on
    /// whichever node, waits as long as the provider has asked for, and longer with
    /// every failure since the last success.
    async fn give_back(
        &self,
        caller: &AccountCtx,
        current: &StoredConnection,
        lease: &str,
        asked_ms: Option<u64>,
    ) -> Result<(), Error> {
        let (scope, id) = (caller.ctx.scope.clone(), current.connection.id.clone());
        let lease = lease.to_owned();
        let failures = current.refresh_failures + 1;
        let wait = retry::REFRESH
            .wait_ms(failures, self.random_u64())
            .unwrap_or(retry::REFRESH_AT_MOST_MS)
            .max(asked_ms.unwrap_or(0))
            .min(LONGEST_PAUSE_MS);
        let wait = i64::try_from(wait).unwrap_or(i64::MAX);
        let not_before = self.now().plus_millis(wait);
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    connection::release(tx, &scope, &id, &lease, not_before).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}

/// What came of trying to refresh.
enum Turn {
    /// Another one is at it, or has been faster.
    NotMine,
    /// The row says how it ended.
    Ended,
    /// It may be tried again once the fence is open.
    Failed(String),
}

/// What the row says about refreshing now.
enum Fence {
    Open,
    /// Someone is speaking to the provider.
    Leased,
    /// Nobody may for so many milliseconds, after a failure.
    Paused(u64),
}

fn fence(current: &StoredConnection, now: Timestamp) -> Fence {
    let left = current.refresh_until.map_or(0, |until| until.since(now));
    match u64::try_from(left).unwrap_or(0) {
        0 => Fence::Open,
        _ if current.refresh_lease.is_some() => Fence::Leased,
        left => Fence::Paused(left),
    }
}

fn outcome_of(fault: &TokenFault, secrets: &[&Secret]) -> Outcome {
    let words = || {
        let code = fault.error.as_deref().unwrap_or("no code");
        let words = match &fault.description {
            Some(description) => format!("{code}: {description}"),
            None => code.to_owned(),
        };
        without(words, secrets)
    };
    match fault.kind {
        TokenFaultKind::GrantDead => Outcome::Dead(words()),
        TokenFaultKind::ClientRefused => Outcome::ClientRefused(words()),
        TokenFaultKind::Transient { retry_after_s } => Outcome::Failed {
            why: format!("its token endpoint answered {}", fault.status),
            wait_ms: retry_after_s.map(|s| s.saturating_mul(1000)),
        },
        TokenFaultKind::Nonsense => Outcome::Failed {
            why: format!("its token endpoint sent no token ({})", fault.status),
            wait_ms: None,
        },
    }
}

/// Nothing is wrong with the connection; the same call may succeed later.
fn unavailable(connector: &Connector, why: &str, retry_after_s: Option<u64>) -> Fault {
    let mut fault = Fault::new(
        502,
        FaultCode::ExternalApiFailure,
        format!(
            "The token for {} could not be renewed: {why}. Try again.",
            connector.name
        ),
    )
    .external()
    .with("error_class", "transient");
    fault.retry_after_s = retry_after_s;
    fault
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
