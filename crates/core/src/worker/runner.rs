//! Starting and stopping the workers of this node.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{cleanup, deliver, jobs, renew};
use crate::Core;

/// The workers of one node. Any number of nodes may run them on one database.
pub struct Workers {
    stop: Arc<watch::Sender<bool>>,
    running: JoinSet<()>,
}

/// What there is to do without a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Webhooks.
    Deliver,
    /// The job table.
    Jobs,
    /// Tokens that end soon.
    Renew,
    /// Writing down what was kept in memory.
    Flush,
    /// Deleting what nobody needs any more.
    Forget,
}

impl Duty {
    pub const ALL: [Self; 5] = [
        Self::Deliver,
        Self::Jobs,
        Self::Renew,
        Self::Flush,
        Self::Forget,
    ];
}

/// Tells a worker when to end.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    pub(super) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when the workers are to stop.
    pub(super) async fn set(&mut self) {
        // An error means that the sender is gone, which is a stop as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

impl Workers {
    pub fn start(core: &Core) -> Self {
        Self::only(core, &Duty::ALL)
    }

    /// Some of them: for a node that leaves the others to its neighbours.
    pub fn only(core: &Core, duties: &[Duty]) -> Self {
        let (sender, receiver) = watch::channel(false);
        let mut workers = Self {
            stop: Arc::new(sender),
            running: JoinSet::new(),
        };
        let stop = Stop(receiver);
        for duty in duties {
            let (core, stop) = (core.clone(), stop.clone());
            match duty {
                Duty::Deliver => workers.add(deliver::run(core, stop)),
                Duty::Jobs => workers.add(jobs::run(core, stop)),
                Duty::Renew => workers.add(renew::run(core, stop)),
                Duty::Flush => workers.add(cleanup::flush(core, stop)),
                Duty::Forget => workers.add(cleanup::forget(core, stop)),
            }
        }
        workers
    }

    fn add(&mut self, worker: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(worker);
    }

    /// Lets what is in progress finish; what waits stays in its table.
    pub async fn stop(mut self) {
        // Nobody listening means that all have ended already.
        let _ = self.stop.send(true);
        while self.running.join_next().await.is_some() {}
    }
}
