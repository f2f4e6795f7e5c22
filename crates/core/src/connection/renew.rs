//! Renewing a token that is due, on nobody's request.

use trunnel_model::connection::Status;
use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::refresh_schedule;

use super::refresh::Turn;
use super::{Way, schedule};
use crate::Core;
use crate::ctx::{AccountCtx, Actor, Ctx};
use crate::error::Error;
use crate::pressure::Priority;

/// When something stands in the way that only people can remove.
const LATER_MS: i64 = 600_000;

/// Renews the token of one connection that was taken as due. What it leaves behind is
/// always a next time, unless there is none.
pub(crate) async fn renew(core: &Core, scope: &Scope, id: &ConnectionId) -> Result<(), Error> {
    let Some(stored) = connection::find(core.db(), scope, id).await? else {
        return Ok(());
    };
    if stored.connection.status == Status::Expired {
        return core.put_off(scope, &stored, None).await;
    }
    let later = core.now().plus_millis(LATER_MS + core.up_to(LATER_MS));
    let slug = &stored.connection.slug;
    let Some(connector) = core.find_connector(scope, slug).await? else {
        return core.put_off(scope, &stored, Some(later)).await;
    };
    let way = Way::stored(&connector, &stored.connection.auth_option)?;
    let caller = core.owner_of(scope, &stored).await?;
    let held = core.held_of(&caller, &stored).await?;
    let (now, end) = (core.now(), stored.connection.expires_at);
    let renews = way.renews(held.refresh_token.is_some());
    if !renews || !schedule::is_due(&way, &held, end, now) {
        let due_at = schedule::due_at(&way, &held, end, now, core.random_u64());
        return core.put_off(scope, &stored, due_at).await;
    }
    let turn = core.take_turn(&caller, &way, &stored, Priority::Background);
    match turn.await {
        // Whoever else is at it leaves a next time behind; should it die, ours is there.
        Ok(Turn::Ended | Turn::NotMine) => Ok(()),
        Ok(Turn::Failed(why)) => {
            tracing::info!(connection = %id, why, "a token could not be renewed ahead");
            Ok(())
        }
        Ok(Turn::Held(held)) => {
            let wait = i64::try_from(held.wait_ms).unwrap_or(i64::MAX);
            let due_at = core.now().plus_millis(wait + core.up_to(1_000));
            core.put_off(scope, &stored, Some(due_at)).await
        }
        Err(Error::Fault(fault)) => {
            let why = &fault.message;
            tracing::info!(connection = %id, why, "a token cannot be renewed ahead");
            core.put_off(scope, &stored, Some(later)).await
        }
        Err(error) => Err(error),
    }
}

impl Core {
    async fn owner_of(
        &self,
        scope: &Scope,
        stored: &StoredConnection,
    ) -> Result<AccountCtx, Error> {
        let ctx = Ctx {
            organization: self.organization_of(scope.app()).await?,
            scope: scope.clone(),
            actor: Actor::System,
            address: None,
        };
        Ok(AccountCtx {
            ctx,
            account: stored.connection.account_id.clone(),
        })
    }

    async fn put_off(
        &self,
        scope: &Scope,
        stored: &StoredConnection,
        due_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        let (scope, id) = (scope.clone(), stored.connection.id.clone());
        let version = stored.version;
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    refresh_schedule::put_off(tx, &scope, &id, version, due_at).await?;
                    Ok(())
                })
            })
            .await
    }

    fn up_to(&self, millis: i64) -> i64 {
        schedule::up_to(millis, self.random_u64())
    }
}
