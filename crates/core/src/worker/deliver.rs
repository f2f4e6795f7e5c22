//! Delivering webhooks.

use std::collections::{HashMap, VecDeque};

use tokio::task::{Id, JoinError, JoinSet};
use trunnel_model::id::DeliveryId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::Delivery;
use trunnel_store::{Queue, Tx, webhook};

use super::runner::Stop;
use crate::Core;
use crate::error::Error;
use crate::webhook::deliver;

/// Deliveries in progress at once, on this node.
const AT_ONCE: usize = 256;

/// One webhook may have so many times as many of them in progress as places are free.
/// Alone it gets three quarters; a second slow one gets its share of the last quarter
/// and the first none of it. So a place stays free for the others until some eighty
/// receivers are slow together.
const SHARE: usize = 3;

/// Deliveries that have been taken and wait for a place.
const WAITING: usize = 256;

/// With fewer waiting, more are taken.
const FEW_WAITING: usize = 64;

/// A webhook's deliveries wait so long for it to answer the ones before them. A
/// receiver that takes longer for one gets what is beyond its share put back at once.
const PATIENCE_MS: i64 = 200;

/// What is put back is due again after this, and no more than one in each millisecond: however
/// many there are, taking them and putting them back once more stays cheap.
const PUT_BACK_MS: i64 = 500;

/// After a failure of our own, a delivery is due again.
const FAILED_MS: i64 = 10_000;

/// A worker that died leaves its deliveries to others after this. Longer than one may
/// wait here and a receiver may then take, so that a slow one is not told twice.
const LEASE_MS: i64 = 25_000;

/// What has waited for a place as long as this is put back, whatever the reason.
const LONGEST_WAIT_MS: i64 = 5_000;

/// Other nodes' work, and what a crash left, is found by looking.
const LOOK_EVERY_MS: i64 = 1_000;

pub(super) async fn run(core: Core, mut stop: Stop) {
    let mut desk = Desk::new(core.now());
    while !stop.is_set() {
        desk.reap();
        desk.start(&core);
        if desk.turn(&core).await {
            continue;
        }
        let pause = desk.pause(core.now());
        tokio::select! {
            () = stop.set() => {}
            () = core.db().woken(Queue::Delivery) => desk.look_at = core.now(),
            ended = desk.tasks.join_next_with_id(), if !desk.tasks.is_empty() => desk.ended(ended),
            () = core.sleep().sleep(pause) => {}
        }
    }
    desk.put_all_back(&core).await;
    while let Some(ended) = desk.tasks.join_next_with_id().await {
        desk.ended(Some(ended));
    }
}

/// A delivery that this node has taken.
struct Taken {
    scope: Scope,
    delivery: Delivery,
    at: Timestamp,
}

/// Deliveries of one environment that are to be put back.
struct Back {
    scope: Scope,
    ids: Vec<DeliveryId>,
    due_at: Timestamp,
}

impl Back {
    async fn write(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        Ok(webhook::put_back(tx, &self.scope, &self.ids, self.due_at).await?)
    }
}

/// One webhook's deliveries on this node.
#[derive(Default)]
struct Lane {
    running: usize,
    waiting: VecDeque<Taken>,
    is_slow: bool,
}

impl Lane {
    fn may_start(&self, free: usize) -> bool {
        self.running < SHARE * free
    }
}

/// What this node has taken: what it is sending, and what waits for a place.
struct Desk {
    tasks: JoinSet<i64>,
    /// Which webhook each task sends to; a task that panics cannot say it.
    webhooks: HashMap<Id, String>,
    lanes: HashMap<String, Lane>,
    waiting: usize,
    /// When to look for more, unless woken before.
    look_at: Timestamp,
    /// When the last one that was put back is due.
    put_back_until: Timestamp,
}

impl Desk {
    fn new(now: Timestamp) -> Self {
        Self {
            tasks: JoinSet::new(),
            webhooks: HashMap::new(),
            lanes: HashMap::new(),
            waiting: 0,
            look_at: now,
            put_back_until: now,
        }
    }

    fn free(&self) -> usize {
        AT_ONCE.saturating_sub(self.tasks.len())
    }

    /// Forgets the ones that have ended.
    fn reap(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.ended(Some(ended));
        }
    }

    fn ended(&mut self, ended: Option<Result<(Id, i64), JoinError>>) {
        let (id, took) = match ended {
            Some(Ok((id, took))) => (id, Some(took)),
            Some(Err(error)) => {
                tracing::error!(%error, "a delivery task failed");
                (error.id(), None)
            }
            None => return,
        };
        let Some(webhook) = self.webhooks.remove(&id) else {
            return;
        };
        if let Some(lane) = self.lanes.get_mut(&webhook) {
            lane.running = lane.running.saturating_sub(1);
            if let Some(took) = took {
                lane.is_slow = took >= PATIENCE_MS;
            }
            if lane.running == 0 && lane.waiting.is_empty() {
                self.lanes.remove(&webhook);
            }
        }
    }

    /// Starts what may start, one of each webhook in turn.
    fn start(&mut self, core: &Core) {
        let mut goes_on = self.waiting > 0;
        while goes_on {
            goes_on = false;
            for (webhook, lane) in &mut self.lanes {
                if !lane.may_start(AT_ONCE.saturating_sub(self.tasks.len())) {
                    continue;
                }
                let Some(taken) = lane.waiting.pop_front() else {
                    continue;
                };
                lane.running += 1;
                self.waiting -= 1;
                let task = self.tasks.spawn(send(core.clone(), taken));
                self.webhooks.insert(task.id(), webhook.clone());
                goes_on = true;
            }
        }
    }

    /// Puts back what should not wait here any longer and takes what is due. True when
    /// there may be more to do at once.
    async fn turn(&mut self, core: &Core) -> bool {
        let now = core.now();
        let surplus = self.surplus(now);
        let limit = self.room(now);
        if surplus.is_empty() && limit == 0 {
            return false;
        }
        if let Some(back) = surplus.first() {
            self.look_at = self.look_at.min(back.due_at);
        }
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let taken = core
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    for back in &surplus {
                        back.write(tx).await?;
                    }
                    if most == 0 {
                        return Ok(Vec::new());
                    }
                    let lease = now.plus_millis(LEASE_MS);
                    Ok::<_, Error>(webhook::claim(tx, now, lease, most).await?)
                })
            })
            .await;
        let count = match taken {
            Ok(taken) => self.wait_for_a_place(taken, now),
            Err(error) => {
                // What was to be put back is taken again when its lease ends.
                tracing::error!(%error, "deliveries could not be taken");
                self.look_at = now.plus_millis(LOOK_EVERY_MS);
                return false;
            }
        };
        if limit > 0 && count < limit {
            self.look_at = next_look(core, now).await;
        }
        count > 0
    }

    fn wait_for_a_place(&mut self, taken: Vec<(Scope, Delivery)>, now: Timestamp) -> usize {
        let count = taken.len();
        self.waiting += count;
        for (scope, delivery) in taken {
            let webhook = delivery.webhook.as_str().to_owned();
            let taken = Taken {
                scope,
                delivery,
                at: now,
            };
            let lane = self.lanes.entry(webhook).or_default();
            lane.waiting.push_back(taken);
        }
        count
    }

    /// How many to take now. None while enough wait, or before there is anything new to
    /// find: taking costs a transaction, and one for many is cheaper than one for each.
    fn room(&self, now: Timestamp) -> usize {
        if self.free() == 0 || self.waiting >= FEW_WAITING || now < self.look_at {
            0
        } else {
            WAITING - self.waiting
        }
    }

    /// Takes out what is to be put back, with the times at which it is due again.
    fn surplus(&mut self, now: Timestamp) -> Vec<Back> {
        if self.waiting == 0 {
            return Vec::new();
        }
        let free = self.free();
        let mut due_at = self.put_back_until.max(now.plus_millis(PUT_BACK_MS));
        let (mut surplus, mut count) = (Vec::new(), 0);
        for lane in self.lanes.values_mut() {
            let at_its_share = free > 0 && !lane.may_start(free);
            let patience = match (at_its_share, lane.is_slow) {
                (true, true) => 0,
                (true, false) => PATIENCE_MS,
                // It is not this webhook that holds it up.
                (false, _) => LONGEST_WAIT_MS,
            };
            // One webhook's are all of one environment.
            let (mut scope, mut ids) = (None, Vec::new());
            while let Some(taken) = lane
                .waiting
                .pop_front_if(|taken| now.since(taken.at) >= patience)
            {
                lane.is_slow |= at_its_share;
                ids.push(taken.delivery.id);
                scope = Some(taken.scope);
            }
            let Some(scope) = scope else { continue };
            for some in ids.chunks(webhook::PUT_BACK_AT_ONCE) {
                count += some.len();
                surplus.push(Back {
                    scope: scope.clone(),
                    ids: some.to_vec(),
                    due_at,
                });
                due_at = due_at.plus_millis(i64::try_from(some.len()).unwrap_or(0));
            }
        }
        if !surplus.is_empty() {
            self.waiting -= count;
            self.put_back_until = due_at;
            self.lanes
                .retain(|_, lane| lane.running > 0 || !lane.waiting.is_empty());
        }
        surplus
    }

    /// The other nodes get what this one will not come to any more.
    async fn put_all_back(&mut self, core: &Core) {
        let now = core.now();
        let waiting = self
            .lanes
            .values_mut()
            .flat_map(|lane| lane.waiting.drain(..));
        let all: Vec<_> = waiting
            .map(|taken| Back {
                scope: taken.scope,
                ids: vec![taken.delivery.id],
                due_at: now,
            })
            .collect();
        if !all.is_empty()
            && let Err(error) = put_back(core, all).await
        {
            tracing::error!(%error, "deliveries stay taken until their leases end");
        }
    }

    /// Until there is something to do that nobody wakes us for.
    fn pause(&self, now: Timestamp) -> u64 {
        let mut left = LOOK_EVERY_MS;
        if self.waiting > 0 {
            left = left.min(PATIENCE_MS / 4);
        }
        if self.free() > 0 && self.waiting < FEW_WAITING {
            left = left.min(self.look_at.since(now));
        }
        u64::try_from(left).unwrap_or(0).max(1)
    }
}

/// When the next delivery is due, but at least a little later, and never too late.
async fn next_look(core: &Core, now: Timestamp) -> Timestamp {
    let due = webhook::next_due(core.db()).await.ok().flatten();
    let left = due.map_or(LOOK_EVERY_MS, |due| due.since(now));
    now.plus_millis(left.clamp(5, LOOK_EVERY_MS))
}

/// Makes the delivery and says how many milliseconds it took.
async fn send(core: Core, taken: Taken) -> i64 {
    let Taken {
        scope, delivery, ..
    } = taken;
    let (id, began) = (delivery.id.clone(), core.now());
    if let Err(error) = deliver(&core, &scope, delivery).await {
        tracing::error!(delivery = %id, %error, "a delivery could not be made");
        let back = Back {
            scope,
            ids: vec![id],
            due_at: core.now().plus_millis(FAILED_MS),
        };
        if let Err(error) = put_back(&core, vec![back]).await {
            // It is taken again when the lease ends.
            tracing::error!(%error, "a delivery could not be put back");
        }
    }
    core.now().since(began)
}

async fn put_back(core: &Core, all: Vec<Back>) -> Result<(), Error> {
    core.db()
        .write(move |tx| {
            Box::pin(async move {
                for back in &all {
                    back.write(tx).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
}
