//! The end of a connection that only the provider decides.

use trunnel_catalog::Connector;
use trunnel_model::audit::AuditAction;
use trunnel_model::connection_event::ConnectionEventKind;
use trunnel_model::webhook::WebhookEvent;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::{audit, linked_account, refresh_schedule};

use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::webhook::{Happening, publish};

use super::story::{Told, Trouble, tell};

impl Core {
    /// Marks the connection expired and tells the developer, once: only the call that
    /// changed the row publishes. Whoever refreshes it under another lease than `lease`
    /// may be about to bring good tokens; then nothing has ended yet.
    pub(super) async fn expire(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        (seen, lease): (&StoredConnection, &str),
        trouble: &Trouble,
    ) -> Result<(), Error> {
        let (core, ctx, seen) = (self.clone(), caller.ctx.clone(), seen.clone());
        let lease = lease.to_owned();
        let (account_id, slug) = (caller.account.clone(), connector.slug.clone());
        // It is shown to people; a whole error page is not.
        let words = trouble.message.chars().filter(|c| !c.is_control());
        let why: String = words.take(500).collect();
        let error = trouble.text();
        let now = self.now();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let (scope, id) = (&ctx.scope, &seen.connection.id);
                    let account = linked_account::lock(tx, scope, &account_id).await?;
                    if refresh_schedule::is_leased_to_another(tx, scope, id, &lease, now).await? {
                        return Ok(());
                    }
                    let changed =
                        connection::expire(tx, scope, id, seen.version, &why, now).await?;
                    let (true, Some(account)) = (changed, account) else {
                        return Ok(());
                    };
                    let happening = Happening {
                        event: WebhookEvent::ConnectionExpired,
                        account: &account,
                        slug: &slug,
                        connection: id,
                        details: None,
                    };
                    publish(&core, tx, &ctx, &happening).await?;
                    refresh_schedule::set(tx, scope, id, None).await?;
                    let told = Told {
                        kind: ConnectionEventKind::Expired,
                        account: &account_id,
                        slug: &slug,
                        connection: Some(id),
                        error: Some(error),
                    };
                    tell(&core, tx, &ctx, told).await?;
                    let mut entry = ctx.audit(
                        AuditAction::ConnectionExpired,
                        id.as_str(),
                        now,
                        core.chance(),
                    );
                    entry.details = serde_json::json!({ "provider_error": why }).to_string();
                    audit::add(tx, scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}
