//! Delivering webhooks.

use std::collections::HashMap;

use tokio::task::JoinSet;
use trunnel_model::scope::Scope;
use trunnel_model::webhook::Delivery;
use trunnel_store::{Queue, webhook};

use super::runner::Stop;
use crate::Core;
use crate::error::Error;
use crate::webhook::deliver;

/// Deliveries in progress at once, on this node.
const AT_ONCE: usize = 256;

/// Of these, to one webhook: a slow receiver must not take the places of all others.
const AT_ONCE_EACH: usize = 64;

/// A worker that died leaves its deliveries to others after this. Longer than a
/// receiver may take, so that a slow one is not told twice.
const LEASE_MS: i64 = 25_000;

/// Other nodes' work, and what a crash left, is found by looking.
const LOOK_EVERY_MS: u64 = 1_000;

pub(super) async fn run(core: Core, mut stop: Stop) {
    let mut running = Running::default();
    while !stop.is_set() {
        running.reap();
        let room = running.room();
        let taken = if room == 0 {
            0
        } else {
            running.take(&core, room).await
        };
        if taken > 0 {
            continue;
        }
        tokio::select! {
            () = stop.set() => {}
            () = core.db().woken(Queue::Delivery), if room > 0 => {}
            ended = running.tasks.join_next(), if !running.tasks.is_empty() => running.ended(ended),
            () = wait(&core), if room > 0 => {}
        }
    }
    while let Some(ended) = running.tasks.join_next().await {
        running.ended(Some(ended));
    }
}

/// Until the next delivery is due, but never longer than the interval.
async fn wait(core: &Core) {
    let due = webhook::next_due(core.db()).await.ok().flatten();
    let left = due.map_or(i64::MAX, |due| due.since(core.now()));
    let left = u64::try_from(left).unwrap_or(0).clamp(5, LOOK_EVERY_MS);
    core.sleep().sleep(left).await;
}

#[derive(Default)]
struct Running {
    tasks: JoinSet<String>,
    each: HashMap<String, usize>,
}

impl Running {
    /// How many may be taken now. Below a quarter none: taking costs a transaction,
    /// and one for many is cheaper than one for each.
    fn room(&self) -> usize {
        let room = AT_ONCE.saturating_sub(self.tasks.len());
        if room < AT_ONCE / 4 { 0 } else { room }
    }

    /// Forgets the ones that have ended.
    fn reap(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.ended(Some(ended));
        }
    }

    /// Takes what is due and starts on it; says how many.
    async fn take(&mut self, core: &Core, room: usize) -> usize {
        let now = core.now();
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let claimed = core
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let lease = now.plus_millis(LEASE_MS);
                    Ok::<_, Error>(webhook::claim(tx, now, lease, limit).await?)
                })
            })
            .await;
        match claimed {
            Ok(claimed) => {
                let count = claimed.len();
                for (scope, delivery) in claimed {
                    self.start(core.clone(), scope, delivery);
                }
                count
            }
            Err(error) => {
                tracing::error!(%error, "deliveries could not be taken");
                core.sleep().sleep(LOOK_EVERY_MS).await;
                0
            }
        }
    }

    fn start(&mut self, core: Core, scope: Scope, delivery: Delivery) {
        let webhook = delivery.webhook.as_str().to_owned();
        let ahead = self.each.entry(webhook.clone()).or_default();
        *ahead += 1;
        // Beyond its share, a webhook's deliveries wait for the earlier ones.
        let pause = u64::try_from(*ahead / AT_ONCE_EACH).unwrap_or(0);
        self.tasks.spawn(async move {
            if pause > 0 {
                core.sleep().sleep(pause * 10).await;
            }
            let id = delivery.id.clone();
            if let Err(error) = deliver(&core, &scope, delivery).await {
                // It stays leased and is taken again when the lease ends.
                tracing::error!(delivery = %id, %error, "a delivery could not be made");
            }
            webhook
        });
    }

    fn ended(&mut self, ended: Option<Result<String, tokio::task::JoinError>>) {
        match ended {
            Some(Ok(webhook)) => {
                if let Some(count) = self.each.get_mut(&webhook) {
                    *count -= 1;
                    if *count == 0 {
                        self.each.remove(&webhook);
                    }
                }
            }
            Some(Err(error)) => tracing::error!(%error, "a delivery task failed"),
            None => {}
        }
    }
}
