//! Who acts, on whose data, in which request.

use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::chance::Chance;
use trunnel_model::id::{
    AccessTokenId, ApiKeyId, AuditEntryId, MemberId, OrganizationId, SessionTokenId,
};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

/// Who is behind a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    ApiKey(ApiKeyId),
    Session(SessionTokenId),
    /// A personal access token.
    AccessToken(AccessTokenId),
    /// Somebody of the organization, in the Console.
    Member(MemberId),
    /// Somebody at the Console's door who has not proved anything.
    Visitor,
    /// A customer's browser, coming back from a provider.
    Customer,
    CommandLine,
    /// A worker, on nobody's request.
    System,
}

impl Actor {
    pub fn name(&self) -> &str {
        match self {
            Self::ApiKey(id) => id.as_str(),
            Self::Session(id) => id.as_str(),
            Self::AccessToken(id) => id.as_str(),
            Self::Member(id) => id.as_str(),
            Self::Visitor => "visitor",
            Self::Customer => "customer",
            Self::CommandLine => "cli",
            Self::System => "system",
        }
    }
}

/// What every use case is called with. Only a verified credential makes one for a
/// request.
#[derive(Debug, Clone)]
pub struct Ctx {
    pub scope: Scope,
    pub organization: OrganizationId,
    pub actor: Actor,
    /// The caller's address, for the audit.
    pub address: Option<String>,
}

impl Ctx {
    pub(crate) fn audit(
        &self,
        action: AuditAction,
        subject: impl Into<String>,
        now: Timestamp,
        chance: &dyn Chance,
    ) -> AuditEntry {
        AuditEntry {
            id: AuditEntryId::in_order(now, chance),
            action,
            actor: self.actor.name().to_owned(),
            subject: subject.into(),
            address: self.address.clone(),
            details: "{}".to_owned(),
            created_at: now,
        }
    }
}

/// The same for one linked account: named by the developer beside a key, or fixed
/// by the session token.
#[derive(Debug, Clone)]
pub struct AccountCtx {
    pub ctx: Ctx,
    pub account: AccountId,
}
