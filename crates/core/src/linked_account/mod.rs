//! Linked accounts: the developer's customers.

mod change;
mod credential;
mod import;
mod list;

use std::collections::BTreeMap;

use trunnel_model::audit::AuditAction;
use trunnel_model::chance::Chance;
use trunnel_model::connection::Connection;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::LinkedAccountId;
use trunnel_model::linked_account::{AccountChange, AccountFilter, LinkedAccount, MAX_UDF_KEYS};
use trunnel_model::page::{Page, PageRequest};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_store::sealed::{Place, Sealed};
use trunnel_store::{Tx, audit, connection, linked_account};

use self::change::{changed, check_change, merge_values, merged, too_many};
use crate::Core;
use crate::connection::remove_all;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::vault::Sealer;

pub use self::credential::CredentialAction;
pub use self::import::{AccountRows, ImportCounts, ImportNews, MAX_IMPORT_BYTES};
pub use self::list::AccountList;

/// How the builder's own credentials are called in a body.
const CREDENTIALS: &str = "your_app.auth_credentials";

/// An account and what it is connected to.
#[derive(Debug, Clone)]
pub struct AccountView {
    pub account: LinkedAccount,
    pub connections: Vec<Connection>,
}

impl Core {
    /// # Errors
    /// 409 when the id is taken.
    pub async fn create_account(
        &self,
        ctx: &Ctx,
        id: AccountId,
        change: AccountChange,
    ) -> Result<AccountView, Error> {
        check_change(&change)?;
        let now = self.now();
        let account = self.new_account(id, &change, now);
        let credentials = self
            .seal_new_credentials(ctx, &account.account_id, &change)
            .await?;
        let entry = ctx.audit(
            AuditAction::LinkedAccountCreated,
            account.id.as_str(),
            now,
            self.chance(),
        );
        let (scope, stored) = (ctx.scope.clone(), account.clone());
        let added = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if !linked_account::add(tx, &scope, &stored).await? {
                        return Ok(false);
                    }
                    if let Some(sealed) = &credentials {
                        let id = &stored.account_id;
                        linked_account::put_credential(tx, &scope, id, sealed).await?;
                    }
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(true)
                })
            })
            .await?;
        if !added {
            return Err(taken(&ctx.scope, &account.account_id).into());
        }
        Ok(AccountView {
            account,
            connections: Vec::new(),
        })
    }

    /// Creates the account or changes the one that is there; says which.
    pub async fn upsert_account(
        &self,
        ctx: &Ctx,
        id: AccountId,
        change: AccountChange,
    ) -> Result<(AccountView, bool), Error> {
        check_change(&change)?;
        let now = self.now();
        let fresh = self.new_account(id, &change, now);
        let upsert = Upsert {
            ctx: ctx.clone(),
            credentials: self.credential_change(ctx, &change).await?,
            change,
            fresh,
            now,
            chance: self.chance_handle(),
        };
        let (account, created) = self
            .db()
            .write(move |tx| Box::pin(async move { upsert.run(tx).await }))
            .await?;
        let connections = if created {
            Vec::new()
        } else {
            connection::of_account(self.db(), &ctx.scope, &account.account_id).await?
        };
        Ok((
            AccountView {
                account,
                connections,
            },
            created,
        ))
    }

    pub async fn account(&self, ctx: &Ctx, id: &AccountId) -> Result<AccountView, Error> {
        let found = linked_account::find_with_connections(self.db(), &ctx.scope, id).await?;
        let (account, connections) = found.ok_or_else(|| not_found(ctx, id.as_str()))?;
        Ok(AccountView {
            account,
            connections,
        })
    }

    pub async fn accounts(
        &self,
        ctx: &Ctx,
        filter: &AccountFilter,
        request: PageRequest,
    ) -> Result<Page<AccountView>, Error> {
        let page = linked_account::list(self.db(), &ctx.scope, filter, request).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for account in page.items {
            let id = &account.account_id;
            let connections = connection::of_account(self.db(), &ctx.scope, id).await?;
            items.push(AccountView {
                account,
                connections,
            });
        }
        Ok(Page {
            items,
            total: page.total,
            request,
        })
    }

    /// Deletes the account and everything it owns. Its grants are revoked at the
    /// providers by jobs that are queued in the same transaction.
    pub async fn delete_account(&self, ctx: &Ctx, id: &AccountId) -> Result<(), Error> {
        let (core, ctx, id) = (self.clone(), ctx.clone(), id.clone());
        let now = self.now();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let account = linked_account::lock(tx, &ctx.scope, &id)
                        .await?
                        .ok_or_else(|| not_found(&ctx, id.as_str()))?;
                    let connections = connection::lock_of_account(tx, &ctx.scope, &id).await?;
                    remove_all(&core, tx, &ctx, &account, &connections).await?;
                    linked_account::delete(tx, &ctx.scope, &account).await?;
                    let entry = ctx.audit(
                        AuditAction::LinkedAccountDeleted,
                        account.id.as_str(),
                        now,
                        core.chance(),
                    );
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }

    /// The answer for an account that is not there, or not for this caller.
    pub fn unknown_account(&self, ctx: &Ctx, id: &str) -> Fault {
        not_found(ctx, id)
    }

    fn new_account(&self, id: AccountId, change: &AccountChange, now: Timestamp) -> LinkedAccount {
        LinkedAccount {
            id: LinkedAccountId::new(now, self.chance()),
            account_id: id,
            name: change.name.clone(),
            scope: change.scope.clone(),
            udf: merged(Vec::new(), &change.udf, now, self.chance()),
            version: 0,
            created_at: now,
            updated_at: now,
        }
    }

    async fn seal_new_credentials(
        &self,
        ctx: &Ctx,
        account: &AccountId,
        change: &AccountChange,
    ) -> Result<Option<Sealed>, Error> {
        let Some(credentials) = self.credential_change(ctx, change).await? else {
            return Ok(None);
        };
        let values = merge_values(BTreeMap::new(), &change.auth_credentials);
        Ok(Some(credentials.seal(account, &values)))
    }

    /// What is needed to change an account's stored credentials inside a
    /// transaction; nothing when the caller sent none.
    async fn credential_change(
        &self,
        ctx: &Ctx,
        change: &AccountChange,
    ) -> Result<Option<CredentialChange>, Error> {
        if change.auth_credentials.is_empty() {
            return Ok(None);
        }
        self.any_credential_change(ctx).await.map(Some)
    }

    async fn any_credential_change(&self, ctx: &Ctx) -> Result<CredentialChange, Error> {
        self.vault().learn(&ctx.scope).await?;
        Ok(CredentialChange {
            core: self.clone(),
            sealer: self.vault().sealer(&ctx.scope).await?,
        })
    }
}

struct CredentialChange {
    core: Core,
    sealer: Sealer,
}

impl CredentialChange {
    fn seal(&self, account: &AccountId, values: &BTreeMap<String, String>) -> Sealed {
        // Texts always serialize.
        let plain = serde_json::to_string(values).unwrap_or_default();
        self.sealer
            .seal(Place::LinkedAccountCredential, account.as_str(), &plain)
    }
}

impl CredentialChange {
    /// The values that are stored; nothing when none ever were.
    async fn known(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        id: &AccountId,
    ) -> Result<Option<BTreeMap<String, String>>, Error> {
        let Some(sealed) = linked_account::find_credential(tx, scope, id).await? else {
            return Ok(None);
        };
        let place = Place::LinkedAccountCredential;
        let vault = self.core.vault();
        let plain = vault.open_now(scope, place, id.as_str(), &sealed)?;
        let values = serde_json::from_str(plain.expose());
        let damaged = |error| Error::Internal(format!("stored credentials of {id}: {error}"));
        values.map(Some).map_err(damaged)
    }
}

/// One upsert, carried into its transaction.
struct Upsert {
    ctx: Ctx,
    credentials: Option<CredentialChange>,
    change: AccountChange,
    fresh: LinkedAccount,
    now: Timestamp,
    chance: std::sync::Arc<dyn Chance>,
}

impl Upsert {
    async fn run(self, tx: &mut Tx<'_>) -> Result<(LinkedAccount, bool), Error> {
        let scope = &self.ctx.scope;
        let created = linked_account::add(tx, scope, &self.fresh).await?;
        let account = if created {
            self.fresh.clone()
        } else {
            let id = &self.fresh.account_id;
            let known = linked_account::lock(tx, scope, id)
                .await?
                .ok_or_else(|| Fault::new(409, FaultCode::Conflict, "The account was deleted."))?;
            let account = changed(known, &self.change, self.now, &*self.chance);
            if account.udf.len() > MAX_UDF_KEYS {
                return Err(too_many("udf").into());
            }
            linked_account::update(tx, scope, &account).await?;
            account
        };
        self.write_credentials(tx, &account.account_id).await?;
        let action = if created {
            AuditAction::LinkedAccountCreated
        } else {
            AuditAction::LinkedAccountUpdated
        };
        let entry = self
            .ctx
            .audit(action, account.id.as_str(), self.now, &*self.chance);
        audit::add(tx, scope, &entry).await?;
        Ok((account, created))
    }

    async fn write_credentials(&self, tx: &mut Tx<'_>, id: &AccountId) -> Result<(), Error> {
        let Some(credentials) = &self.credentials else {
            return Ok(());
        };
        let scope = &self.ctx.scope;
        let known = credentials.known(tx, scope, id).await?.unwrap_or_default();
        let values = merge_values(known, &self.change.auth_credentials);
        if values.len() > MAX_UDF_KEYS {
            return Err(too_many(CREDENTIALS).into());
        }
        let sealed = credentials.seal(id, &values);
        linked_account::put_credential(tx, scope, id, &sealed).await?;
        Ok(())
    }
}

fn taken(scope: &Scope, id: &AccountId) -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        format!(
            "Linked Account with account id {id} already exists in environment {}. Use PUT to \
             create or update.",
            scope.environment().wire()
        ),
    )
    .with("account_id", id.as_str())
}

/// The same for an id that is unknown and one that could never be.
fn not_found(ctx: &Ctx, id: &str) -> Fault {
    Fault::not_found(
        FaultCode::ServerError,
        format!(
            "Linked Account with account id {id} for org {} in environment {} not found",
            ctx.organization,
            ctx.scope.environment().wire()
        ),
    )
}
