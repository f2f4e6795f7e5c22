//! Session tokens: minting, verifying, revoking.

mod token;

use trunnel_model::access_token::PlainAccessToken;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{OrganizationId, SessionTokenId};
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::session::SessionToken;
use trunnel_model::text::AccountId;
use trunnel_store::sealed::Place;
use trunnel_store::{audit, connect_link, linked_account, session};

use crate::Core;
use crate::ctx::{AccountCtx, Actor, Ctx};
use crate::error::Error;
use token::Half;

/// The name under which an environment keeps what it signs session tokens with.
pub(crate) const SIGNING_KEY: &str = "session_signing_key";

/// A pair of tokens as they are handed out.
#[derive(Clone)]
pub struct MintedSession {
    pub token: String,
    pub refresh_token: String,
    pub expires_in_s: i64,
    pub refresh_expires_in_s: i64,
}

/// Without the tokens.
impl std::fmt::Debug for MintedSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MintedSession")
            .field("expires_in_s", &self.expires_in_s)
            .field("refresh_expires_in_s", &self.refresh_expires_in_s)
            .finish_non_exhaustive()
    }
}

pub(crate) fn invalid_token() -> Fault {
    Fault::new(401, FaultCode::InvalidToken, "Invalid token")
}

impl Core {
    /// Hands out the account's token: the one it has while more than a tenth of its
    /// life is left, else a new one. `force` makes a new one and leaves the old valid.
    pub async fn mint_session(
        &self,
        ctx: &Ctx,
        account: &AccountId,
        force: bool,
    ) -> Result<MintedSession, Error> {
        let key = self.signing_key(&ctx.scope).await?;
        let now = self.now();
        let lives = self.settings().session;
        let fresh = SessionToken {
            id: SessionTokenId::new(now, self.chance()),
            account_id: account.clone(),
            created_at: now,
            expires_at: now.plus_millis(lives.token_ms),
            refresh_expires_at: now.plus_millis(lives.refresh_ms),
        };
        let (scope, reuse_until) = (ctx.scope.clone(), now.plus_millis(lives.token_ms / 10));
        let token = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let id = &fresh.account_id;
                    if linked_account::lock(tx, &scope, id).await?.is_none() {
                        return Err(Error::from(unknown_account(&scope, id)));
                    }
                    let latest = session::latest(tx, &scope, id).await?;
                    let reusable = latest.filter(|known| !force && known.expires_at > reuse_until);
                    if let Some(known) = reusable {
                        return Ok(known);
                    }
                    session::add(tx, &scope, &fresh).await?;
                    Ok(fresh)
                })
            })
            .await?;
        let organization = ctx.organization.as_str();
        let text = |half| token::write(&key, &ctx.scope, organization, &token, half);
        Ok(MintedSession {
            token: text(Half::Access),
            refresh_token: text(Half::Refresh),
            expires_in_s: token.expires_at.since(now) / 1000,
            refresh_expires_in_s: token.refresh_expires_at.since(now) / 1000,
        })
    }

    /// The text of an account's token that no refresh half goes with.
    pub(crate) async fn session_text(
        &self,
        scope: &Scope,
        organization: &OrganizationId,
        token: &SessionToken,
    ) -> Result<String, Error> {
        let key = self.signing_key(scope).await?;
        let organization = organization.as_str();
        Ok(token::write(&key, scope, organization, token, Half::Access))
    }

    /// Who presents this token: a session's, or a personal access token, which stands
    /// wherever that does.
    pub async fn verify_session(&self, text: &str) -> Result<AccountCtx, Error> {
        if let Some(plain) = PlainAccessToken::parse(text) {
            return self.verify_access_token(&plain).await;
        }
        let unverified = token::read(text).ok_or_else(invalid_token)?;
        let scope = unverified.scope.clone();
        let key = self
            .find_signing_key(&scope)
            .await?
            .ok_or_else(invalid_token)?;
        let id = unverified.verify(&key).ok_or_else(invalid_token)?;
        let token = session::find_valid(self.db(), &scope, &id, self.now())
            .await?
            .ok_or_else(invalid_token)?;
        let organization = self.organization_of(scope.app()).await?;
        Ok(AccountCtx {
            ctx: Ctx {
                scope,
                organization,
                actor: Actor::Session(id),
                address: None,
            },
            account: token.account_id,
        })
    }

    /// Ends the token that is presented, its refresh half and the links that it has made
    /// with it. Says how many ended.
    pub async fn revoke_session(&self, caller: &AccountCtx) -> Result<u64, Error> {
        let id = match caller.ctx.actor.clone() {
            Actor::Session(id) => id,
            Actor::AccessToken(id) => {
                let ended = self.end_access_token(&caller.ctx, &caller.account, &id);
                return ended.await.map(u64::from);
            }
            _ => return Ok(0),
        };
        let now = self.now();
        let entry = caller.ctx.audit(
            AuditAction::SessionTokenRevoked,
            id.as_str(),
            now,
            self.chance(),
        );
        let (scope, account) = (caller.ctx.scope.clone(), caller.account.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    // A link that is being made or opened is finished, and ends, too.
                    linked_account::lock(tx, &scope, &account).await?;
                    let revoked = session::revoke(tx, &scope, &id, now).await?;
                    if revoked {
                        connect_link::end_of_maker(tx, &scope, id.as_str(), now).await?;
                        audit::add(tx, &scope, &entry).await?;
                    }
                    Ok::<_, Error>(u64::from(revoked))
                })
            })
            .await
    }

    pub(crate) async fn signing_key(&self, scope: &Scope) -> Result<Secret, Error> {
        self.find_signing_key(scope)
            .await?
            .ok_or_else(|| Error::Internal("the environment has no signing key".to_owned()))
    }

    /// The environment's key; it is made with the environment and never changes, so
    /// it is kept once opened. `None` when there is no such environment.
    pub(crate) async fn find_signing_key(&self, scope: &Scope) -> Result<Option<Secret>, Error> {
        if let Some(key) = self.signing_keys().read().get(scope) {
            return Ok(Some(key.clone()));
        }
        let Some(sealed) = trunnel_store::app::find_secret(self.db(), scope, SIGNING_KEY).await?
        else {
            return Ok(None);
        };
        let key = self
            .vault()
            .open(scope, Place::EnvironmentSecret, SIGNING_KEY, &sealed)
            .await?;
        self.signing_keys()
            .write()
            .insert(scope.clone(), key.clone());
        Ok(Some(key))
    }
}

pub(crate) fn unknown_account(scope: &Scope, account: &AccountId) -> Fault {
    Fault::bad_request(
        FaultCode::InvalidLinkedAccountId,
        format!(
            "No linked account found for account id : {account} in environment {}",
            scope.environment().wire()
        ),
    )
}
