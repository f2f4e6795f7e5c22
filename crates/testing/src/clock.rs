//! Time that stands still until a test moves it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use trunnel_model::time::{Clock, Sleep, Timestamp};

/// A clock and a sleep that belong together. Clones show the same time.
///
/// Moving the time wakes every sleeper whose time has come. A test that moves time
/// for a worker first waits with [`SimClock::until_asleep`]: a sleep that begins
/// only after the move would count from the new time.
#[derive(Debug, Clone)]
pub struct SimClock {
    now: Arc<watch::Sender<Timestamp>>,
    asleep: Arc<watch::Sender<usize>>,
}

impl SimClock {
    /// 2026-01-15T12:00:00Z.
    pub const START: Timestamp = Timestamp::from_millis(1_768_478_400_000);

    pub fn new() -> Self {
        Self {
            now: Arc::new(watch::Sender::new(Self::START)),
            asleep: Arc::default(),
        }
    }

    pub fn advance_ms(&self, millis: i64) {
        self.now.send_modify(|now| *now = now.plus_millis(millis));
    }

    /// How many sleeps have begun and not ended.
    pub fn asleep(&self) -> usize {
        *self.asleep.borrow()
    }

    /// Waits, in real time, until at least `sleepers` are asleep.
    pub async fn until_asleep(&self, sleepers: usize) {
        let mut asleep = self.asleep.subscribe();
        let enough = asleep.wait_for(|asleep| *asleep >= sleepers);
        let waited = tokio::time::timeout(Duration::from_secs(30), enough)
            .await
            .is_ok();
        assert!(
            waited,
            "{} are asleep after 30 seconds, not {sleepers}",
            self.asleep()
        );
    }
}

impl Default for SimClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }
}

impl Sleep for SimClock {
    fn sleep(&self, millis: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // Both before the first poll, so that the sleep begins when it is asked for.
        let due = self
            .now()
            .plus_millis(i64::try_from(millis).unwrap_or(i64::MAX));
        let sleeper = Sleeper::new(&self.asleep);
        let mut now = self.now.subscribe();
        Box::pin(async move {
            let _sleeper = sleeper;
            now.wait_for(|now| *now >= due)
                .await
                .expect("the clock outlives those it lends to");
        })
    }
}

/// Counts as asleep until it is dropped, which a cancelled sleep is too.
struct Sleeper<'c>(&'c watch::Sender<usize>);

impl<'c> Sleeper<'c> {
    fn new(asleep: &'c watch::Sender<usize>) -> Self {
        asleep.send_modify(|asleep| *asleep += 1);
        Self(asleep)
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|asleep| *asleep -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_its_time_has_come_and_not_before() {
        let clock = SimClock::new();
        let mut sleep = clock.sleep(1_000);
        clock.advance_ms(999);
        assert_eq!(poll(&mut sleep).await, Poll::Pending);
        clock.advance_ms(1);
        sleep.await;
        assert_eq!(clock.now().since(SimClock::START), 1_000);
    }

    #[tokio::test]
    async fn moving_a_clone_wakes_a_task_that_is_parked() {
        let clock = SimClock::new();
        let sleeping = clock.clone();
        let mut task = tokio::task::JoinSet::new();
        task.spawn(async move { sleeping.sleep(60_000).await });
        clock.until_asleep(1).await;
        clock.clone().advance_ms(60_000);
        task.join_next().await.unwrap().unwrap();
        assert_eq!(clock.asleep(), 0);
    }

    #[tokio::test]
    async fn a_cancelled_sleep_is_not_counted() {
        let clock = SimClock::new();
        let sleep = clock.sleep(1);
        assert_eq!(clock.asleep(), 1);
        drop(sleep);
        assert_eq!(clock.asleep(), 0);
    }

    async fn poll(sleep: &mut Pin<Box<dyn Future<Output = ()> + Send + '_>>) -> Poll<()> {
        std::future::poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context))).await
    }
}
