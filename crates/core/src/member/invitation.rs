//! Becoming a member by a link that somebody sends.

use serde_json::json;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{InvitationId, MemberId};
use trunnel_model::member::{Invitation, Member, Organization};
use trunnel_model::role::Role;
use trunnel_model::secret::Secret;
use trunnel_store::{audit, invitation, member};

use super::password::check_password;
use super::{
    MemberCtx, SignedIn, checked_email, checked_name, console_link, email_taken, link_invalid,
    token_hash,
};
use crate::Core;
use crate::ctx::Actor;
use crate::error::Error;
use crate::mail::Letter;

const LIFE_MS: i64 = 7 * 24 * 3_600_000;

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    pub email: String,
    pub name: Option<String>,
    pub role: Role,
}

/// An invitation and its link, which is shown once.
#[derive(Debug)]
pub struct Invited {
    pub invitation: Invitation,
    pub url: String,
    /// Whether the link was mailed, too.
    pub mailed: bool,
}

impl Core {
    /// Newest first.
    pub async fn invitations(&self, caller: &MemberCtx) -> Result<Vec<Invitation>, Error> {
        let organization = &caller.organization;
        Ok(invitation::list(self.db(), organization, self.now()).await?)
    }

    /// Invites somebody; an earlier invitation of the same address ends.
    pub async fn invite(&self, caller: &MemberCtx, new: NewInvitation) -> Result<Invited, Error> {
        let email = checked_email(&new.email)?;
        let name = new.name.filter(|name| !name.trim().is_empty());
        let name = name.map(|name| checked_name("name", &name)).transpose()?;
        if new.role == Role::Owner {
            let why = "`role` must be another than owner: the owner hands the organization over";
            return Err(Fault::field("role", why).into());
        }
        if member::proof(self.db(), &email).await?.is_some() {
            return Err(email_taken().into());
        }
        let own = self.own(caller).await?;
        let now = self.now();
        let token = Secret::new(trunnel_model::chance::secret_text(self.chance()));
        let made = Invitation {
            id: InvitationId::new(now, self.chance()),
            organization: caller.organization.clone(),
            email,
            name,
            role: new.role,
            invited_by: own.name,
            created_at: now,
            expires_at: now.plus_millis(LIFE_MS),
        };
        let ctx = self.member_ctx(caller).await?;
        let details = json!({ "email": made.email.as_str(), "role": made.role.as_str() });
        let subject = made.id.as_str();
        let entry = self.entry(&ctx, AuditAction::MemberInvited, subject, &details);
        let hash = token_hash(token.expose());
        let (stored, by) = (made.clone(), caller.member.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    invitation::add(tx, &hash, &stored, &by).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        let public_url = &self.settings().instance.public_url;
        let url = console_link(public_url, "invitation", token.expose());
        // The inviter sees from the answer whether the link has to be handed over.
        let mailed = if self.mailer().is_some() {
            let letter = letter(&made, &self.organization(caller).await?, &url);
            self.mail(&made.email, &letter).await.is_ok()
        } else {
            false
        };
        Ok(Invited {
            mailed,
            invitation: made,
            url,
        })
    }

    pub async fn withdraw_invitation(&self, caller: &MemberCtx, id: &str) -> Result<(), Error> {
        let gone = || {
            let message = "There is no such invitation; it may have been answered.";
            Fault::not_found(FaultCode::ResourceNotFound, message)
        };
        let id = InvitationId::parse(id).map_err(|_| gone())?;
        let ctx = self.member_ctx(caller).await?;
        let now = self.now();
        let action = AuditAction::InvitationWithdrawn;
        let entry = ctx.audit(action, id.as_str(), now, self.chance());
        let organization = caller.organization.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if !invitation::withdraw(tx, &organization, &id).await? {
                        return Err(gone().into());
                    }
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }

    /// What an invitation's link is for.
    pub async fn invitation(&self, token: &str) -> Result<(Invitation, Organization), Error> {
        let found = invitation::find(self.db(), &token_hash(token), self.now()).await?;
        let found = found.ok_or_else(link_invalid)?;
        let organization = member::organization(self.db(), &found.organization).await?;
        let organization = organization.ok_or_else(link_invalid)?;
        Ok((found, organization))
    }

    /// Becomes a member; the link ends and the browser is signed in.
    pub async fn accept_invitation(
        &self,
        token: &str,
        name: &str,
        password: &Secret,
        address: Option<String>,
    ) -> Result<SignedIn, Error> {
        let (invited, _) = self.invitation(token).await?;
        let name = checked_name("name", name)?;
        check_password("password", password)?;
        let hash = self.hash_password(password).await?;
        self.join(invited, name, Some(hash), address).await
    }

    /// The invited person becomes a member, with a password or without.
    pub(super) async fn join(
        &self,
        invited: Invitation,
        name: String,
        password: Option<String>,
        address: Option<String>,
    ) -> Result<SignedIn, Error> {
        let now = self.now();
        let new = Member {
            id: MemberId::new(now, self.chance()),
            organization: invited.organization,
            email: invited.email,
            name,
            role: invited.role,
            two_factor: false,
            locked_until: None,
            last_sign_in_at: Some(now),
            created_at: now,
        };
        let session = self.new_session(&new.id, address.clone(), now);
        let actor = Actor::Member(new.id.clone());
        let ctx = self
            .organization_ctx(&new.organization, actor, address)
            .await?;
        let details = json!({ "email": new.email.as_str(), "role": new.role.as_str() });
        let joined = self.entry(&ctx, AuditAction::MemberJoined, new.id.as_str(), &details);
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if !invitation::take(tx, &invited.id).await? {
                        return Err(link_invalid().into());
                    }
                    if !member::add(tx, &new, password.as_deref()).await? {
                        return Err(Error::from(email_taken()));
                    }
                    member::signed_in(tx, &new.id, now).await?;
                    session.store(tx).await?;
                    audit::add(tx, &ctx.scope, &joined).await?;
                    Ok(SignedIn {
                        token: session.token,
                    })
                })
            })
            .await
    }
}

fn letter(invitation: &Invitation, organization: &Organization, url: &str) -> Letter {
    let (by, organization) = (&invitation.invited_by, &organization.name);
    Letter {
        subject: format!("{by} invites you to {organization} on Trunnel"),
        paragraphs: vec![
            format!(
                "{by} invites you to become a member of {organization}, with the role {}.",
                invitation.role.label()
            ),
            "This link works once and for seven days:".to_owned(),
        ],
        link: Some(url.to_owned()),
    }
}
