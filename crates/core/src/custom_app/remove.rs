//! Deleting a custom app.

use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::text::AccountId;
use trunnel_store::{
    app, audit, connection, connector_setting, custom_action, custom_connector, linked_account,
};

use super::unknown;
use crate::Core;
use crate::connection::remove_all;
use crate::ctx::Ctx;
use crate::error::Error;

/// Accounts that are disconnected between two looks at what is left.
const BATCH: i64 = 100;

/// More rounds than this means that somebody connects as fast as we disconnect.
const ROUNDS: usize = 10_000;

impl Core {
    /// Deletes the app and its actions. With `force`, its connections are ended first,
    /// as if each account had been disconnected.
    ///
    /// # Errors
    /// 409 when somebody is connected and it is not forced.
    pub async fn delete_custom_app(&self, ctx: &Ctx, slug: &str, force: bool) -> Result<(), Error> {
        self.custom_app(ctx, slug).await?;
        for _ in 0..ROUNDS {
            let connected = self.delete_unconnected(ctx, slug, force).await?;
            if connected.is_empty() {
                return Ok(());
            }
            for account in connected {
                self.end_connections(ctx, slug, account).await?;
            }
        }
        Err(still_connected(slug).into())
    }

    /// Deletes the app unless somebody is connected; answers some of those who are.
    async fn delete_unconnected(
        &self,
        ctx: &Ctx,
        slug: &str,
        force: bool,
    ) -> Result<Vec<AccountId>, Error> {
        let now = self.now();
        let entry = ctx.audit(AuditAction::CustomAppDeleted, slug, now, self.chance());
        let (scope, slug) = (ctx.scope.clone(), slug.to_owned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    app::lock_environment(tx, &scope).await?;
                    if custom_connector::lock(tx, &scope, &slug).await?.is_none() {
                        return Err(unknown(&slug).into());
                    }
                    let connected = custom_connector::connected(tx, &scope, &slug, BATCH).await?;
                    if connected.is_empty() {
                        custom_connector::delete(tx, &scope, &slug, now).await?;
                        custom_action::delete_all(tx, &scope, &slug).await?;
                        audit::add(tx, &scope, &entry).await?;
                        return Ok(connected);
                    }
                    if !force {
                        return Err(still_connected(&slug).into());
                    }
                    // Nobody new comes in while the others are shown out.
                    if let Some(mut stored) = connector_setting::lock(tx, &scope, &slug).await? {
                        stored.setting.enabled = false;
                        stored.setting.updated_at = now;
                        connector_setting::put(tx, &scope, &stored).await?;
                    }
                    Ok::<_, Error>(connected)
                })
            })
            .await
    }

    async fn end_connections(&self, ctx: &Ctx, slug: &str, id: AccountId) -> Result<(), Error> {
        let (core, ctx, slug) = (self.clone(), ctx.clone(), slug.to_owned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let scope = &ctx.scope;
                    // An account that is gone has taken its connections along.
                    let Some(account) = linked_account::lock(tx, scope, &id).await? else {
                        return Ok(());
                    };
                    let gone = connection::lock_of_app(tx, scope, &id, &slug).await?;
                    remove_all(&core, tx, &ctx, &account, &gone).await
                })
            })
            .await
    }
}

fn still_connected(slug: &str) -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        format!(
            "There are customers connected to `{slug}`. Disconnect them first, or delete it with \
             `?force=true`, which disconnects them all."
        ),
    )
    .with("slug", slug)
}
