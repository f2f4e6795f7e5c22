//! The simulation of staying connected: a storm, then calm, then judgement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Map;
use trunnel_core::{AccountCtx, Asked, Callback, Core, Ctx, SettingChange, WebhookChange};
use trunnel_model::audit::AuditAction;
use trunnel_model::connection::Status;
use trunnel_model::environment::Environment;
use trunnel_model::linked_account::AccountChange;
use trunnel_model::secret::Secret;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::WebhookEvent;
use trunnel_store::{Db, Location, StoreError, audit, connection, webhook};

use crate::life::{Epoch, pause};
use crate::node::{Ground, Node, SLUG};
use crate::provider::{Policy, Provider};
use crate::seed::Seed;
use crate::wire::{Limit, Weather};

/// What one simulation came to.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub requests: u64,
    pub exchanges: u64,
    pub kills: u64,
    pub calls: u64,
    pub lost: u64,
    pub violations: Vec<String>,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.exchanges += other.exchanges;
        self.kills += other.kills;
        self.calls += other.calls;
        self.lost += other.lost;
        self.violations.extend(other.violations.iter().cloned());
    }
}

/// How long the storm lasts, and the calm after it: longer than any pause that the
/// product makes, and than any token lives.
const STORM_MS: u64 = 8 * 60_000;
const CALM_MS: u64 = 12 * 60_000;

/// In the calm, everything has settled after this.
const SETTLED_MS: u64 = 10 * 60_000;

/// Runs one seed to its end. The same seed does the same again.
///
/// # Panics
/// When the simulation itself cannot be set up.
#[expect(
    clippy::expect_used,
    reason = "a simulation that cannot begin has nothing to say"
)]
pub fn run(seed: u64) -> Figures {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async { World::begin(seed).await.run().await })
}

struct World {
    ground: Ground,
    driver: Arc<Seed>,
    nodes: Vec<Option<Node>>,
    skews: Vec<i64>,
    ctx: Ctx,
    accounts: Vec<AccountId>,
    figures: Figures,
}

impl World {
    #[expect(
        clippy::expect_used,
        reason = "a simulation that cannot begin has nothing to say"
    )]
    async fn begin(seed: u64) -> Self {
        let epoch = Epoch::new();
        let driver = Arc::new(Seed::new(seed, 1));
        let db = Db::open(&Location::Memory).expect("a database in memory");
        trunnel_store::migrate(&db).await.expect("migrations");
        let policy = Policy::draw(&driver);
        let ground = Ground {
            db,
            epoch,
            provider: Provider::new(policy, epoch),
            weather: Arc::new(Weather {
                seed: Arc::new(Seed::new(seed, 2)),
                badness: AtomicU64::new(0),
                outage_until: AtomicU64::new(0),
                outage_is_silent: AtomicBool::new(false),
                limit: Limit::default(),
            }),
            seed: Arc::new(Seed::new(seed, 3)),
            moody_db: Arc::new(AtomicBool::new(false)),
        };
        let count = driver.between(2, 3);
        let skews: Vec<i64> = (0..count)
            .map(|_| i64::try_from(driver.between(0, 8_000)).unwrap_or(0) - 4_000)
            .collect();
        let nodes: Vec<_> = skews
            .iter()
            .map(|skew| Some(Node::start(&ground, *skew)))
            .collect();
        let core = nodes[0].as_ref().expect("a node").core.clone();
        let ctx = set_up(&core).await;
        let mut world = Self {
            ground,
            nodes,
            skews,
            ctx,
            accounts: Vec::new(),
            figures: Figures::default(),
            driver,
        };
        for number in 0..world.driver.between(1, 4) {
            let account = connect(&core, &world.ctx, number).await;
            world.accounts.push(account);
        }
        world
    }

    async fn run(mut self) -> Figures {
        self.storm().await;
        self.calm().await;
        self.judge().await;
        let (requests, exchanges) = self.ground.provider.counted();
        Figures {
            requests,
            exchanges,
            violations: self.ground.provider.violations(),
            ..self.figures
        }
    }

    /// Everything that may go wrong does.
    async fn storm(&mut self) {
        let badness = [0, 10, 30, 60][index(&self.driver, 4)];
        let kills = self.driver.between(0, 2);
        let weather = Arc::clone(&self.ground.weather);
        weather.badness.store(badness, Ordering::SeqCst);
        self.ground.moody_db.store(true, Ordering::SeqCst);
        let end = self.ground.epoch.ms() + STORM_MS;
        while self.ground.epoch.ms() < end {
            pause(self.driver.between(50, 3_000)).await;
            self.bury();
            if self.driver.one_in(5) {
                self.call();
            }
            if kills > 0 && self.driver.one_in(20) {
                self.doom();
            }
            if self.driver.one_in(4) {
                self.revive();
            }
            if badness > 0 && self.driver.one_in(150) {
                let until = self.ground.epoch.ms() + self.driver.between(5_000, 180_000);
                weather.outage_until.store(until, Ordering::SeqCst);
                let silent = self.driver.one_in(2);
                weather.outage_is_silent.store(silent, Ordering::SeqCst);
            }
            if self.driver.one_in(400) {
                let family = index(&self.driver, self.accounts.len());
                self.ground.provider.revoke(family);
            }
        }
    }

    async fn calm(&mut self) {
        self.ground.weather.badness.store(0, Ordering::SeqCst);
        self.ground.weather.outage_until.store(0, Ordering::SeqCst);
        self.ground.moody_db.store(false, Ordering::SeqCst);
        for node in self.nodes.iter().flatten() {
            node.life.spare();
        }
        self.bury();
        while self.nodes.iter().any(Option::is_none) {
            self.revive();
        }
        let end = self.ground.epoch.ms() + CALM_MS;
        while self.ground.epoch.ms() < end {
            pause(20_000).await;
            self.call();
        }
        pause(60_000).await;
    }

    /// A customer's call, at any node that answers.
    fn call(&mut self) {
        let at = index(&self.driver, self.nodes.len());
        let Some(node) = &self.nodes[at] else { return };
        let account = self.accounts[index(&self.driver, self.accounts.len())].clone();
        let (core, caller) = (node.core.clone(), self.caller(account));
        self.figures.calls += 1;
        beside(async move {
            let input = Map::new();
            let call = core.run_action(&caller, SLUG, "get", None, &input);
            // What it comes to is the judge's business, at the end.
            let _ = tokio::time::timeout(Duration::from_mins(5), call).await;
        });
    }

    fn caller(&self, account: AccountId) -> AccountCtx {
        AccountCtx {
            ctx: self.ctx.clone(),
            account,
        }
    }

    /// Some node will be killed at one of its next steps.
    fn doom(&mut self) {
        let at = index(&self.driver, self.nodes.len());
        let (steps, silently) = (self.driver.between(0, 120), self.driver.one_in(3));
        if let Some(node) = &self.nodes[at] {
            node.life.doom(steps, silently);
        }
    }

    /// Takes away the nodes that have died, with all that they were doing.
    fn bury(&mut self) {
        for place in &mut self.nodes {
            if let Some(node) = place.take_if(|node| node.life.is_dead()) {
                self.figures.kills += 1;
                if !node.life.died_silently() {
                    self.ground.provider.hung_up(&node.life);
                }
            }
        }
    }

    fn revive(&mut self) {
        let dead = self.nodes.iter().position(Option::is_none);
        if let Some(at) = dead {
            self.nodes[at] = Some(Node::start(&self.ground, self.skews[at]));
        }
    }

    #[expect(clippy::expect_used, reason = "the database is in memory")]
    async fn judge(&mut self) {
        let provider = Arc::clone(&self.ground.provider);
        let settled = self.ground.epoch.ms().saturating_sub(CALM_MS - SETTLED_MS);
        let expired = self.expired_by_audit().await;
        let told = self.told().await;
        for (family, account) in self.accounts.iter().enumerate() {
            let scope = &self.ctx.scope;
            let found = connection::of_app(&self.ground.db, scope, account, SLUG).await;
            let found = found.expect("the database answers").remove(0).connection;
            let times = expired.get(found.id.as_str()).copied().unwrap_or(0);
            let messages = told.get(account.as_str()).copied().unwrap_or(0);
            let (alive, lost, death, refused) = provider.read(|families| {
                let known = &families[family];
                let refused = known.refusals.iter().filter(|at| **at > settled).count();
                (known.alive, known.lost, known.death.clone(), refused)
            });
            let mut wrong = Vec::new();
            match (alive, found.status) {
                (true, Status::Expired) => {
                    wrong.push("expired although its grant lives".to_owned());
                }
                (false, Status::Active) => {
                    wrong.push("not expired, although its grant is dead".to_owned());
                }
                _ => {}
            }
            let wanted = u64::from(!alive);
            if (times, messages) != (wanted, wanted) {
                wrong.push(format!("expired {times} times and told {messages} times"));
            }
            if lost {
                wrong.push("lost, and a perfect client had kept it".to_owned());
            }
            if refused > 0 {
                wrong.push(format!(
                    "used a token that had ended, {refused} times, in the calm"
                ));
            }
            self.figures.lost += u64::from(!alive);
            for what in wrong {
                provider.violate(&format!("family {family}: {what}; {death:?}"));
            }
        }
    }

    #[expect(clippy::expect_used, reason = "the database is in memory")]
    async fn expired_by_audit(&self) -> BTreeMap<String, u64> {
        let entries = audit::latest(&self.ground.db, &self.ctx.scope, 10_000).await;
        let mut count = BTreeMap::new();
        for entry in entries.expect("the database answers") {
            if entry.action == AuditAction::ConnectionExpired {
                *count.entry(entry.subject).or_default() += 1;
            }
        }
        count
    }

    /// Messages that say so, by account.
    #[expect(clippy::expect_used, reason = "the database is in memory")]
    async fn told(&self) -> BTreeMap<String, u64> {
        let late = Timestamp::from_millis(i64::MAX / 2);
        let taken: Result<_, StoreError> = self
            .ground
            .db
            .write(move |tx| Box::pin(async move { webhook::claim(tx, late, late, 10_000).await }))
            .await;
        let mut count = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (scope, delivery) in taken.expect("the database answers") {
            let found = webhook::find_message(&self.ground.db, &scope, &delivery.message).await;
            let message = found.expect("the database answers").expect("a message");
            let expired = message.event == WebhookEvent::ConnectionExpired;
            if expired && seen.insert(message.id.as_str().to_owned()) {
                *count.entry(message.account_id).or_default() += 1;
            }
        }
        count
    }
}

fn index(seed: &Seed, count: usize) -> usize {
    let last = u64::try_from(count).unwrap_or(1).saturating_sub(1);
    usize::try_from(seed.between(0, last)).unwrap_or(0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a simulation ends with its runtime, and everything in it"
)]
pub(crate) fn beside(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}

/// An app with the connector switched on and someone to be told.
#[expect(
    clippy::expect_used,
    reason = "a simulation that cannot begin has nothing to say"
)]
pub(crate) async fn set_up(core: &Core) -> Ctx {
    let app = core.create_app("Sim", None).await.expect("an app").app;
    let ctx = core.command_line_ctx(&app.id, Environment::Test).await;
    let ctx = ctx.expect("its test environment");
    let setting = SettingChange {
        enabled: Some(true),
        client_id: Some("client".to_owned()),
        client_secret: Some(Secret::new("secret")),
        ..SettingChange::default()
    };
    core.change_connector(&ctx, SLUG, setting)
        .await
        .expect("a client");
    let hook = WebhookChange {
        url: Some("https://hooks.example/".to_owned()),
        events: Some(vec![WebhookEvent::ConnectionExpired]),
        ..WebhookChange::default()
    };
    core.create_webhook(&ctx, hook).await.expect("a webhook");
    ctx
}

#[expect(
    clippy::expect_used,
    reason = "a simulation that cannot begin has nothing to say"
)]
pub(crate) async fn connect(core: &Core, ctx: &Ctx, number: u64) -> AccountId {
    let account = AccountId::parse(&format!("customer-{number}")).expect("an id");
    let change = AccountChange::default();
    core.create_account(ctx, account.clone(), change)
        .await
        .expect("an account");
    let caller = AccountCtx {
        ctx: ctx.clone(),
        account: account.clone(),
    };
    let begun = core
        .begin_oauth(&caller, SLUG, &Asked::default(), &Map::new())
        .await
        .expect("a flow");
    let mut pairs = begun.auth_url.query_pairs();
    let state = pairs.find(|(name, _)| name == "state").expect("a state").1;
    let callback = Callback {
        slug: SLUG.to_owned(),
        query: BTreeMap::from([
            ("state".to_owned(), state.into_owned()),
            ("code".to_owned(), number.to_string()),
        ]),
        address: None,
    };
    core.finish_oauth(callback).await.expect("a connection");
    account
}
