//! A link with which a member sets a new password, for when there is no mail.

use serde_json::json;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::member::Member;
use trunnel_model::role::Role;
use trunnel_model::secret::Secret;
use trunnel_store::one_time_link::{self, Link, Purpose};
use trunnel_store::{audit, member, member_session};

use super::password::check_password;
use super::{MemberCtx, SignedIn, console_link, link_invalid, token_hash};
use crate::Core;
use crate::ctx::Actor;
use crate::error::Error;

const LIFE_MS: i64 = 24 * 3_600_000;

impl Core {
    /// A link for another member; earlier ones end.
    pub async fn reset_link(&self, caller: &MemberCtx, id: &str) -> Result<String, Error> {
        let known = self.member_of(caller, id).await?;
        if known.role == Role::Owner {
            let why = "The owner's password is changed by the owner only.";
            return Err(Fault::new(403, FaultCode::Forbidden, why).into());
        }
        let token = Secret::new(trunnel_model::chance::secret_text(self.chance()));
        let ctx = self.member_ctx(caller).await?;
        let details = json!({ "link": "made" });
        let subject = known.id.as_str();
        let entry = self.entry(&ctx, AuditAction::PasswordReset, subject, &details);
        let end = self.now().plus_millis(LIFE_MS);
        let hash = token_hash(token.expose());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    one_time_link::end_reset(tx, &known.id).await?;
                    let link = Link {
                        organization: known.organization,
                        member: Some(known.id),
                    };
                    one_time_link::add(tx, &hash, Purpose::Reset, &link, end).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        let public_url = &self.settings().instance.public_url;
        Ok(console_link(public_url, "reset", token.expose()))
    }

    /// Sets a new password by a link, which ends; so does every session. Who has an
    /// authenticator is not signed in: the link is no second factor.
    pub async fn use_reset_link(
        &self,
        token: &str,
        password: &Secret,
        address: Option<String>,
    ) -> Result<Option<SignedIn>, Error> {
        let hash = token_hash(token);
        let link = one_time_link::find(self.db(), &hash, Purpose::Reset, self.now()).await?;
        let link = link.ok_or_else(link_invalid)?;
        let id = link.member.ok_or_else(link_invalid)?;
        check_password("password", password)?;
        let known = member::find(self.db(), &link.organization, &id).await?;
        let known = known.ok_or_else(link_invalid)?;
        let password = self.hash_password(password).await?;
        let now = self.now();
        let actor = Actor::Member(known.id.clone());
        let ctx = self
            .organization_ctx(&known.organization, actor, address.clone())
            .await?;
        let entry = ctx.audit(
            AuditAction::PasswordReset,
            known.id.as_str(),
            now,
            self.chance(),
        );
        let changed = known.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    one_time_link::take(tx, &hash, Purpose::Reset, now)
                        .await?
                        .ok_or_else(link_invalid)?;
                    if !member::set_password(tx, &changed.id, &password).await? {
                        return Err(Error::from(link_invalid()));
                    }
                    member_session::end_others(tx, &changed.id, None).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok(())
                })
            })
            .await?;
        self.let_in_after_reset(&known, address).await
    }

    pub(super) async fn let_in_after_reset(
        &self,
        known: &Member,
        address: Option<String>,
    ) -> Result<Option<SignedIn>, Error> {
        if known.two_factor {
            return Ok(None);
        }
        self.let_in(known, None, address).await
    }
}
