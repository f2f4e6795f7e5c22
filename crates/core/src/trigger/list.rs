//! What has been told, and what a connector can tell.

use std::sync::Arc;

use trunnel_catalog::Connector;
use trunnel_model::id::TriggerEventId;
use trunnel_model::trigger_event::TriggerEvent;
use trunnel_store::trigger_event;
pub use trunnel_store::trigger_event::TriggerEventFilter;

use crate::Core;
use crate::connection::Paged;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::Error;

impl Core {
    /// The environment's events, newest first, from behind `before`.
    pub async fn trigger_events(
        &self,
        ctx: &Ctx,
        filter: &TriggerEventFilter,
        before: Option<&TriggerEventId>,
        limit: i64,
    ) -> Result<Paged<TriggerEvent>, Error> {
        let found = trigger_event::list(self.db(), &ctx.scope, filter, before, limit + 1).await?;
        Ok(Paged::of(found, limit, |event| event.id.as_str()))
    }

    /// The connector whose triggers an account asks for.
    pub async fn trigger_connector(
        &self,
        caller: &AccountCtx,
        slug: &str,
    ) -> Result<Arc<Connector>, Error> {
        let connector = self.action_connector(&caller.ctx.scope, slug).await?;
        self.require_account(caller).await?;
        Ok(connector)
    }
}
