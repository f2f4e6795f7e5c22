//! Renewing tokens before they end, whether or not anyone calls.

use tokio::task::JoinSet;
use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::refresh_schedule;

use super::runner::Stop;
use crate::Core;
use crate::connection::renew;
use crate::error::Error;

/// Connections in hand at once, on this node. Most of them wait for their provider.
const AT_ONCE: usize = 128;

/// Connections taken in one transaction: few, so that other nodes get their share.
const BATCH: usize = 32;

/// A worker that died leaves its connections to others after this. Longer than a
/// refresh's own lease, which keeps them from being tried twice in any case.
const LEASE_MS: i64 = 120_000;

const LOOK_EVERY_MS: i64 = 1_000;

/// Between two batches, so that nodes take turns and a burst is spread a little.
const PAUSE_MS: i64 = 20;

pub(super) async fn run(core: Core, mut stop: Stop) {
    let mut running = JoinSet::new();
    let mut look_at = core.now();
    while !stop.is_set() {
        while let Some(ended) = running.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "a renewal task failed");
            }
        }
        let limit = BATCH.min(AT_ONCE - running.len());
        if limit > 0 && core.now() >= look_at {
            // Looking is cheap, taking is a transaction.
            let next = next_look(&core).await;
            if next > core.now() {
                look_at = next;
                continue;
            }
            for (scope, id) in take(&core, limit).await {
                running.spawn(renew_one(core.clone(), scope, id));
            }
            look_at = core.now().plus_millis(PAUSE_MS);
            continue;
        }
        let pause = look_at.since(core.now()).clamp(5, LOOK_EVERY_MS);
        tokio::select! {
            biased;
            () = stop.set() => {}
            ended = running.join_next(), if limit == 0 => {
                if let Some(Err(error)) = ended {
                    tracing::error!(%error, "a renewal task failed");
                }
            }
            () = core.sleep().sleep(pause.unsigned_abs()) => {}
        }
    }
    while running.join_next().await.is_some() {}
}

async fn take(core: &Core, limit: usize) -> Vec<(Scope, ConnectionId)> {
    let now = core.now();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let taken = core
        .db()
        .write(move |tx| {
            Box::pin(async move {
                let lease = now.plus_millis(LEASE_MS);
                Ok::<_, Error>(refresh_schedule::claim(tx, now, lease, limit).await?)
            })
        })
        .await;
    taken.unwrap_or_else(|error| {
        tracing::error!(%error, "connections to renew could not be taken");
        Vec::new()
    })
}

/// When the next is due, and never too late.
async fn next_look(core: &Core) -> Timestamp {
    let due = refresh_schedule::next_due(core.db()).await.ok().flatten();
    let now = core.now();
    let left = due.map_or(LOOK_EVERY_MS, |due| due.since(now));
    now.plus_millis(left.min(LOOK_EVERY_MS))
}

async fn renew_one(core: Core, scope: Scope, id: ConnectionId) {
    if let Err(error) = renew(&core, &scope, &id).await {
        // It is taken again when its lease ends.
        tracing::error!(connection = %id, %error, "a token could not be renewed ahead");
    }
}
