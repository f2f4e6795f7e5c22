//! The machine's own randomness and sleep.

use std::pin::Pin;

use trunnel_model::chance::Chance;
use trunnel_model::time::Sleep;

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemChance;

impl Chance for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "this is where chance comes from")]
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret is one; going on would be worse than ending"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemSleep;

impl Sleep for SystemSleep {
    #[expect(clippy::disallowed_methods, reason = "this is where sleep comes from")]
    fn sleep(&self, millis: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(std::time::Duration::from_millis(millis)))
    }
}
