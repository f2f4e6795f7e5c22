//! Invitations that wait for an answer, found by the hash of their link's token.

use trunnel_model::id::{InvitationId, MemberId, OrganizationId};
use trunnel_model::member::{Email, Invitation};
use trunnel_model::role::Role;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::Row;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.organization_id, i.email, i.name, i.role, m.name, i.created_at, \
             i.expires_at FROM invitation i JOIN member m ON m.id = i.invited_by WHERE ",
            $rest
        )
    };
}

statements! { "invitation":
    ADD = "INSERT INTO invitation \
        (id, hash, organization_id, email, name, role, invited_by, created_at, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    LIST = select!("i.organization_id = ?1 AND i.expires_at > ?2 ORDER BY i.id DESC");
    FIND = select!("i.hash = ?1 AND i.expires_at > ?2");
    FIND_BY_EMAIL = select!("i.email = ?1 AND i.expires_at > ?2 ORDER BY i.id DESC LIMIT 1");
    WITHDRAW = "DELETE FROM invitation WHERE organization_id = ?1 AND id = ?2";
    WITHDRAW_EMAIL = "DELETE FROM invitation WHERE organization_id = ?1 AND email = ?2";
    TAKE = "DELETE FROM invitation WHERE id = ?1";
    FORGET = "DELETE FROM invitation WHERE id IN \
        (SELECT id FROM invitation WHERE expires_at < ?1 LIMIT ?2)";
}

/// Adds an invitation; an earlier one of the same address ends.
pub async fn add(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
    invitation: &Invitation,
    invited_by: &MemberId,
) -> Result<(), StoreError> {
    let organization = invitation.organization.as_str();
    let earlier = [organization.into(), invitation.email.as_str().into()];
    tx.execute(&WITHDRAW_EMAIL, &earlier).await?;
    let params = [
        invitation.id.as_str().into(),
        hash.as_slice().into(),
        organization.into(),
        invitation.email.as_str().into(),
        invitation.name.as_ref().into(),
        invitation.role.as_str().into(),
        invited_by.as_str().into(),
        invitation.created_at.into(),
        invitation.expires_at.into(),
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Newest first.
pub async fn list(
    db: &Db,
    organization: &OrganizationId,
    now: Timestamp,
) -> Result<Vec<Invitation>, StoreError> {
    db.all(&LIST, &[organization.as_str().into(), now.into()], read)
        .await
}

pub async fn find(
    db: &Db,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    db.one(&FIND, &[hash.as_slice().into(), now.into()], read)
        .await
}

/// The newest invitation of an address, of whatever organization.
pub async fn find_by_email(
    db: &Db,
    email: &Email,
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    db.one(&FIND_BY_EMAIL, &[email.as_str().into(), now.into()], read)
        .await
}

/// Says whether it was there.
pub async fn withdraw(
    tx: &mut Tx<'_>,
    organization: &OrganizationId,
    id: &InvitationId,
) -> Result<bool, StoreError> {
    let params = [organization.as_str().into(), id.as_str().into()];
    Ok(tx.execute(&WITHDRAW, &params).await? > 0)
}

/// Uses it up; says whether it was still there.
pub async fn take(tx: &mut Tx<'_>, id: &InvitationId) -> Result<bool, StoreError> {
    Ok(tx.execute(&TAKE, &[id.as_str().into()]).await? > 0)
}

/// Deletes up to `limit` invitations that nobody answered.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

fn read(row: &Row<'_>) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.parsed(0, "invitation.id", InvitationId::parse)?,
        organization: row.parsed(1, "invitation.organization_id", OrganizationId::parse)?,
        email: row.parsed(2, "invitation.email", Email::parse)?,
        name: row.opt_text(3)?,
        role: row.parsed(4, "invitation.role", Role::parse)?,
        invited_by: row.text(5)?,
        created_at: row.time(6)?,
        expires_at: row.time(7)?,
    })
}
