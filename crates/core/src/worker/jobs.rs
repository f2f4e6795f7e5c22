//! Work from the job table.

use tokio::task::JoinSet;
use trunnel_model::retry;
use trunnel_store::Queue;
use trunnel_store::job::{self, Job};

use super::JobError;
use super::runner::Stop;
use crate::Core;
use crate::connection::{DEVICE_JOB, REVOKE_JOB, ask, revoke};
use crate::error::Error;

const AT_ONCE: i64 = 16;
const LEASE_MS: i64 = 60_000;
const LOOK_EVERY_MS: u64 = 1_000;

pub(super) async fn run(core: Core, mut stop: Stop) {
    while !stop.is_set() {
        match take(&core).await {
            Ok(jobs) if !jobs.is_empty() => {
                let mut running = JoinSet::new();
                for job in jobs {
                    let core = core.clone();
                    running.spawn(async move { perform(&core, job).await });
                }
                while running.join_next().await.is_some() {}
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "jobs could not be taken"),
        }
        tokio::select! {
            () = stop.set() => {}
            () = core.db().woken(Queue::Job) => {}
            () = wait(&core) => {}
        }
    }
}

async fn wait(core: &Core) {
    let due = job::next_due(core.db()).await.ok().flatten();
    let left = due.map_or(i64::MAX, |due| due.since(core.now()));
    let left = u64::try_from(left).unwrap_or(0).clamp(5, LOOK_EVERY_MS);
    core.sleep().sleep(left).await;
}

async fn take(core: &Core) -> Result<Vec<Job>, Error> {
    let now = core.now();
    core.db()
        .write(move |tx| {
            Box::pin(
                async move { Ok(job::claim(tx, now, now.plus_millis(LEASE_MS), AT_ONCE).await?) },
            )
        })
        .await
}

async fn perform(core: &Core, job: Job) {
    let result = match job.kind.as_str() {
        REVOKE_JOB => revoke(core, &job).await,
        DEVICE_JOB => ask(core, &job).await,
        kind => Err(JobError::fail(format!("no job is called {kind}"))),
    };
    if let Err(error) = settle(core, job, result).await {
        tracing::error!(%error, "a job's end could not be recorded");
    }
}

async fn settle(core: &Core, job: Job, result: Result<(), JobError>) -> Result<(), Error> {
    let retry = match &result {
        Err(JobError::Retry(why)) => {
            let wait = retry::JOB.wait_ms(job.attempts, core.random_u64());
            wait.map(|wait| (wait, why.clone()))
        }
        _ => None,
    };
    if let (None, Err(JobError::Retry(why) | JobError::Fail(why))) = (&retry, &result) {
        tracing::warn!(job = %job.id, kind = job.kind, attempts = job.attempts, why, "a job was given up");
    }
    let now = core.now();
    core.db()
        .write(move |tx| {
            Box::pin(async move {
                match retry {
                    Some((wait, why)) => {
                        let wait = i64::try_from(wait).unwrap_or(i64::MAX);
                        job::retry(tx, &job, now.plus_millis(wait), &why).await?;
                    }
                    None => job::finish(tx, &job).await?,
                }
                Ok(())
            })
        })
        .await
}
