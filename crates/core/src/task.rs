//! Work that outlives the request which began it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::Core;

/// How many such tasks are running.
#[derive(Default)]
pub(crate) struct Tasks {
    running: AtomicUsize,
    changed: Notify,
}

impl Tasks {
    pub(crate) async fn idle(&self) {
        loop {
            let changed = self.changed.notified();
            if self.running.load(Ordering::SeqCst) == 0 {
                return;
            }
            changed.await;
        }
    }
}

/// Counts one task, also when it panics or is dropped.
struct Running(Core);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.tasks.running.fetch_sub(1, Ordering::SeqCst);
        self.0.0.tasks.changed.notify_waiters();
    }
}

impl Core {
    /// Starts work that nobody waits for; what it fails with goes to the log.
    #[expect(
        clippy::disallowed_methods,
        reason = "one of the two places that start a task nobody awaits"
    )]
    pub(crate) fn in_background<F>(&self, work: F)
    where
        F: Future<Output = Result<(), crate::Error>> + Send + 'static,
    {
        self.0.tasks.running.fetch_add(1, Ordering::SeqCst);
        let running = Running(self.clone());
        tokio::spawn(async move {
            if let Err(error) = work.await {
                tracing::warn!(%error, "work in the background failed");
            }
            drop(running);
        });
    }

    /// Runs `work` to its end even if the caller goes away. Once a provider has been
    /// asked for a token, its answer must be kept: a browser that closes its
    /// connection would otherwise drop the only copy.
    #[expect(
        clippy::disallowed_methods,
        reason = "one of the two places that start a task nobody awaits"
    )]
    pub(crate) async fn to_the_end<T, F>(&self, work: F) -> Result<T, crate::Error>
    where
        F: Future<Output = Result<T, crate::Error>> + Send + 'static,
        T: Send + 'static,
    {
        self.0.tasks.running.fetch_add(1, Ordering::SeqCst);
        let running = Running(Self(Arc::clone(&self.0)));
        let task = tokio::spawn(async move {
            let result = work.await;
            drop(running);
            result
        });
        task.await
            .unwrap_or_else(|error| Err(crate::Error::Internal(format!("a task failed: {error}"))))
    }
}
