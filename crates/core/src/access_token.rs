//! Personal access tokens: made and revoked in the Console, for one account each.

use trunnel_model::access_token::{AccessToken, PlainAccessToken};
use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::AccessTokenId;
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::text::{AccountId, check_label};
use trunnel_model::time::Timestamp;
use trunnel_store::{access_token, audit, connect_link, linked_account, member};

use crate::ctx::{AccountCtx, Actor, Ctx};
use crate::error::Error;
use crate::session::invalid_token;
use crate::{Core, MemberCtx};

/// More than anyone can tell apart.
const MAX_TOKENS: i64 = 100;

/// A new token, in the clear for the only time.
#[derive(Debug, Clone)]
pub struct MintedAccessToken {
    pub access_token: AccessToken,
    pub plain: Secret,
}

impl Core {
    /// Who presents this token. Every kind of bad one gets the answer of a bad session
    /// token, in whose place it stands.
    pub(crate) async fn verify_access_token(
        &self,
        plain: &PlainAccessToken,
    ) -> Result<AccountCtx, Error> {
        let verified = access_token::verify(self.db(), &plain.hash()).await?;
        let verified = verified.ok_or_else(invalid_token)?;
        Ok(AccountCtx {
            ctx: Ctx {
                organization: self.organization_of(verified.scope.app()).await?,
                scope: verified.scope,
                actor: Actor::AccessToken(verified.token),
                address: None,
            },
            account: verified.account,
        })
    }

    /// The account's tokens, newest first.
    pub async fn access_tokens(
        &self,
        ctx: &Ctx,
        account: &AccountId,
    ) -> Result<Vec<AccessToken>, Error> {
        let found = linked_account::find(self.db(), &ctx.scope, account).await?;
        if found.is_none() {
            return Err(self.unknown_account(ctx, account.as_str()).into());
        }
        Ok(access_token::list(self.db(), &ctx.scope, account).await?)
    }

    /// Makes a token that acts for the account until it is revoked or the account is
    /// deleted.
    pub async fn create_access_token(
        &self,
        ctx: &Ctx,
        member: &MemberCtx,
        account: AccountId,
        name: Option<String>,
    ) -> Result<MintedAccessToken, Error> {
        let now = self.now();
        let plain = PlainAccessToken::generate(self.chance());
        let token = AccessToken {
            id: AccessTokenId::new(now, self.chance()),
            account_id: account,
            name: checked_name(name)?,
            hint: plain.hint(),
            created_by: self.member_name(member).await?,
            created_at: now,
            last_used_at: None,
        };
        let action = AuditAction::AccessTokenCreated;
        let entry = self.token_entry(ctx, action, &token.id, &token.account_id, now);
        let unknown = self.unknown_account(ctx, token.account_id.as_str());
        let (scope, stored, hash) = (ctx.scope.clone(), token.clone(), plain.hash());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let account = &stored.account_id;
                    if linked_account::lock(tx, &scope, account).await?.is_none() {
                        return Err(Error::from(unknown));
                    }
                    if access_token::count(tx, &scope, account).await? >= MAX_TOKENS {
                        return Err(too_many().into());
                    }
                    access_token::add(tx, &scope, &hash, &stored).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(MintedAccessToken {
            access_token: token,
            plain: plain.secret().clone(),
        })
    }

    /// Ends a token at once, and the links it has made with it.
    ///
    /// # Errors
    /// When the account has no such token.
    pub async fn revoke_access_token(
        &self,
        ctx: &Ctx,
        account: &AccountId,
        id: &str,
    ) -> Result<(), Error> {
        let id = AccessTokenId::parse(id).map_err(|_| no_token(id))?;
        if self.end_access_token(ctx, account, &id).await? {
            Ok(())
        } else {
            Err(no_token(id.as_str()).into())
        }
    }

    /// Says whether there was something to end.
    pub(crate) async fn end_access_token(
        &self,
        ctx: &Ctx,
        account: &AccountId,
        id: &AccessTokenId,
    ) -> Result<bool, Error> {
        let now = self.now();
        let action = AuditAction::AccessTokenRevoked;
        let entry = self.token_entry(ctx, action, id, account, now);
        let (scope, account, id): (Scope, _, _) = (ctx.scope.clone(), account.clone(), id.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    linked_account::lock(tx, &scope, &account).await?;
                    let ended = access_token::revoke(tx, &scope, &account, &id).await?;
                    if ended {
                        connect_link::end_of_maker(tx, &scope, id.as_str(), now).await?;
                        audit::add(tx, &scope, &entry).await?;
                    }
                    Ok::<_, Error>(ended)
                })
            })
            .await
    }

    async fn member_name(&self, caller: &MemberCtx) -> Result<String, Error> {
        let (organization, id) = (&caller.organization, &caller.member);
        let found = member::find(self.db(), organization, id).await?;
        // Removed since the guard has looked: the id says who it was.
        Ok(found.map_or_else(|| id.as_str().to_owned(), |member| member.name))
    }

    fn token_entry(
        &self,
        ctx: &Ctx,
        action: AuditAction,
        id: &AccessTokenId,
        account: &AccountId,
        now: Timestamp,
    ) -> AuditEntry {
        let mut entry = ctx.audit(action, id.as_str(), now, self.chance());
        entry.details = serde_json::json!({ "linked_account_id": account.as_str() }).to_string();
        entry
    }
}

/// A token without a name is called by what it is.
fn checked_name(name: Option<String>) -> Result<String, Fault> {
    let name = name.unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Ok("Access token".to_owned());
    }
    check_label(&name, 200).map_err(|error| Fault::field("name", format!("`name` has {error}")))?;
    Ok(name)
}

fn too_many() -> Fault {
    let message = format!("An account has at most {MAX_TOKENS} access tokens. Revoke one first.");
    Fault::new(409, FaultCode::Conflict, message)
}

fn no_token(id: &str) -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        format!("The account has no access token {id}."),
    )
}
