//! Staying connected: many tokens that end together, and the fault simulation with
//! many seeds. Both run in simulated time.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use trunnel_sim::{Figures, Load, load, run};

/// Ten thousand tokens that end within ten minutes, at a provider that takes fifty
/// requests in a second.
#[expect(clippy::print_stdout, reason = "the figures are this program's answer")]
pub(crate) fn renewal() -> anyhow::Result<()> {
    for nodes in [2, 4] {
        let asked = Load {
            connections: 10_000,
            window_s: 600,
            nodes,
            per_second: 50,
        };
        let figures = load(asked);
        println!(
            "{} tokens, {nodes} nodes: {} attempts, {} answered 429, {} renewed, the last with \
             {} s left",
            asked.connections,
            figures.attempts,
            figures.refused,
            figures.renewed,
            figures.least_left_ms.unwrap_or(0) / 1_000
        );
        anyhow::ensure!(
            figures.renewed >= asked.connections
                && figures.least_left_ms.is_some_and(|left| left > 0),
            "a token ended before it was renewed: {figures:?}"
        );
    }
    Ok(())
}

/// Runs the seeds on both cores; the first that fails ends it.
#[expect(clippy::print_stdout, reason = "the figures are this program's answer")]
pub(crate) fn seeds(count: &str) -> anyhow::Result<()> {
    let seeds: u64 = count.parse().context("how many seeds")?;
    let next = AtomicU64::new(0);
    let work = || -> anyhow::Result<Figures> {
        let mut all = Figures::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return Ok(all);
            }
            let figures = run(seed);
            anyhow::ensure!(
                figures.violations.is_empty(),
                "TRUNNEL_SIM_SEED={seed}: {:#?}",
                figures.violations
            );
            all.add(&figures);
        }
    };
    let (one, two) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(work), scope.spawn(work));
        (one.join(), two.join())
    });
    let ended = |joined: std::thread::Result<anyhow::Result<Figures>>| {
        joined.unwrap_or_else(|_| anyhow::bail!("a seed panicked"))
    };
    let mut all = ended(one)?;
    all.add(&ended(two)?);
    println!("{seeds} seeds hold: {all:?}");
    Ok(())
}
