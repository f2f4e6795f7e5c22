//! Keeping a credential that has just been obtained.

use trunnel_catalog::Fields;
use trunnel_model::audit::AuditAction;
use trunnel_model::connection::AuthType;
use trunnel_model::id::ConnectionId;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::WebhookEvent;
use trunnel_store::connection::{self, Established};
use trunnel_store::sealed::{Place, Sealed};
use trunnel_store::{audit, linked_account};

use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::session::unknown_account;
use crate::webhook::{Happening, publish};

/// A credential on its way into the vault.
pub(super) struct Obtained {
    pub(super) slug: String,
    pub(super) auth_type: AuthType,
    pub(super) plain: Secret,
    pub(super) fields: Fields,
    pub(super) identifier: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) client_id: Option<String>,
    pub(super) expires_at: Option<Timestamp>,
}

impl Obtained {
    fn established(&self, sealed: Sealed, at: Timestamp) -> Established {
        Established {
            identifier: self.identifier.as_ref().map(json),
            fields: json(&self.fields),
            scopes: self.scopes.as_ref().map(json),
            client_id: self.client_id.clone(),
            sealed,
            expires_at: self.expires_at,
            at,
        }
    }
}

/// Texts and JSON always serialize.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Core {
    /// Adds the connection, or puts the new credential into the one that is there.
    /// The connection, its audit entry and its webhooks are one transaction.
    pub(super) async fn establish(
        &self,
        caller: &AccountCtx,
        obtained: Obtained,
    ) -> Result<ConnectionId, Error> {
        let now = self.now();
        let fresh = ConnectionId::new(now, self.chance());
        let sealer = self.vault().sealer(&caller.ctx.scope).await?;
        let (core, caller) = (self.clone(), caller.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let (ctx, scope) = (&caller.ctx, &caller.ctx.scope);
                    // Locking the account puts parallel connects in a row.
                    let account = linked_account::lock(tx, scope, &caller.account)
                        .await?
                        .ok_or_else(|| unknown_account(scope, &caller.account))?;
                    let slug = obtained.slug.as_str();
                    let known = connection::lock_of_app(tx, scope, &caller.account, slug).await?;
                    let known = known
                        .into_iter()
                        .find(|known| known.connection.auth_type == obtained.auth_type);
                    let id = known
                        .as_ref()
                        .map_or(fresh, |known| known.connection.id.clone());
                    let sealed =
                        sealer.seal(Place::Connection, id.as_str(), obtained.plain.expose());
                    let new = obtained.established(sealed, now);
                    let action = if known.is_some() {
                        connection::renew(tx, scope, &id, &new).await?;
                        AuditAction::ConnectionReauthenticated
                    } else {
                        let (owner, kind) = (&caller.account, obtained.auth_type);
                        connection::add(tx, scope, &id, owner, slug, kind, &new).await?;
                        let happening = Happening {
                            event: WebhookEvent::ConnectionCreated,
                            account: &account,
                            slug,
                            connection: &id,
                        };
                        publish(&core, tx, ctx, &happening).await?;
                        AuditAction::ConnectionCreated
                    };
                    let entry = ctx.audit(action, id.as_str(), now, core.chance());
                    audit::add(tx, scope, &entry).await?;
                    Ok::<_, Error>(id)
                })
            })
            .await
    }
}
