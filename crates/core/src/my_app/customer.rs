//! What is known of a customer when the developer's API is called.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use trunnel_model::linked_account::LinkedAccount;
use trunnel_model::secret::Secret;
use trunnel_store::linked_account;
use trunnel_store::sealed::Place;

use super::template::Values;
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;

pub(crate) struct Customer {
    pub(crate) account: LinkedAccount,
    udf: BTreeMap<String, String>,
    credentials: BTreeMap<String, Secret>,
    /// How often the credentials have been changed.
    version: i64,
}

impl Core {
    pub(crate) async fn customer(&self, caller: &AccountCtx) -> Result<Customer, Error> {
        let (scope, id) = (&caller.ctx.scope, &caller.account);
        let found = linked_account::find(self.db(), scope, id).await?;
        let unknown = || self.unknown_account(&caller.ctx, id.as_str());
        let account = found.ok_or_else(unknown)?;
        let stored = linked_account::credential_and_version(self.db(), scope, id).await?;
        let (credentials, version) = match stored {
            None => (BTreeMap::new(), 0),
            Some((sealed, version)) => {
                let place = Place::LinkedAccountCredential;
                let plain = self
                    .vault()
                    .open(scope, place, id.as_str(), &sealed)
                    .await?;
                let values: BTreeMap<String, String> = serde_json::from_str(plain.expose())
                    .map_err(|error| {
                        Error::Internal(format!("stored credentials of {id}: {error}"))
                    })?;
                let secrets = values
                    .into_iter()
                    .map(|(name, value)| (name, Secret::new(value)));
                (secrets.collect(), version)
            }
        };
        let udf = account.udf.iter();
        Ok(Customer {
            udf: udf
                .map(|entry| (entry.name.clone(), entry.value.clone()))
                .collect(),
            account,
            credentials,
            version,
        })
    }
}

impl Customer {
    pub(crate) fn values<'a>(
        &'a self,
        response: Option<&'a Value>,
        input: &'a Map<String, Value>,
    ) -> Values<'a> {
        Values {
            account_id: self.account.account_id.as_str(),
            udf: &self.udf,
            credentials: &self.credentials,
            response,
            input,
        }
    }

    /// As a script sees it.
    pub(super) fn to_script(&self) -> Value {
        let credentials: BTreeMap<_, _> = self
            .credentials
            .iter()
            .map(|(name, secret)| (name, secret.expose()))
            .collect();
        json!({
            "account_id": self.account.account_id.as_str(),
            "udf": self.udf,
            "auth_credentials": credentials,
        })
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.credentials.values()
    }

    /// The same as long as an exchange of this customer's would be the same. The versions
    /// only ever grow, also when a value is set to what it was before.
    pub(super) fn stamp(&self, authentication: i64) -> [u8; 32] {
        let of = json!([
            self.account.id.as_str(),
            self.version,
            self.udf,
            authentication
        ]);
        Sha256::digest(of.to_string()).into()
    }
}
