//! Killed at a random moment under load, and started again: nothing that was
//! acknowledged is lost.
//!
//! `TRUNNEL_TEST_CRASH_ROUNDS` says how often, over both databases together.

mod check;
mod ledger;
mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use tokio::task::JoinSet;
use trunnel_testing::chance::SeededChance;
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer, Receiver};

use crate::api::{Api, key_of};
use crate::running::Start;
use crate::sql::pairs;
use crate::time::pause;
use check::{Check, Figures};
use ledger::Ledger;

/// Without the variable.
const ROUNDS: u64 = 12;

/// Of the receiver's first requests in each round, one in five is answered 500.
const UNWELCOME_IN_ROUND: u64 = 10;

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is for whoever starts it to say"
)]
fn rounds() -> u64 {
    let asked = std::env::var("TRUNNEL_TEST_CRASH_ROUNDS");
    let all = asked.map_or(ROUNDS, |text| {
        text.parse().expect("it is a number of rounds")
    });
    all.div_ceil(2)
}

/// What all of one round's tasks share.
pub struct Round {
    pub number: u64,
    pub developer: Api,
    pub ledger: Arc<Ledger>,
    pub chance: Arc<SeededChance>,
}

on_both! {
    async fn nothing_acknowledged_is_lost(test: TestDb) {
        let chance = Arc::new(SeededChance::new());
        let ledger = Arc::new(Ledger::default());
        let (sink, unwelcome) = (Receiver::start().await, unwelcome(&chance));
        sink.answer_with(unwelcome.iter().map(|status| Answer::status(*status)));
        let start = Start::new(&test).env("TRUNNEL_LOG", "warn");
        let refreshed = Arc::new(AtomicU64::new(0));
        let mut figures = Figures::default();
        let mut server = start.up().await;
        let key = key_of(&test, "test").await;
        unsteady(&server.with_key(&key)).await;
        let events = ["Connection Created", "Connection Deleted"];
        server.with_key(&key).webhook(&sink.url("/"), &events).await;

        for number in 0..rounds() {
            let round = Arc::new(Round {
                number,
                developer: server.with_key(&key),
                ledger: Arc::clone(&ledger),
                chance: Arc::clone(&chance),
            });
            let mut tasks = load::start(&round);
            tasks.spawn(count_refreshes(server.with_key(&key), Arc::clone(&refreshed)));
            pause(300 + chance.next() % 1_500).await;
            server.kill().await;
            figures.kills += 1;
            figures.refreshes += refreshed.swap(0, Ordering::SeqCst);
            // Each ends by itself at the first answer that does not come.
            while let Some(ended) = tasks.join_next().await {
                ended.unwrap();
            }
            figures.killed_in_refresh += fence(&test, &ledger).await;
            server = start.up().await;
            unsteady(&server.with_key(&key)).await;
            let check = Check { developer: server.with_key(&key), ledger: &ledger };
            check.round(number, &mut figures).await;
        }
        let check = Check { developer: server.with_key(&key), ledger: &ledger };
        check.everything(&mut figures).await;
        check::deliveries(&ledger, &sink, &unwelcome, &mut figures).await;
        assert!(figures.kills > 0 && figures.writes > 0 && figures.deliveries > 0, "{figures:?}");
        let place = if test.location_args().database_url.is_some() { "PostgreSQL" } else { "SQLite" };
        eprintln!("crash test on {place}: {figures}");
    }
}

/// The receiver's first answers.
fn unwelcome(chance: &SeededChance) -> Vec<u16> {
    let count = rounds() * UNWELCOME_IN_ROUND;
    (0..count)
        .map(|_| {
            if chance.next().is_multiple_of(5) {
                500
            } else {
                200
            }
        })
        .collect()
}

/// Tokens end after a second, and it takes a moment to get another one.
async fn unsteady(developer: &Api) {
    let slow = vec!["slow:40"; 2_000];
    let switches = json!({ "access_token_life_s": 1, "next_token_answers": slow });
    developer.faults(switches).await;
}

/// How many connections were being refreshed by the one that was killed. On PostgreSQL
/// no node can know that it is dead, so its leases last as long as they were given.
async fn fence(test: &TestDb, ledger: &Ledger) -> usize {
    let leased = "SELECT account_id, refresh_lease FROM connection \
        WHERE refresh_lease IS NOT NULL";
    let leased = pairs(test, leased).await;
    if test.location_args().database_url.is_none() {
        return leased.len();
    }
    ledger.fence(leased.into_iter().map(|(account, _)| account))
}

/// What the server says of itself, for as long as it can.
async fn count_refreshes(developer: Api, count: Arc<AtomicU64>) {
    while let Ok(answer) = developer.try_send("GET", "/metrics", None).await {
        let line = answer
            .text
            .lines()
            .find_map(|line| line.strip_prefix("trunnel_token_refreshes_total "));
        let seen = line.map_or(0, |number| number.parse().unwrap());
        count.fetch_max(seen, Ordering::SeqCst);
        pause(50).await;
    }
}

pub type Tasks = JoinSet<()>;
