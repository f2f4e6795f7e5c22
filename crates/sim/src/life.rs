//! A node's life and its clock.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use trunnel_model::time::{Clock, Sleep, Timestamp};
use trunnel_store::Gate;

use crate::seed::Seed;

/// 2026-01-15T12:00:00Z, when every simulation begins.
const START_MS: i64 = 1_768_478_400_000;

/// Simulated time since the simulation began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Epoch(Instant);

impl Epoch {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since then.
    pub(crate) fn ms(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the runtime's time is the simulation's"
)]
pub(crate) async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// One incarnation of a node. A dead one goes on with nothing: whatever it waits for,
/// it waits for ever, which from outside is the same as a process that was killed.
#[derive(Debug)]
pub(crate) struct Life {
    dead: AtomicBool,
    died_at: AtomicU64,
    /// Dies after so many more steps.
    steps: AtomicU64,
    /// Its sockets stay open, as after a power cut.
    silently: AtomicBool,
    epoch: Epoch,
}

impl Life {
    pub(crate) fn new(epoch: Epoch) -> Arc<Self> {
        Arc::new(Self {
            dead: AtomicBool::new(false),
            died_at: AtomicU64::new(u64::MAX),
            steps: AtomicU64::new(u64::MAX),
            silently: AtomicBool::new(false),
            epoch,
        })
    }

    pub(crate) fn kill(&self) {
        if !self.dead.swap(true, Ordering::SeqCst) {
            self.died_at.store(self.epoch.ms(), Ordering::SeqCst);
        }
    }

    /// It will die at the step so many from now, at whatever it is about to do then.
    pub(crate) fn doom(&self, steps: u64, silently: bool) {
        self.silently.store(silently, Ordering::SeqCst);
        self.steps.store(steps, Ordering::SeqCst);
    }

    pub(crate) fn spare(&self) {
        self.steps.store(u64::MAX, Ordering::SeqCst);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    pub(crate) fn died_silently(&self) -> bool {
        self.is_dead() && self.silently.load(Ordering::SeqCst)
    }

    /// How long it lived on after a moment.
    pub(crate) fn lived_on_ms(&self, from: u64) -> u64 {
        let until = self.died_at.load(Ordering::SeqCst).min(self.epoch.ms());
        until.saturating_sub(from)
    }

    /// One step; the dead take none.
    pub(crate) async fn step(&self) {
        let left = self.steps.load(Ordering::SeqCst);
        if left != u64::MAX {
            self.steps.store(left.saturating_sub(1), Ordering::SeqCst);
            if left == 0 {
                self.kill();
            }
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }
}

/// A node's clock, wrong by a little, and its sleep.
#[derive(Debug, Clone)]
pub(crate) struct NodeClock {
    pub(crate) epoch: Epoch,
    pub(crate) skew_ms: i64,
    pub(crate) life: Arc<Life>,
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.epoch.ms()).unwrap_or(i64::MAX);
        Timestamp::from_millis(START_MS + self.skew_ms + passed)
    }

    fn ticks(&self) -> u64 {
        self.epoch.ms() * 1_000_000
    }
}

impl Sleep for NodeClock {
    fn sleep(&self, millis: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.life.step().await;
            pause(millis).await;
            self.life.step().await;
        })
    }
}

/// What stands before a node's database.
pub(crate) struct NodeGate {
    pub(crate) life: Arc<Life>,
    pub(crate) seed: Arc<Seed>,
    /// Whether the database has bad moments.
    pub(crate) moody: Arc<AtomicBool>,
}

/// The longest that a database stands still.
const LONGEST_STALL_MS: u64 = 25_000;

impl Gate for NodeGate {
    fn pass(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.life.step().await;
            if self.moody.load(Ordering::SeqCst) {
                if self.seed.one_in(600) {
                    pause(self.seed.between(1_000, LONGEST_STALL_MS)).await;
                } else if self.seed.one_in(6) {
                    pause(self.seed.between(1, 40)).await;
                } else {
                    tokio::task::yield_now().await;
                }
                self.life.step().await;
            }
        })
    }
}
