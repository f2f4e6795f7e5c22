//! Linked accounts as a list to scroll through.

use trunnel_model::account_list::{AccountEntry, AccountListFilter};
use trunnel_model::fault::Fault;
use trunnel_model::id::LinkedAccountId;
use trunnel_store::account_list;

use crate::Core;
use crate::connection::Paged;
use crate::ctx::Ctx;
use crate::error::Error;

/// A page of accounts, and how many the environment has in all.
#[derive(Debug, Clone)]
pub struct AccountList {
    pub page: Paged<AccountEntry>,
    pub total: i64,
}

impl Core {
    /// Up to `limit` accounts, newest first, from behind the cursor.
    pub async fn account_list(
        &self,
        ctx: &Ctx,
        filter: &AccountListFilter,
        cursor: Option<&str>,
        limit: i64,
    ) -> Result<AccountList, Error> {
        let before = cursor.map(LinkedAccountId::parse).transpose();
        let before = before.map_err(|_| {
            let message = "`cursor` is not one that this list has given; begin without it";
            Fault::field("cursor", message)
        })?;
        let (db, scope) = (self.db(), &ctx.scope);
        // One more than asked for tells whether there is a next page.
        let found = account_list::list(db, scope, filter, before.as_ref(), limit + 1).await?;
        Ok(AccountList {
            page: Paged::of(found, limit, |entry| entry.id.as_str()),
            total: account_list::total(db, scope).await?,
        })
    }
}
