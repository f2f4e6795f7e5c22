//! Many connections whose tokens end together, and a provider that takes so many
//! requests in a second and no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use trunnel_store::{Db, Location};

use crate::life::{Epoch, pause};
use crate::node::{Ground, Node};
use crate::provider::{Policy, Provider};
use crate::refresh::{beside, connect, set_up};
use crate::seed::Seed;
use crate::wire::{Limit, Weather};

/// What is asked of it.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub connections: u64,
    /// Their tokens end within so many seconds.
    pub window_s: u64,
    pub nodes: usize,
    /// What the provider takes in a second.
    pub per_second: u64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct LoadFigures {
    pub attempts: u64,
    pub renewed: u64,
    pub refused: u64,
    /// The least that was left of a token when it was renewed, in milliseconds.
    pub least_left_ms: Option<i64>,
}

/// How long access tokens live.
const LIFE_S: u64 = 3_600;

/// Lets every connection's first token be renewed, once.
///
/// # Panics
/// When the simulation itself cannot be set up.
#[expect(
    clippy::expect_used,
    reason = "a simulation that cannot begin has nothing to say"
)]
pub fn load(load: Load) -> LoadFigures {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(renew_all(load))
}

#[expect(
    clippy::expect_used,
    reason = "a simulation that cannot begin has nothing to say"
)]
async fn renew_all(load: Load) -> LoadFigures {
    let epoch = Epoch::new();
    let db = Db::open(&Location::Memory).expect("a database in memory");
    trunnel_store::migrate(&db).await.expect("migrations");
    let policy = Policy {
        rotates: true,
        grace_ms: None,
        life_s: LIFE_S,
        early_s: 0,
    };
    let ground = Ground {
        db,
        epoch,
        provider: Provider::new(policy, epoch),
        weather: Arc::new(Weather {
            seed: Arc::new(Seed::new(1, 2)),
            badness: AtomicU64::new(0),
            outage_until: AtomicU64::new(0),
            outage_is_silent: AtomicBool::new(false),
            limit: Limit::of(load.per_second),
        }),
        seed: Arc::new(Seed::new(1, 3)),
        moody_db: Arc::new(AtomicBool::new(false)),
    };
    let nodes: Vec<_> = (0..load.nodes).map(|_| Node::start(&ground, 0)).collect();
    let core = &nodes[0].core;
    let ctx = set_up(core).await;
    for number in 0..load.connections {
        let (core, ctx) = (core.clone(), ctx.clone());
        let at = number * load.window_s * 1_000 / load.connections;
        beside(async move {
            pause(at).await;
            connect(&core, &ctx, number).await;
        });
    }
    // Until the last of them has ended; a second round begins later than that.
    pause((LIFE_S + load.window_s + 5) * 1_000).await;
    let (requests, exchanges) = ground.provider.counted();
    LoadFigures {
        attempts: requests - load.connections,
        renewed: exchanges - load.connections,
        refused: ground.weather.limit.refused.load(Ordering::SeqCst),
        least_left_ms: ground.provider.least_left_ms(),
    }
}
