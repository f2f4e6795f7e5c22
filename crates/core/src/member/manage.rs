//! What owners and admins do about members.

use serde_json::json;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::MemberId;
use trunnel_model::member::Member;
use trunnel_model::role::{Permission, Role};
use trunnel_store::{audit, member, member_session, member_two_factor, one_time_link};

use super::{MemberCtx, no_member};
use crate::Core;
use crate::error::Error;

impl Core {
    /// By name.
    pub async fn members(&self, caller: &MemberCtx) -> Result<Vec<Member>, Error> {
        Ok(member::list(self.db(), &caller.organization).await?)
    }

    pub(super) async fn member_of(&self, caller: &MemberCtx, id: &str) -> Result<Member, Error> {
        let id = MemberId::parse(id).map_err(|_| no_member())?;
        let found = member::find(self.db(), &caller.organization, &id).await?;
        found.ok_or_else(|| no_member().into())
    }

    /// Gives a member another role, from the next request on. A new owner makes the
    /// old one an admin.
    pub async fn change_role(
        &self,
        caller: &MemberCtx,
        id: &str,
        role: Role,
    ) -> Result<Member, Error> {
        let known = self.member_of(caller, id).await?;
        check_owner(caller, &known)?;
        if known.role == role {
            return Ok(known);
        }
        if known.role == Role::Owner {
            return Err(last_owner().into());
        }
        if role == Role::Owner {
            caller.check(Permission::OrganizationTransfer)?;
        }
        let ctx = self.member_ctx(caller).await?;
        let entry = |id: &MemberId, from: Role, to: Role| {
            let details = json!({ "from": from.as_str(), "to": to.as_str() });
            self.entry(&ctx, AuditAction::RoleUpdated, id.as_str(), &details)
        };
        let entries = [
            entry(&known.id, known.role, role),
            entry(&caller.member, Role::Owner, Role::Admin),
        ];
        let (id, owner, from) = (known.id.clone(), caller.member.clone(), known.role);
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let transfer = role == Role::Owner;
                    // First, because there is never more than one.
                    if transfer && !member::set_role(tx, &owner, Role::Owner, Role::Admin).await? {
                        return Err(changed_meanwhile().into());
                    }
                    if !member::set_role(tx, &id, from, role).await? {
                        return Err(changed_meanwhile().into());
                    }
                    for entry in entries.iter().take(if transfer { 2 } else { 1 }) {
                        audit::add(tx, &ctx.scope, entry).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(Member { role, ..known })
    }

    /// Removes a member, whose sessions end at once.
    pub async fn remove_member(&self, caller: &MemberCtx, id: &str) -> Result<(), Error> {
        let known = self.member_of(caller, id).await?;
        check_owner(caller, &known)?;
        if known.role == Role::Owner {
            return Err(last_owner().into());
        }
        let ctx = self.member_ctx(caller).await?;
        let details = json!({ "name": known.name, "email": known.email.as_str() });
        let subject = known.id.as_str();
        let entry = self.entry(&ctx, AuditAction::MemberRemoved, subject, &details);
        let now = self.now();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if !member::remove(tx, &known.id, known.role, now).await? {
                        return Err(changed_meanwhile().into());
                    }
                    member_session::end_others(tx, &known.id, None).await?;
                    member_two_factor::remove(tx, &known.id).await?;
                    one_time_link::end_reset(tx, &known.id).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }

    /// Lifts a lock before its time.
    pub async fn unlock_member(&self, caller: &MemberCtx, id: &str) -> Result<Member, Error> {
        let known = self.member_of(caller, id).await?;
        let ctx = self.member_ctx(caller).await?;
        let subject = known.id.as_str();
        let entry = ctx.audit(
            AuditAction::MemberUnlocked,
            subject,
            self.now(),
            self.chance(),
        );
        let id = known.id.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    member::unlock(tx, &id).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(Member {
            locked_until: None,
            ..known
        })
    }
}

/// # Errors
/// When somebody else means the owner.
pub(super) fn check_owner(caller: &MemberCtx, known: &Member) -> Result<(), Fault> {
    if known.role != Role::Owner || caller.role == Role::Owner {
        return Ok(());
    }
    Err(Fault::new(
        403,
        FaultCode::Forbidden,
        "The owner cannot be changed by anybody else. The owner can make another member the \
         owner.",
    ))
}

fn last_owner() -> Fault {
    Fault::new(
        409,
        FaultCode::LastOwner,
        "An organization always has an owner. Make another member the owner first.",
    )
}

fn changed_meanwhile() -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        "Somebody has changed this member meanwhile. Look again.",
    )
}
