//! Waiting for a new token: one refresh in flight per connection, over all nodes.
//!
//! The fence is in the connection's row. Whoever writes its lease there, by a
//! compare-and-swap on the version it has read, may speak to the provider; everyone
//! else waits for the row to change. A lease lasts longer than the exchange may
//! take, so a holder that died is replaced and one that is slow is not.
//!
//! What one holder of the lease does is in `turn.rs`; when a token is renewed without
//! anyone asking, in `schedule.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use trunnel_catalog::Connector;
use trunnel_model::connection::Status;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::time::Timestamp;
use trunnel_outbound::Limits;
use trunnel_store::connection::{self, StoredConnection};

use super::{Way, expired, not_connected};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::pressure::{Held, Priority};

/// What a token endpoint may take. Its answers are short, but they may be the only copy
/// of a token, so there is patience.
pub(super) const TOKEN_LIMITS: Limits = Limits::of(Duration::from_secs(30)).up_to(1024 * 1024);

/// How long a caller waits for a refresh, its own or another's.
const PATIENCE_MS: i64 = 45_000;

/// How often a waiting caller looks at the row; callers on the same node are woken.
const LOOK_EVERY_MS: u64 = 50;

/// A wait this long is not waited out inside a call.
pub(super) const LONGEST_WAIT_MS: u64 = 5_000;

/// What this node knows of its refreshes.
#[derive(Default)]
pub(crate) struct Refreshes {
    /// Wakes those who wait on this node when a refresh has ended.
    pub(super) ended: Notify,
    at_it: Mutex<AtIt>,
}

/// The connections that someone on this node is about to refresh or refreshing. It
/// spares the row useless leases, and the provider's lane useless places in its queue.
#[derive(Default)]
struct AtIt {
    foreground: BTreeSet<String>,
    background: BTreeSet<String>,
}

impl AtIt {
    fn of(&mut self, priority: Priority) -> &mut BTreeSet<String> {
        match priority {
            Priority::Foreground => &mut self.foreground,
            Priority::Background => &mut self.background,
        }
    }
}

/// One who is at it, until it is dropped.
pub(super) struct Busy {
    core: Core,
    connection: String,
    priority: Priority,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut at_it = self.core.0.refreshes.at_it.lock();
        at_it.of(self.priority).remove(&self.connection);
    }
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
        way: &Way,
        seen: &StoredConnection,
    ) -> Result<StoredConnection, Error> {
        let give_up = self.now().plus_millis(PATIENCE_MS);
        let mut why = "its token endpoint has failed before".to_owned();
        loop {
            let ended = self.0.refreshes.ended.notified();
            let mut look = LOOK_EVERY_MS;
            let current = self.current(caller, &way.connector, seen).await?;
            if current.version != seen.version {
                return Ok(current);
            }
            let now = self.now();
            if now >= give_up {
                return Err(unavailable(&way.connector, "the refresh took too long", None).into());
            }
            match fence(&current, now) {
                Fence::Open => {
                    let turn = self.take_turn(caller, way, &current, Priority::Foreground);
                    match turn.await? {
                        Turn::Ended => continue,
                        Turn::Failed(reason) => {
                            why = reason;
                            continue;
                        }
                        Turn::Held(Held { wait_ms, why }) if wait_ms > LONGEST_WAIT_MS => {
                            let seconds = wait_ms.div_ceil(1000);
                            return Err(unavailable(&way.connector, why, Some(seconds)).into());
                        }
                        Turn::Held(held) => look = held.wait_ms.max(LOOK_EVERY_MS),
                        Turn::NotMine => {}
                    }
                }
                Fence::Paused(left) if left > LONGEST_WAIT_MS => {
                    let seconds = left.div_ceil(1000);
                    return Err(unavailable(&way.connector, &why, Some(seconds)).into());
                }
                Fence::Paused(_) | Fence::Leased => {}
            }
            tokio::select! {
                () = ended => {}
                () = self.sleep().sleep(look) => {}
            }
        }
    }

    /// Renews a token that still works, without anyone waiting for it. One try: the
    /// next call makes the next.
    pub(super) fn refresh_ahead(&self, caller: &AccountCtx, way: &Way, seen: &StoredConnection) {
        let (core, caller, seen) = (self.clone(), caller.clone(), seen.clone());
        let way = way.clone();
        self.in_background(async move {
            let turn = core.take_turn(&caller, &way, &seen, Priority::Background);
            match turn.await? {
                Turn::Failed(why) => {
                    let id = &seen.connection.id;
                    tracing::info!(connection = %id, why, "a token could not be renewed ahead");
                }
                Turn::Ended | Turn::NotMine | Turn::Held(_) => {}
            }
            Ok(())
        });
    }

    /// Nothing when another one on this node is at it with the same urgency or more.
    pub(super) fn begin_refresh(
        &self,
        stored: &StoredConnection,
        priority: Priority,
    ) -> Option<Busy> {
        let connection = stored.connection.id.as_str().to_owned();
        let mut at_it = self.0.refreshes.at_it.lock();
        if at_it.foreground.contains(&connection) || !at_it.of(priority).insert(connection.clone())
        {
            return None;
        }
        Some(Busy {
            core: self.clone(),
            connection,
            priority,
        })
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
}

/// What came of trying to refresh.
pub(crate) enum Turn {
    /// Another one is at it, or has been faster.
    NotMine,
    /// The row says how it ended.
    Ended,
    /// It may be tried again once the fence is open.
    Failed(String),
    /// The provider is not asked for anything now.
    Held(Held),
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
