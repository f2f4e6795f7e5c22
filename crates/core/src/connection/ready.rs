//! A connection's credential, opened and fresh, for one call.

use trunnel_catalog::auth::keys::Verification;
use trunnel_catalog::{Connector, Credential, Fields, identity_request};
use trunnel_model::connection::{AuthType, Status};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::sealed::Place;

use super::credential::{Keys, Tokens, read_keys};
use super::keys::Proof;
use super::refresh::TOKEN_LIMITS;
use super::{default_of, expired, fields_of, not_connected};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault};

/// What a request to the provider is built with.
pub(crate) struct Ready {
    pub(crate) stored: StoredConnection,
    pub(crate) fields: Fields,
    secret: Opened,
}

enum Opened {
    Tokens(Tokens),
    Keys(Keys),
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
        match &self.secret {
            Opened::Tokens(tokens) => Credential::OAuth2 {
                access_token: &tokens.access_token,
            },
            Opened::Keys(keys) => Credential::KeyBased(keys),
        }
    }

    /// Everything of it that nobody may see.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        match &self.secret {
            Opened::Tokens(tokens) => {
                let refresh = tokens.refresh_token.as_ref();
                std::iter::once(&tokens.access_token)
                    .chain(refresh)
                    .collect()
            }
            Opened::Keys(keys) => keys.values().collect(),
        }
    }

    pub(crate) const fn auth_type(&self) -> AuthType {
        self.stored.connection.auth_type
    }
}

impl Core {
    /// The account's connection to the app, refreshed when its token is about to end.
    pub(crate) async fn ready(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
    ) -> Result<Ready, Error> {
        let scope = &caller.ctx.scope;
        let all = connection::of_app(self.db(), scope, &caller.account, &connector.slug).await?;
        let Some(stored) = default_of(all) else {
            self.require_account(caller).await?;
            return Err(not_connected(&connector.name, caller.account.as_str()).into());
        };
        if stored.connection.status == Status::Expired {
            return Err(expired(&stored.connection, &connector.name).into());
        }
        let ready = self.open_connection(caller, stored).await?;
        let Opened::Tokens(tokens) = &ready.secret else {
            return Ok(ready);
        };
        let now = self.now();
        match freshness(ready.stored.expires_at, tokens, now) {
            Freshness::Fresh => Ok(ready),
            // Good for now: whoever gets the lease renews it, the others go on.
            Freshness::Aging if ready.stored.refresh_until.is_some_and(|until| until > now) => {
                Ok(ready)
            }
            Freshness::Aging => {
                self.refresh_ahead(caller, connector, &ready.stored);
                Ok(ready)
            }
            Freshness::Over => {
                let stored = self.refresh(caller, connector, &ready.stored).await?;
                self.open_connection(caller, stored).await
            }
        }
    }

    /// What follows from the provider's refusal of the credential.
    pub(crate) async fn after_refusal(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        refused: &Ready,
        provider_error: &str,
        evidence: Evidence,
    ) -> Result<AfterRefusal, Error> {
        let over = match &refused.secret {
            Opened::Tokens(tokens) if tokens.refresh_token.is_some() => {
                let stored = self.refresh(caller, connector, &refused.stored).await?;
                let ready = self.open_connection(caller, stored).await?;
                return Ok(AfterRefusal::Renewed(Box::new(ready)));
            }
            Opened::Tokens(tokens) => {
                self.token_is_dead(connector, &refused.fields, &tokens.access_token, evidence)
                    .await?
            }
            Opened::Keys(keys) => {
                // One refused call is no proof; the call that is made for it is.
                match self.verify_keys(connector, &refused.fields, keys).await? {
                    Proof::None => evidence == Evidence::Strong,
                    Proof::Verified(verified) => verified == Verification::Rejected,
                    Proof::NoAnswer => false,
                }
            }
        };
        if !over {
            return Ok(AfterRefusal::Stands);
        }
        self.expire(caller, connector, &refused.stored, provider_error)
            .await?;
        Ok(AfterRefusal::Expired)
    }

    /// Asks the provider who the token belongs to, where it has a call for that.
    async fn token_is_dead(
        &self,
        connector: &Connector,
        fields: &Fields,
        token: &Secret,
        evidence: Evidence,
    ) -> Result<bool, Error> {
        let instance = &self.settings().instance;
        let request = identity_request(connector, instance, fields, token)
            .map_err(|fault| build_fault(&fault))?;
        let (Some(request), Some(oauth2)) = (request, &connector.oauth2) else {
            return Ok(evidence == Evidence::Strong);
        };
        let answer = self.outbound().send(request, TOKEN_LIMITS).await;
        Ok(answer.is_ok_and(|answer| oauth2.expiry_statuses.contains(&answer.status)))
    }

    async fn open_connection(
        &self,
        caller: &AccountCtx,
        stored: StoredConnection,
    ) -> Result<Ready, Error> {
        let (scope, id) = (&caller.ctx.scope, stored.connection.id.as_str());
        let plain = self
            .vault()
            .open(scope, Place::Connection, id, &stored.sealed)
            .await?;
        let damaged = |error| Error::Internal(format!("credential of {id}: {error}"));
        let secret = match stored.connection.auth_type {
            AuthType::OAuth2 => Opened::Tokens(Tokens::read(&plain).map_err(damaged)?),
            AuthType::KeyBased => Opened::Keys(read_keys(&plain).map_err(damaged)?),
        };
        Ok(Ready {
            fields: fields_of(&stored)?,
            stored,
            secret,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freshness {
    Fresh,
    /// Works still, and ends soon.
    Aging,
    Over,
}

/// A token is renewed when a fifth of its life is left, or five minutes, whichever
/// is less. One that cannot be renewed is used until the provider refuses it.
fn freshness(expires_at: Option<Timestamp>, tokens: &Tokens, now: Timestamp) -> Freshness {
    const FIVE_MINUTES_MS: i64 = 300_000;
    let Some(expires_at) = expires_at.filter(|_| tokens.refresh_token.is_some()) else {
        return Freshness::Fresh;
    };
    let fifth = tokens.lifetime_s.unwrap_or(0).saturating_mul(1000) / 5;
    let left = expires_at.since(now);
    if left <= 0 {
        Freshness::Over
    } else if left <= fifth.min(FIVE_MINUTES_MS) {
        Freshness::Aging
    } else {
        Freshness::Fresh
    }
}
