//! The machine's own randomness and sleep.

use std::cell::RefCell;
use std::pin::Pin;

use trunnel_model::chance::Chance;
use trunnel_model::time::Sleep;

/// Bytes drawn from the operating system at once: an id or a key takes a few of them,
/// and asking the kernel for each costs more than all the rest of making an id.
const DRAWN: usize = 512;

thread_local! {
    /// What this thread has drawn, and how much of it is used up.
    static DRAWER: RefCell<([u8; DRAWN], usize)> = const { RefCell::new(([0; DRAWN], DRAWN)) };
}

/// The operating system's generator. No byte is given out twice, and what has been
/// given out is wiped here.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        DRAWER.with_borrow_mut(|(drawn, used)| {
            for byte in bytes {
                if *used == DRAWN {
                    draw(drawn);
                    *used = 0;
                }
                *byte = std::mem::take(&mut drawn[*used]);
                *used += 1;
            }
        });
    }
}

#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the one place that asks the machine for randomness; without it no secret is one, \
              and going on would be worse than ending"
)]
fn draw(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemSleep;

impl Sleep for SystemSleep {
    #[expect(clippy::disallowed_methods, reason = "this is where sleep comes from")]
    fn sleep(&self, millis: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(std::time::Duration::from_millis(millis)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_given_out_twice() {
        // A repeated draw would repeat whole runs; sixteen random bytes never do.
        let mut runs = std::collections::HashSet::new();
        for _ in 0..10_000 {
            let mut run = [0; 16];
            SystemChance.fill(&mut run);
            assert!(runs.insert(run));
        }
        let mut long = [0; DRAWN * 3 + 1];
        SystemChance.fill(&mut long);
        let mut runs = long.chunks_exact(16);
        assert!(
            runs.all(|run| run.iter().any(|byte| *byte != 0)),
            "not filled"
        );
    }
}
