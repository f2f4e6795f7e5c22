//! Keeping a credential that has just been obtained.

use std::sync::Arc;

use trunnel_catalog::Fields;
use trunnel_model::audit::AuditAction;
use trunnel_model::connection::{AuthType, Connection, Status};
use trunnel_model::connection_event::ConnectionEventKind;
use trunnel_model::fault::Fault;
use trunnel_model::id::ConnectionId;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::WebhookEvent;
use trunnel_store::connection::{self, Established, StoredConnection};
use trunnel_store::sealed::{Place, Sealed};
use trunnel_store::{audit, linked_account, refresh_schedule};

use super::credential::Held;
use super::revoke::queue_revocation;
use super::story::{Told, tell};
use super::{Target, Way, default_of, schedule, unknown_connection};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::session::unknown_account;
use crate::webhook::{Happening, publish};

/// How often it is tried to keep a credential. The provider's tokens are the only
/// copy, and a code buys them once.
const TRIES: u64 = 5;

/// Before the second try; before each later one, as much more.
const PAUSE_MS: u64 = 200;

/// A credential on its way into the vault.
pub(super) struct Obtained {
    pub(super) slug: String,
    pub(super) auth_type: AuthType,
    pub(super) auth_option: String,
    pub(super) target: Target,
    /// Whether the provider has to be told when it cannot be kept.
    pub(super) revocable: bool,
    pub(super) plain: Secret,
    pub(super) fields: Fields,
    /// The developer's own values; without them, those that are there stay.
    pub(super) metadata: Option<Fields>,
    /// Whether the token can be renewed without the customer.
    pub(super) renewable: bool,
    pub(super) identifier: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) client_id: Option<String>,
    pub(super) expires_at: Option<Timestamp>,
}

impl Obtained {
    fn established(&self, sealed: Sealed, at: Timestamp) -> Established {
        Established {
            auth_type: self.auth_type,
            auth_option: self.auth_option.clone(),
            identifier: self.identifier.as_ref().map(json),
            fields: json(&self.fields),
            scopes: self.scopes.as_ref().map(json),
            client_id: self.client_id.clone(),
            sealed,
            expires_at: self.expires_at,
            renewable: self.renewable,
            metadata: self.metadata.as_ref().map(json),
            at,
        }
    }

    /// Which of the account's connections to the app the credential goes into.
    fn replaces(&self, known: Vec<StoredConnection>) -> Result<Option<StoredConnection>, Fault> {
        match &self.target {
            Target::New => Ok(None),
            Target::Default => {
                let same =
                    |known: &StoredConnection| known.connection.auth_option == self.auth_option;
                Ok(default_of(known.into_iter().filter(same).collect()))
            }
            Target::Connection(id) => {
                let mut known = known.into_iter();
                let found = known.find(|known| known.connection.id.as_str() == id);
                found.map(Some).ok_or_else(|| unknown_connection(id))
            }
        }
    }

    /// As it would be in the database, for a revocation.
    fn stored(&self, caller: &AccountCtx, id: ConnectionId, new: Established) -> StoredConnection {
        StoredConnection {
            connection: Connection {
                id,
                account_id: caller.account.clone(),
                slug: self.slug.clone(),
                auth_type: self.auth_type,
                auth_option: self.auth_option.clone(),
                is_default: false,
                status: Status::Active,
                identifier: None,
                scopes: None,
                metadata: Fields::new(),
                expires_at: new.expires_at,
                last_error: None,
                connected_at: new.at,
                created_at: new.at,
                updated_at: new.at,
            },
            fields: new.fields,
            client_id: new.client_id,
            refresh_lease: None,
            refresh_until: None,
            refresh_failures: 0,
            version: 0,
            sealed: new.sealed,
        }
    }
}

/// Texts and JSON always serialize.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Core {
    /// Adds the connection, or puts the new credential into the one that is there.
    /// Where the database fails, it is tried again; tokens that cannot be kept are
    /// given back to the provider, since nobody would ever use or end them.
    pub(super) async fn establish(
        &self,
        caller: &AccountCtx,
        obtained: Obtained,
    ) -> Result<ConnectionId, Error> {
        let obtained = Arc::new(obtained);
        let fresh = ConnectionId::new(self.now(), self.chance());
        let mut tries = 1;
        let error = loop {
            match self.keep(caller, &obtained, &fresh).await {
                Ok(id) => return Ok(id),
                Err(error @ Error::Fault(_)) => break error,
                Err(error) if tries == TRIES => break error,
                Err(error) => {
                    tracing::warn!(%error, tries, "a new credential could not be kept yet");
                    self.sleep().sleep(tries * PAUSE_MS).await;
                    tries += 1;
                }
            }
        };
        if obtained.revocable
            && let Err(left) = self.return_grant(caller, &obtained, fresh).await
        {
            tracing::warn!(slug = obtained.slug, %left, "a grant was left at the provider");
        }
        Err(error)
    }

    /// The connection, its audit entry and its webhooks are one transaction.
    async fn keep(
        &self,
        caller: &AccountCtx,
        obtained: &Arc<Obtained>,
        fresh: &ConnectionId,
    ) -> Result<ConnectionId, Error> {
        let now = self.now();
        let sealer = self.vault().sealer(&caller.ctx.scope).await?;
        let due_at = self.first_due(caller, obtained).await?;
        let (core, caller) = (self.clone(), caller.clone());
        let (obtained, fresh) = (Arc::clone(obtained), fresh.clone());
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
                    let known = obtained.replaces(known)?;
                    let id = known
                        .as_ref()
                        .map_or(fresh, |known| known.connection.id.clone());
                    let sealed =
                        sealer.seal(Place::Connection, id.as_str(), obtained.plain.expose());
                    let new = obtained.established(sealed, now);
                    let (action, kind) = if known.is_some() {
                        connection::renew(tx, scope, &id, &new).await?;
                        (
                            AuditAction::ConnectionReauthenticated,
                            ConnectionEventKind::Reauthenticated,
                        )
                    } else {
                        connection::add(tx, scope, &id, &caller.account, slug, &new).await?;
                        let happening = Happening {
                            event: WebhookEvent::ConnectionCreated,
                            account: &account,
                            slug,
                            connection: &id,
                            details: None,
                        };
                        publish(&core, tx, ctx, &happening).await?;
                        (AuditAction::ConnectionCreated, ConnectionEventKind::Created)
                    };
                    let told = Told {
                        kind,
                        account: &caller.account,
                        slug,
                        connection: Some(&id),
                        error: None,
                    };
                    tell(&core, tx, ctx, told).await?;
                    refresh_schedule::set(tx, scope, &id, due_at).await?;
                    let entry = ctx.audit(action, id.as_str(), now, core.chance());
                    audit::add(tx, scope, &entry).await?;
                    Ok::<_, Error>(id)
                })
            })
            .await
    }

    /// When the new credential is to be renewed without being asked for.
    async fn first_due(
        &self,
        caller: &AccountCtx,
        obtained: &Obtained,
    ) -> Result<Option<Timestamp>, Error> {
        let found = self
            .find_connector(&caller.ctx.scope, &obtained.slug)
            .await?;
        let Some(connector) = found else {
            return Ok(None);
        };
        let way = Way::stored(&connector, &obtained.auth_option)?;
        let held = Held::read(&obtained.plain)
            .map_err(|error| Error::Internal(format!("a new credential: {error}")))?;
        let (end, now) = (obtained.expires_at, self.now());
        Ok(schedule::due_at(&way, &held, end, now, self.random_u64()))
    }

    /// Queues the revocation of tokens that could not be kept. Without their
    /// environment there is no client left to revoke them with.
    async fn return_grant(
        &self,
        caller: &AccountCtx,
        obtained: &Arc<Obtained>,
        fresh: ConnectionId,
    ) -> Result<(), Error> {
        let now = self.now();
        let sealer = self.vault().sealer(&caller.ctx.scope).await?;
        let (core, caller) = (self.clone(), caller.clone());
        let obtained = Arc::clone(obtained);
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let (ctx, scope) = (&caller.ctx, &caller.ctx.scope);
                    if connection::is_there(tx, scope, &fresh).await? {
                        // A commit that seemed to fail had been made.
                        return Ok(());
                    }
                    let plain = obtained.plain.expose();
                    let sealed = sealer.seal(Place::Connection, fresh.as_str(), plain);
                    let new = obtained.established(sealed, now);
                    let stored = obtained.stored(&caller, fresh, new);
                    queue_revocation(&core, tx, ctx, &stored).await
                })
            })
            .await
    }
}
