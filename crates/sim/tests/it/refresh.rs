//! Staying connected, whatever happens.

use std::sync::atomic::{AtomicU64, Ordering};

use trunnel_sim::{Figures, run};

/// Without the variable.
const SEEDS: u64 = 200;

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is for whoever starts it to say"
)]
fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("it is a number"))
}

/// `TRUNNEL_SIM_SEEDS` says how many seeds, `TRUNNEL_SIM_SEED` which one alone.
#[test]
fn no_connection_is_lost_that_a_perfect_client_would_keep() {
    if let Some(seed) = variable("TRUNNEL_SIM_SEED") {
        return check(seed, &run(seed));
    }
    let (next, seeds) = (
        AtomicU64::new(0),
        variable("TRUNNEL_SIM_SEEDS").unwrap_or(SEEDS),
    );
    let work = || {
        let mut all = Figures::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return all;
            }
            let figures = run(seed);
            check(seed, &figures);
            all.add(&figures);
        }
    };
    let all = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(work), scope.spawn(work));
        let mut all = one.join().expect("no seed fails");
        all.add(&two.join().expect("no seed fails"));
        all
    });
    // A simulation in which nothing happens proves nothing.
    assert!(
        all.kills > 0 && all.exchanges > 0 && all.lost > 0,
        "{all:?}"
    );
    eprintln!("{seeds} seeds: {all:?}");
}

/// What has gone wrong once.
#[test]
fn seeds_that_have_failed_before_hold() {
    // An answer that took 20 to 30 seconds was given up, and the only tokens with it.
    for seed in [22, 28, 61] {
        check(seed, &run(seed));
    }
}

fn check(seed: u64, figures: &Figures) {
    let violations = figures.violations.join("\n  ");
    assert!(
        violations.is_empty(),
        "TRUNNEL_SIM_SEED={seed}:\n  {violations}"
    );
}

/// A hundredth of what the benchmark does.
#[test]
fn many_tokens_that_end_together_are_renewed_in_time_and_within_the_limit() {
    let load = trunnel_sim::Load {
        connections: variable("TRUNNEL_SIM_CONNECTIONS").unwrap_or(300),
        window_s: variable("TRUNNEL_SIM_WINDOW").unwrap_or(20),
        nodes: usize::try_from(variable("TRUNNEL_SIM_NODES").unwrap_or(2)).unwrap(),
        per_second: 50,
    };
    let figures = trunnel_sim::load(load);
    eprintln!("{figures:?}");
    assert_eq!(figures.renewed, load.connections, "{figures:?}");
    assert!(
        figures.least_left_ms.is_some_and(|left| left > 60_000),
        "{figures:?}"
    );
}
