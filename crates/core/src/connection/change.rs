//! What is changed about one connection that is there.

use trunnel_catalog::Fields;
use trunnel_model::audit::AuditAction;
use trunnel_model::text::AccountId;
use trunnel_store::connection::StoredConnection;
use trunnel_store::{Tx, audit, connection, connection_list, linked_account};

use super::establish::json;
use super::metadata::check_metadata;
use super::{ConnectionView, no_such_connection, remove_all};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;
use trunnel_model::connection::Connection;
use trunnel_model::linked_account::LinkedAccount;

/// What a caller wants changed; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ConnectionChange {
    pub is_default: Option<bool>,
    /// All of them at once.
    pub metadata: Option<Fields>,
}

impl Core {
    /// Chooses the connection as its account's default for the app, which takes the
    /// choice from any other one, or writes the developer's own values.
    pub async fn change_connection(
        &self,
        ctx: &Ctx,
        own: Option<&AccountId>,
        id: &str,
        change: ConnectionChange,
    ) -> Result<ConnectionView, Error> {
        check_metadata(change.metadata.as_ref())?;
        let known = self.find_connection(ctx, own, id).await?;
        let now = self.now();
        let mut entry = ctx.audit(AuditAction::ConnectionUpdated, id, now, self.chance());
        entry.details = serde_json::json!({
            "is_default": change.is_default,
            "metadata_changed": change.metadata.is_some(),
        })
        .to_string();
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let (_, stored) = locked(tx, &scope, &known).await?;
                    let known = &stored.connection;
                    let is_default = change.is_default.unwrap_or(known.is_default);
                    if is_default {
                        let (account, slug) = (&known.account_id, &known.slug);
                        connection_list::clear_default(tx, &scope, account, slug).await?;
                    }
                    let metadata = json(change.metadata.as_ref().unwrap_or(&known.metadata));
                    let new = (is_default, metadata.as_str());
                    connection_list::describe(tx, &scope, &known.id, new, now).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.connection(ctx, own, id).await
    }

    /// Ends one connection, here and at the provider.
    pub async fn delete_connection(
        &self,
        ctx: &Ctx,
        own: Option<&AccountId>,
        id: &str,
    ) -> Result<(), Error> {
        let known = self.find_connection(ctx, own, id).await?;
        let (core, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let (account, stored) = locked(tx, &ctx.scope, &known).await?;
                    remove_all(&core, tx, &ctx, &account, &[stored]).await
                })
            })
            .await
    }
}

/// The connection and its account, kept from change. Locking the account puts
/// everything that touches its connections in a row.
async fn locked(
    tx: &mut Tx<'_>,
    scope: &trunnel_model::scope::Scope,
    known: &Connection,
) -> Result<(LinkedAccount, StoredConnection), Error> {
    let gone = || no_such_connection(known.id.as_str());
    let account = linked_account::lock(tx, scope, &known.account_id)
        .await?
        .ok_or_else(gone)?;
    let all = connection::lock_of_app(tx, scope, &known.account_id, &known.slug).await?;
    let mut all = all.into_iter();
    let found = all.find(|found| found.connection.id == known.id);
    Ok((account, found.ok_or_else(gone)?))
}
