//! Points in time, and where they come from.

use std::fmt;
use std::pin::Pin;

/// Milliseconds since the Unix epoch, UTC. The store keeps exactly this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to this moment; negative when it is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since the epoch, as tokens and signatures count.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment moved by `millis`, kept inside what can be represented.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

/// Tells the time. Handed to whatever needs it, so that a test can move time.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Nanoseconds since some moment, never going back: for durations. A clock that
    /// a test moves by hand needs no other than its own.
    fn ticks(&self) -> u64 {
        u64::try_from(self.now().as_millis())
            .unwrap_or(0)
            .saturating_mul(1_000_000)
    }
}

/// Waits. Handed in beside the clock, so that a test which moves time wakes whoever waits.
pub trait Sleep: Send + Sync + 'static {
    fn sleep(&self, millis: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The machine's clocks: one for the time of day, one for durations.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    began: std::time::Instant,
}

impl SystemClock {
    #[expect(
        clippy::disallowed_methods,
        clippy::new_without_default,
        reason = "one of the two places that ask the machine for the time"
    )]
    pub fn new() -> Self {
        Self {
            began: std::time::Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "one of the two places that ask the machine for the time"
    )]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A clock before 1970 is a broken machine; the epoch is the nearest honest answer.
        Timestamp(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }

    fn ticks(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
