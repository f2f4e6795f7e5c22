//! The job that asks a provider whether a code was accepted, for a customer who has gone.

use trunnel_model::id::{DeviceAttemptId, JobId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::Tx;
use trunnel_store::device_attempt::{self, State};
use trunnel_store::job::{self, Job, NewJob};

use crate::Core;
use crate::ctx::{AccountCtx, Actor, Ctx};
use crate::error::Error;
use crate::worker::JobError;

/// Its kind.
pub(crate) const DEVICE_JOB: &str = "device";

/// Asks again at that time.
pub(super) async fn queue(
    core: &Core,
    tx: &mut Tx<'_>,
    scope: &Scope,
    attempt: &DeviceAttemptId,
    due_at: Timestamp,
) -> Result<(), Error> {
    let job = NewJob {
        id: &JobId::new(core.now(), core.chance()),
        kind: DEVICE_JOB,
        subject: attempt.as_str(),
        payload: "{}",
        sealed: None,
        due_at,
    };
    Ok(job::add(tx, scope, &job).await?)
}

/// Asks for a customer who waits for nothing, and comes again while there is nothing.
pub(crate) async fn ask(core: &Core, job: &Job) -> Result<(), JobError> {
    let found = device_attempt::find(core.db(), &job.scope, &job.subject).await;
    let Some(seen) = found.map_err(JobError::retry)? else {
        return Ok(());
    };
    let organization = core.organization_of(job.scope.app()).await;
    let caller = AccountCtx {
        ctx: Ctx {
            organization: organization.map_err(JobError::retry)?,
            scope: job.scope.clone(),
            actor: Actor::Customer,
            address: None,
        },
        account: seen.account_id.clone(),
    };
    let now = match core.ask_device(&caller, seen).await {
        Ok(now) => now,
        // It is told in the connection's story.
        Err(Error::Fault(fault)) => return Err(JobError::fail(fault.message)),
        Err(error) => return Err(JobError::retry(error)),
    };
    if now.state != State::Pending {
        return Ok(());
    }
    let (again, scope) = (core.clone(), job.scope.clone());
    // Someone who waits may ask first; this one comes a moment later.
    let due_at = now
        .ask_at
        .plus_millis(500)
        .max(core.now().plus_millis(1000));
    let queued = core
        .db()
        .write(move |tx| Box::pin(async move { queue(&again, tx, &scope, &now.id, due_at).await }));
    queued.await.map_err(JobError::retry)
}
