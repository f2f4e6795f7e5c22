//! Sealing everything anew, while servers run.
//!
//! Every environment gets a new data key; every secret sealed with an older one is
//! opened and sealed again, row by row; then the older key is deleted, which the
//! foreign keys refuse as long as one row still needs it. Stopped anywhere, the next
//! run goes on: retired keys in the database are what is left to do.

use trunnel_model::audit::AuditAction;
use trunnel_model::id::DataKeyId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Sleep;
use trunnel_store::data_key::{self, StoredDataKey};
use trunnel_store::sealed::{self, Outdated, Place};
use trunnel_store::{Db, StoreError, audit};

use super::{CURRENT_FOR_MS, Vault, VaultError, data_key_bound};
use crate::ctx::{Actor, Ctx};

/// Rows sealed anew per transaction: short enough that requests do not wait.
const BATCH: i64 = 100;

/// What a rotation has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub environments: u64,
    pub secrets: u64,
    pub keys_deleted: u64,
}

/// Rotates the data keys of the given environments and wraps them with the first
/// master key. `report` is called after every batch.
pub async fn rotate(
    db: &Db,
    vault: &Vault,
    environments: &[Ctx],
    sleep: &dyn Sleep,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Progress, VaultError> {
    let mut progress = Progress::default();
    for ctx in environments {
        let current = begin(db, vault, ctx).await?;
        progress.environments += 1;
        seal_anew(db, vault, &ctx.scope, &current, &mut progress, report).await?;
    }
    // Running servers may go on sealing with the old key for a moment.
    sleep.sleep(CURRENT_FOR_MS.unsigned_abs() * 2).await;
    for ctx in environments {
        let current = current(db, &ctx.scope).await?;
        progress.keys_deleted += loop {
            seal_anew(db, vault, &ctx.scope, &current, &mut progress, report).await?;
            match finish(db, vault, ctx, &current).await {
                // A server that was paused has just sealed with an old key.
                Err(VaultError::Store(StoreError::Missing)) => {}
                finished => break finished?,
            }
        };
        report(progress);
    }
    Ok(progress)
}

/// Makes the new data key, unless an interrupted rotation has made it already.
async fn begin(db: &Db, vault: &Vault, ctx: &Ctx) -> Result<DataKeyId, VaultError> {
    let keys = data_key::list(db, &ctx.scope).await?;
    if keys.iter().any(|key| key.retired_at.is_some()) {
        return current(db, &ctx.scope).await;
    }
    let (stored, _) = vault.new_data_key(&ctx.scope);
    let (id, scope) = (stored.id.clone(), ctx.scope.clone());
    let now = stored.created_at;
    db.write(move |tx| {
        Box::pin(async move {
            data_key::add(tx, &scope, &stored).await?;
            data_key::retire_others(tx, &scope, &stored.id, now).await
        })
    })
    .await?;
    Ok(id)
}

async fn current(db: &Db, scope: &Scope) -> Result<DataKeyId, VaultError> {
    let current = data_key::current(db, scope).await?;
    Ok(current.ok_or(VaultError::NoCurrentKey)?.id)
}

async fn seal_anew(
    db: &Db,
    vault: &Vault,
    scope: &Scope,
    current: &DataKeyId,
    progress: &mut Progress,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), VaultError> {
    for place in Place::ALL.iter().copied() {
        // What is sealed with an older key behind this is for the next pass.
        let mut after = String::new();
        loop {
            let rows = sealed::outdated(db, scope, place, current, &after, BATCH).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.id);
            progress.secrets += seal_batch(db, vault, scope, place, current, rows).await?;
            report(*progress);
        }
    }
    Ok(())
}

async fn seal_batch(
    db: &Db,
    vault: &Vault,
    scope: &Scope,
    place: Place,
    current: &DataKeyId,
    rows: Vec<Outdated>,
) -> Result<u64, VaultError> {
    let sealer = super::Sealer {
        scope: scope.clone(),
        key: vault.key(scope, current).await?,
        id: current.clone(),
        chance: std::sync::Arc::clone(&vault.0.chance),
    };
    // A job carries a connection's secret as the connection had it.
    let bound = if place == Place::Job {
        Place::Connection
    } else {
        place
    };
    let mut anew = Vec::with_capacity(rows.len());
    for row in rows {
        let plain = vault.open(scope, bound, &row.subject, &row.sealed).await?;
        let sealed = sealer.seal(bound, &row.subject, plain.expose());
        anew.push((row, sealed));
    }
    let (scope, count) = (scope.clone(), anew.len());
    db.write(move |tx| {
        Box::pin(async move {
            for (row, sealed) in &anew {
                sealed::replace(tx, &scope, place, row, sealed).await?;
            }
            Ok::<_, StoreError>(())
        })
    })
    .await?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Deletes the retired keys and wraps the current one with the first master key.
async fn finish(db: &Db, vault: &Vault, ctx: &Ctx, current: &DataKeyId) -> Result<u64, VaultError> {
    let keys = data_key::list(db, &ctx.scope).await?;
    let now = vault.0.clock.now();
    let (retired, kept): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| key.retired_at.is_some());
    let wrapped: Vec<StoredDataKey> = kept
        .iter()
        .map(|key| rewrap(vault, &ctx.scope, key))
        .collect::<Result<_, _>>()?;
    let (scope, count) = (ctx.scope.clone(), retired.len());
    let ctx = Ctx {
        actor: Actor::CommandLine,
        ..ctx.clone()
    };
    let entry = ctx.audit(
        AuditAction::VaultRotated,
        current.as_str(),
        now,
        &*vault.0.chance,
    );
    db.write(move |tx| {
        Box::pin(async move {
            for key in &wrapped {
                data_key::rewrap(tx, &scope, key).await?;
            }
            for key in &retired {
                data_key::delete(tx, &scope, &key.id).await?;
            }
            audit::add(tx, &scope, &entry).await
        })
    })
    .await?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

fn rewrap(
    vault: &Vault,
    scope: &Scope,
    stored: &StoredDataKey,
) -> Result<StoredDataKey, VaultError> {
    let key = vault.unwrap(scope, stored)?;
    let masters = vault.0.master.read();
    let (name, master) = masters.first();
    let bound = data_key_bound(scope, &stored.id);
    Ok(StoredDataKey {
        master_key: name.to_owned(),
        sealed: master.seal(&stored.id, &bound, key.expose(), &*vault.0.chance),
        ..stored.clone()
    })
}
