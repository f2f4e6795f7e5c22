//! Waiting for what a node does on its own, and looking at what it has written down.

use std::time::Duration;

use tokio::task::JoinSet;
use trunnel_model::audit::AuditEntry;
use trunnel_model::environment::Environment;
use trunnel_model::scope::Scope;

use crate::app::{Developer, TestApp};

/// Begins some work that goes on beside the test. It is aborted when it is dropped.
pub fn begin<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Begun<T> {
    let mut task = JoinSet::new();
    task.spawn(work);
    Begun(task)
}

pub struct Begun<T>(JoinSet<T>);

impl<T: Send + 'static> Begun<T> {
    pub async fn end(mut self) -> T {
        self.0.join_next().await.unwrap().unwrap()
    }

    /// Hangs up: the work stops where it waits.
    pub async fn abort(mut self) {
        self.0.abort_all();
        let ended = self.0.join_next().await.unwrap();
        assert!(
            ended.is_err_and(|error| error.is_cancelled()),
            "it had come to its end"
        );
    }
}

impl TestApp {
    /// Lets time pass, `step_ms` for every two milliseconds of real time, until the
    /// work is done.
    pub async fn passing<T>(&self, step_ms: i64, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        for _ in 0..30_000 {
            match tokio::time::timeout(Duration::from_millis(2), &mut work).await {
                Ok(done) => return done,
                Err(_) => self.clock.advance_ms(step_ms),
            }
        }
        panic!("nothing came of it in a minute");
    }

    /// Looks again and again, without moving time, until there is something.
    pub async fn seen<T, F: Future<Output = Option<T>>>(&self, look: impl Fn() -> F) -> T {
        for _ in 0..6_000 {
            if let Some(found) = look().await {
                return found;
            }
            let pause =
                tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>());
            assert!(pause.await.is_err());
        }
        panic!("nothing was seen in half a minute");
    }

    /// Waits until every message has been delivered or given up, and its end written
    /// down: time may then move without anything under way.
    pub async fn delivered(&self) {
        let due = async || trunnel_store::webhook::next_due(&self.db).await.unwrap();
        let done = self.seen(async || due().await.is_none().then_some(()));
        self.passing(5, done).await;
    }

    /// The environment's audit entries, newest first.
    pub async fn audit(&self, developer: &Developer, env: Environment) -> Vec<AuditEntry> {
        let scope = Scope::verified(developer.app_id.clone(), env);
        trunnel_store::audit::latest(&self.db, &scope, 1000)
            .await
            .unwrap()
    }
}
