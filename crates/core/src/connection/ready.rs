//! A connection's credential, opened and fresh, for one call.

use std::sync::Arc;

use trunnel_catalog::{Connector, Credential, Fields, OAuthClient};
use trunnel_model::connection::Status;
use trunnel_model::secret::Secret;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::sealed::Place;

use super::credential::Held;
use super::keys::Proof;
use super::schedule::{Freshness, freshness};
use super::story::Trouble;
use super::{Way, default_of, expired, fields_of, not_connected, unknown_connection};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;

/// What a request to the provider is built with.
pub(crate) struct Ready {
    pub(crate) way: Way,
    pub(crate) stored: StoredConnection,
    pub(crate) fields: Fields,
    held: Held,
    /// The developer's own keys among the fields.
    hidden: Vec<Secret>,
    client: Option<OAuthClient>,
}

fn secret_of(value: &serde_json::Value) -> Option<Secret> {
    value.as_str().map(Secret::new)
}

/// How much a refused call proves about its credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    Strong,
    Weak,
}

/// What is left after a provider has refused a credential.
pub(crate) enum AfterRefusal {
    /// A new credential, to try once more with.
    Renewed(Box<Ready>),
    /// Nothing: it is the end of this connection.
    Expired,
    /// The same credential: nothing proves that it is bad.
    Stands,
}

impl Ready {
    pub(crate) fn credential(&self) -> Credential<'_> {
        self.held.credential(self.client.as_ref())
    }

    /// Everything of it that nobody may see.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        let client = self
            .client
            .as_ref()
            .and_then(|client| client.secret.as_ref());
        let all = self.held.secrets().into_iter().chain(client);
        all.chain(&self.hidden).collect()
    }
}

impl Core {
    /// The account's connection to the app, refreshed when its token is about to end:
    /// the one that is named, else its default.
    pub(crate) async fn ready(
        &self,
        caller: &AccountCtx,
        connector: &Arc<Connector>,
        named: Option<&str>,
    ) -> Result<Ready, Error> {
        let scope = &caller.ctx.scope;
        let all = connection::of_app(self.db(), scope, &caller.account, &connector.slug).await?;
        let stored = match named {
            None => default_of(all),
            Some(id) => {
                let mut all = all.into_iter();
                let found = all.find(|known| known.connection.id.as_str() == id);
                Some(found.ok_or_else(|| unknown_connection(id))?)
            }
        };
        let Some(stored) = stored else {
            self.require_account(caller).await?;
            return Err(not_connected(&connector.name, caller.account.as_str()).into());
        };
        if stored.connection.status == Status::Expired {
            return Err(expired(&stored.connection, &connector.name).into());
        }
        let way = Way::stored(connector, &stored.connection.auth_option)?;
        let ready = self.open_connection(caller, way, stored).await?;
        let now = self.now();
        let end = ready.stored.connection.expires_at;
        match freshness(&ready.way, &ready.held, end, now) {
            Freshness::Fresh => Ok(ready),
            // Good for now: whoever gets the lease renews it, the others go on.
            Freshness::Aging if ready.stored.refresh_until.is_some_and(|until| until > now) => {
                Ok(ready)
            }
            Freshness::Aging => {
                self.refresh_ahead(caller, &ready.way, &ready.stored);
                Ok(ready)
            }
            Freshness::Over => {
                let stored = self.refresh(caller, &ready.way, &ready.stored).await?;
                self.open_connection(caller, ready.way, stored).await
            }
        }
    }

    /// What follows from the provider's refusal of the credential.
    pub(crate) async fn after_refusal(
        &self,
        caller: &AccountCtx,
        refused: &Ready,
        why: impl Into<Trouble>,
        evidence: Evidence,
    ) -> Result<AfterRefusal, Error> {
        let way = &refused.way;
        if way.renews(refused.held.refresh_token.is_some()) {
            let stored = self.refresh(caller, way, &refused.stored).await?;
            let ready = self.open_connection(caller, way.clone(), stored).await?;
            return Ok(AfterRefusal::Renewed(Box::new(ready)));
        }
        // One refused call is no proof; the call that is made for it is.
        let client = refused.client.as_ref();
        let proof = self
            .verify(way, &refused.fields, &refused.held, client)
            .await?;
        let over = match proof {
            Proof::None => evidence == Evidence::Strong,
            Proof::Rejected(_) => true,
            Proof::Accepted(..) | Proof::Unclear => false,
        };
        if !over {
            return Ok(AfterRefusal::Stands);
        }
        self.expire(caller, &way.connector, (&refused.stored, ""), &why.into())
            .await?;
        Ok(AfterRefusal::Expired)
    }

    async fn open_connection(
        &self,
        caller: &AccountCtx,
        way: Way,
        stored: StoredConnection,
    ) -> Result<Ready, Error> {
        let scope = &caller.ctx.scope;
        let client = if way.option().uses_client() {
            let id = stored.client_id.as_deref();
            Some(self.client_of(scope, &way.connector, id).await?)
        } else {
            None
        };
        let hidden = self.secret_fields(scope, &way.connector).await?;
        let mut fields = fields_of(&stored)?;
        fields.extend(hidden.clone());
        Ok(Ready {
            held: self.held_of(caller, &stored).await?,
            fields,
            hidden: hidden.values().filter_map(secret_of).collect(),
            way,
            stored,
            client,
        })
    }

    pub(super) async fn held_of(
        &self,
        caller: &AccountCtx,
        stored: &StoredConnection,
    ) -> Result<Held, Error> {
        let (scope, id) = (&caller.ctx.scope, stored.connection.id.as_str());
        let plain = self
            .vault()
            .open(scope, Place::Connection, id, &stored.sealed)
            .await?;
        Held::read(&plain).map_err(|error| Error::Internal(format!("credential of {id}: {error}")))
    }
}
