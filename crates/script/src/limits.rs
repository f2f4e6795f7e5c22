//! What one run may take.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time of the processor, not of the wall: a busy machine is not the script's fault.
    pub cpu: Duration,
    /// Bytes, with those of the engine itself.
    pub memory: usize,
    pub stack: usize,
    /// The longest result, in characters of JSON.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(2),
            memory: 64 * 1024 * 1024,
            stack: 512 * 1024,
            output: 1024 * 1024,
        }
    }
}

/// When this thread has had its share of the processor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Duration);

impl Deadline {
    pub(crate) fn after(cpu: Duration) -> Self {
        Self(used().saturating_add(cpu))
    }

    pub(crate) fn is_over(self) -> bool {
        used() >= self.0
    }
}

/// What this thread has had of the processor so far.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
