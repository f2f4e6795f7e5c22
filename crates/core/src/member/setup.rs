//! The owner of an organization, who comes in by a link that works once.

use serde_json::json;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{MemberId, OrganizationId};
use trunnel_model::member::{Member, Organization};
use trunnel_model::role::Role;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_store::one_time_link::{self, Link, Purpose};
use trunnel_store::{audit, member};

use super::password::check_password;
use super::{
    SignedIn, checked_email, checked_name, console_link, email_taken, link_invalid, token_hash,
};
use crate::Core;
use crate::ctx::Actor;
use crate::error::Error;

const LIFE_MS: i64 = 24 * 3_600_000;

/// A link for whoever becomes the owner. Only its token's hash is kept.
#[derive(Debug, Clone)]
pub struct SetupLink {
    pub organization: Organization,
    pub expires_at: Timestamp,
    token: Secret,
}

impl SetupLink {
    /// The link, on a server that browsers reach by this URL.
    pub fn url(&self, public_url: &url::Url) -> String {
        console_link(public_url, "setup", self.token.expose())
    }
}

/// Who becomes the owner.
#[derive(Debug, Clone)]
pub struct NewOwner {
    pub name: String,
    pub email: String,
    pub password: Secret,
    /// A new name for the organization.
    pub organization: Option<String>,
}

impl Core {
    /// A new set-up link for an organization without an owner; earlier ones end.
    ///
    /// # Errors
    /// When the organization has an owner, or it must be named and is not.
    pub async fn setup_link(
        &self,
        organization: Option<&OrganizationId>,
    ) -> Result<SetupLink, Error> {
        let ownerless = member::ownerless(self.db()).await?;
        let organization = chosen(ownerless, organization)?;
        let expires_at = self.now().plus_millis(LIFE_MS);
        let token = Secret::new(trunnel_model::chance::secret_text(self.chance()));
        let hash = token_hash(token.expose());
        let link = Link {
            organization: organization.id.clone(),
            member: None,
        };
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    one_time_link::end_setup(tx, &link.organization).await?;
                    one_time_link::add(tx, &hash, Purpose::Setup, &link, expires_at).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(SetupLink {
            organization,
            expires_at,
            token,
        })
    }

    /// Whether there is an organization that waits for its owner.
    pub async fn setup_needed(&self) -> Result<bool, Error> {
        Ok(!trunnel_store::member::any_owner(self.db()).await?)
    }

    /// The organization that this set-up link is for.
    pub async fn setup_organization(&self, token: &str) -> Result<Organization, Error> {
        let hash = token_hash(token);
        let link = one_time_link::find(self.db(), &hash, Purpose::Setup, self.now()).await?;
        let link = link.ok_or_else(link_invalid)?;
        let found = member::organization(self.db(), &link.organization).await?;
        found.ok_or_else(|| Error::Internal(format!("{} is not there", link.organization)))
    }

    /// Makes the owner and signs the browser in; the link ends.
    pub async fn complete_setup(
        &self,
        token: &str,
        owner: NewOwner,
        address: Option<String>,
    ) -> Result<SignedIn, Error> {
        let organization = self.setup_organization(token).await?.id;
        let name = checked_name("name", &owner.name)?;
        let email = checked_email(&owner.email)?;
        check_password("password", &owner.password)?;
        let renamed = owner.organization.as_deref();
        let renamed = renamed
            .map(|text| checked_name("organization", text))
            .transpose()?;
        let password = self.hash_password(&owner.password).await?;
        let now = self.now();
        let new = Member {
            id: MemberId::new(now, self.chance()),
            organization,
            email,
            name,
            role: Role::Owner,
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
        let hash = token_hash(token);
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    one_time_link::take(tx, &hash, Purpose::Setup, now)
                        .await?
                        .ok_or_else(link_invalid)?;
                    if !member::add(tx, &new, Some(&password)).await? {
                        return Err(Error::from(email_taken()));
                    }
                    if let Some(renamed) = renamed {
                        member::rename_organization(tx, &new.organization, &renamed).await?;
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

fn chosen(
    mut ownerless: Vec<Organization>,
    named: Option<&OrganizationId>,
) -> Result<Organization, Fault> {
    if let Some(id) = named {
        let found = ownerless.into_iter().find(|one| one.id == *id);
        return found.ok_or_else(|| {
            let message = format!("{id} has an owner already, or there is no such organization.");
            Fault::new(409, FaultCode::Conflict, message)
        });
    }
    match (ownerless.pop(), ownerless.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Fault::new(
            409,
            FaultCode::Conflict,
            "Every organization has an owner. The owner and the admins invite others in the \
             Console.",
        )),
        (Some(last), false) => {
            ownerless.push(last);
            let ids: Vec<_> = ownerless.iter().map(|one| one.id.as_str()).collect();
            let message = format!(
                "Several organizations have no owner; name one of them: {}.",
                ids.join(", ")
            );
            Err(Fault::new(409, FaultCode::Conflict, message))
        }
    }
}
