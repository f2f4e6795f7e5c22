//! Members of an organization: how they come in, sign in, and what they may change.

mod attempts;
mod invitation;
mod manage;
mod organization;
mod password;
mod profile;
mod reset_code;
mod reset_link;
mod session;
mod setup;
mod sign_in;
mod sso;
mod sso_provider;
mod totp;
mod two_factor;

use sha2::{Digest as _, Sha256};
use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{AppId, MemberId, MemberSessionId, OrganizationId};
use trunnel_model::member::Email;
use trunnel_model::role::{Permission, Role};
use trunnel_model::scope::Scope;
use trunnel_model::text::check_label;

use crate::Core;
use crate::ctx::{Actor, Ctx};
use crate::error::Error;
use crate::mail::Mailer;

pub(crate) use attempts::Attempts;
pub use invitation::{Invited, NewInvitation};
pub use organization::AppChange;
pub(crate) use password::Hashes;
pub use password::PasswordCost;
pub use session::{Recognised, SessionView, csrf_token, is_csrf_token};
pub use setup::{NewOwner, SetupLink};
pub use sign_in::{SignIn, SignedIn};
pub use sso::{SsoBegun, SsoReturn, SsoSettings};
pub use two_factor::NewTwoFactor;

/// What the operator decides about members.
#[derive(Debug, Clone, Default)]
pub struct MemberSettings {
    pub password_cost: PasswordCost,
    /// Without one, links are handed over by people.
    pub mail: Option<Mailer>,
    /// The organization's own identity provider.
    pub sso: Option<SsoSettings>,
}

/// A signed-in member: what the Console's use cases are called with. Only a verified
/// session makes one for a request.
#[derive(Debug, Clone)]
pub struct MemberCtx {
    pub member: MemberId,
    pub organization: OrganizationId,
    pub role: Role,
    /// The caller's address, for the audit.
    pub address: Option<String>,
    pub session: MemberSessionId,
}

impl MemberCtx {
    /// # Errors
    /// When the member's role does not hold the permission; the sentence says which
    /// roles do.
    pub fn check(&self, permission: Permission) -> Result<(), Fault> {
        if self.role.may(permission) {
            return Ok(());
        }
        let holders: Vec<_> = permission.roles().iter().map(|role| role.label()).collect();
        let message = format!(
            "Your role, {}, does not hold `{}`. These do: {}.",
            self.role.label(),
            permission.as_str(),
            holders.join(", ")
        );
        Err(Fault::new(403, FaultCode::Forbidden, message).with("permission", permission.as_str()))
    }
}

/// What is kept of a token that somebody holds: enough to recognise it.
pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A link of the Console that ends in a token.
fn console_link(public_url: &url::Url, place: &str, token: &str) -> String {
    let base = public_url.as_str().trim_end_matches('/');
    format!("{base}/console/{place}/{token}")
}

fn link_invalid() -> Fault {
    Fault::not_found(
        FaultCode::LinkInvalid,
        "This link was used already, is too old, or never was one. Ask for a new one.",
    )
}

fn no_member() -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        "There is no such member in your organization.",
    )
}

/// A person's or an organization's name.
fn checked_name(field: &str, text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() {
        let message = format!("`{field}` is required");
        return Err(
            Fault::bad_request(FaultCode::MissingRequiredField, message).with("field", field)
        );
    }
    check_label(text, 200)
        .map_err(|error| Fault::field(field, format!("`{field}` has {error}")))?;
    Ok(text.to_owned())
}

fn checked_email(text: &str) -> Result<Email, Fault> {
    Email::parse(text).map_err(|error| Fault::field("email", format!("`email` must be {error}")))
}

fn email_taken() -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        "Somebody signs in with this e-mail address already. Take another one.",
    )
    .with("field", "email")
}

impl Core {
    /// Where what belongs to the whole organization is sealed and audited: its oldest
    /// app, in live.
    pub(crate) async fn organization_scope(
        &self,
        organization: &OrganizationId,
    ) -> Result<Scope, Error> {
        let app = trunnel_store::app::oldest_of(self.db(), organization)
            .await?
            .ok_or_else(|| Error::Internal(format!("{organization} has no app")))?;
        Ok(Scope::verified(app, Environment::Live))
    }

    /// The context in which something about the organization is written down.
    pub(crate) async fn organization_ctx(
        &self,
        organization: &OrganizationId,
        actor: Actor,
        address: Option<String>,
    ) -> Result<Ctx, Error> {
        Ok(Ctx {
            scope: self.organization_scope(organization).await?,
            organization: organization.clone(),
            actor,
            address,
        })
    }

    /// The same for what a member does.
    pub(crate) async fn member_ctx(&self, caller: &MemberCtx) -> Result<Ctx, Error> {
        let actor = Actor::Member(caller.member.clone());
        self.organization_ctx(&caller.organization, actor, caller.address.clone())
            .await
    }

    /// An entry about something of the organization, with further details.
    fn entry(
        &self,
        ctx: &Ctx,
        action: AuditAction,
        subject: &str,
        details: &serde_json::Value,
    ) -> AuditEntry {
        let mut entry = ctx.audit(action, subject, self.now(), self.chance());
        entry.details = details.to_string();
        entry
    }

    /// A context for one environment of an app of the member's organization. Another
    /// organization's app does not exist.
    pub async fn scoped_ctx(
        &self,
        caller: &MemberCtx,
        app: &str,
        environment: &str,
    ) -> Result<Ctx, Error> {
        let gone = || {
            Fault::not_found(
                FaultCode::ResourceNotFound,
                "There is no such app or environment in your organization.",
            )
        };
        let app = AppId::parse(app).map_err(|_| gone())?;
        let environment = Environment::parse(environment).map_err(|_| gone())?;
        match self.find_organization_of(&app).await? {
            Some(organization) if organization == caller.organization => Ok(Ctx {
                scope: Scope::verified(app, environment),
                organization,
                actor: Actor::Member(caller.member.clone()),
                address: caller.address.clone(),
            }),
            _ => Err(gone().into()),
        }
    }
}
