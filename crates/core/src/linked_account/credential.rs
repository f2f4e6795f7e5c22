//! One value at a time of what the developer's own API wants to see of a customer.

use std::collections::BTreeMap;

use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::linked_account::MAX_UDF_KEYS;
use trunnel_model::text::AccountId;
use trunnel_store::{audit, linked_account};

use super::CREDENTIALS;
use super::change::{check_entry, too_many};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;

/// What came of setting one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialAction {
    Added,
    Updated,
}

impl Core {
    /// Sets one value. What was made of the old ones, such as a token, is not used any
    /// more, on any node.
    pub async fn put_auth_credential(
        &self,
        caller: &AccountCtx,
        key: &str,
        value: String,
    ) -> Result<CredentialAction, Error> {
        check_entry(CREDENTIALS, key, Some(&value))?;
        let key = key.to_owned();
        let set = move |values: &mut BTreeMap<String, String>| {
            let action = match values.insert(key, value) {
                None => CredentialAction::Added,
                Some(_) => CredentialAction::Updated,
            };
            if values.len() > MAX_UDF_KEYS {
                return Err(too_many(CREDENTIALS));
            }
            Ok(action)
        };
        let action = AuditAction::AuthCredentialUpdated;
        self.change_credentials(caller, action, Missing::Begin, set)
            .await
    }

    pub async fn delete_auth_credential(
        &self,
        caller: &AccountCtx,
        key: &str,
    ) -> Result<(), Error> {
        let (key, account) = (key.to_owned(), caller.account.clone());
        let remove = move |values: &mut BTreeMap<String, String>| {
            let removed = values.remove(&key).map(drop);
            removed.ok_or_else(|| {
                let message =
                    format!("Auth credential {key} not found for linked account {account}");
                Fault::not_found(FaultCode::ResourceNotFound, message)
            })
        };
        let action = AuditAction::AuthCredentialDeleted;
        self.change_credentials(caller, action, Missing::Refuse, remove)
            .await
    }

    async fn change_credentials<T: Send + 'static>(
        &self,
        caller: &AccountCtx,
        action: AuditAction,
        missing: Missing,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Error> {
        let credentials = self.any_credential_change(&caller.ctx).await?;
        let (ctx, id, now) = (caller.ctx.clone(), caller.account.clone(), self.now());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let scope = &ctx.scope;
                    let account = linked_account::lock(tx, scope, &id).await?;
                    let account = account.ok_or_else(|| no_integration(&id))?;
                    let known = credentials.known(tx, scope, &id).await?;
                    let mut values = match (known, missing) {
                        (Some(values), _) => values,
                        (None, Missing::Begin) => BTreeMap::new(),
                        (None, Missing::Refuse) => return Err(no_integration(&id).into()),
                    };
                    let changed = change(&mut values)?;
                    let sealed = credentials.seal(&id, &values);
                    linked_account::put_credential(tx, scope, &id, &sealed).await?;
                    let chance = credentials.core.chance();
                    let entry = ctx.audit(action, account.id.as_str(), now, chance);
                    audit::add(tx, scope, &entry).await?;
                    Ok::<_, Error>(changed)
                })
            })
            .await
    }
}

/// What to do for an account that never had a value.
#[derive(Debug, Clone, Copy)]
enum Missing {
    Begin,
    Refuse,
}

fn no_integration(account: &AccountId) -> Fault {
    let message = format!("Default app integration not found for linked account {account}");
    Fault::not_found(FaultCode::ResourceNotFound, message)
}
