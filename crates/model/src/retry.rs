//! When to try again; pure, so that the schedule is a property to test.

/// Waits that grow, each moved a little at random so that many who failed together
/// do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The wait before the second attempt, the third and so on; milliseconds.
    waits_ms: &'static [u64],
    /// How far a wait may grow at random, in percent.
    jitter_percent: u64,
}

/// Webhook deliveries: at once, then after 10 s, 1 min and 5 min.
pub const WEBHOOK: RetryPolicy = RetryPolicy {
    waits_ms: &[10_000, 60_000, 300_000],
    jitter_percent: 20,
};

/// Work a worker does on its own: long enough to outlast a provider's bad day.
pub const JOB: RetryPolicy = RetryPolicy {
    waits_ms: &[5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000],
    jitter_percent: 20,
};

/// An action while its caller waits.
pub const ACTION: RetryPolicy = RetryPolicy {
    waits_ms: &[250, 1_000],
    jitter_percent: 50,
};

/// Token refreshes of one connection, counted since the last that succeeded. The
/// first waits are short, because a caller may be waiting.
pub const REFRESH: RetryPolicy = RetryPolicy {
    waits_ms: &[500, 2_000, 10_000, 30_000],
    jitter_percent: 50,
};

/// The wait after all further failed refreshes.
pub const REFRESH_AT_MOST_MS: u64 = 60_000;

impl RetryPolicy {
    /// How long to wait after `attempts` attempts have failed; `None` means give up.
    /// `chance` is any random number.
    pub fn wait_ms(&self, attempts: i64, chance: u64) -> Option<u64> {
        let at = usize::try_from(attempts.checked_sub(1)?).ok()?;
        let wait = *self.waits_ms.get(at)?;
        Some(wait + chance % (wait * self.jitter_percent / 100 + 1))
    }
}
