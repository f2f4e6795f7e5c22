//! Links that work once, found by the hash of their token.

use trunnel_model::id::{MemberId, OrganizationId};
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Param, Row};

statements! { "one_time_link":
    ADD = "INSERT INTO one_time_link (hash, purpose, organization_id, member_id, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5)";
    FIND = "SELECT organization_id, member_id FROM one_time_link \
        WHERE hash = ?1 AND purpose = ?2 AND expires_at > ?3";
    TAKE = "DELETE FROM one_time_link WHERE hash = ?1 AND purpose = ?2 AND expires_at > ?3 \
        RETURNING organization_id, member_id";
    END_SETUP = "DELETE FROM one_time_link WHERE purpose = 'setup' AND organization_id = ?1";
    END_RESET = "DELETE FROM one_time_link WHERE purpose = 'reset' AND member_id = ?1";
    FORGET = "DELETE FROM one_time_link WHERE hash IN \
        (SELECT hash FROM one_time_link WHERE expires_at < ?1 LIMIT ?2)";
}

/// What a link lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Become the owner of an organization that has none.
    Setup,
    /// Set a member's password.
    Reset,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Reset => "reset",
        }
    }
}

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub organization: OrganizationId,
    /// Whose password; absent for a set-up.
    pub member: Option<MemberId>,
}

pub async fn add(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
    purpose: Purpose,
    link: &Link,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let params = [
        hash.as_slice().into(),
        purpose.name().into(),
        link.organization.as_str().into(),
        link.member.as_ref().map(MemberId::as_str).into(),
        expires_at.into(),
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Looks without using it up.
pub async fn find(
    db: &Db,
    hash: &[u8; 32],
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Link>, StoreError> {
    db.one(&FIND, &key(hash, purpose, now), link).await
}

/// Uses it up.
pub async fn take(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Link>, StoreError> {
    tx.one(&TAKE, &key(hash, purpose, now), link).await
}

/// Ends what was handed out before to set this organization up.
pub async fn end_setup(tx: &mut Tx<'_>, organization: &OrganizationId) -> Result<(), StoreError> {
    tx.execute(&END_SETUP, &[organization.as_str().into()])
        .await?;
    Ok(())
}

/// Ends what was handed out before to set this member's password.
pub async fn end_reset(tx: &mut Tx<'_>, member: &MemberId) -> Result<(), StoreError> {
    tx.execute(&END_RESET, &[member.as_str().into()]).await?;
    Ok(())
}

/// Deletes up to `limit` links that are too old.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

fn key(hash: &[u8; 32], purpose: Purpose, now: Timestamp) -> [Param<'_>; 3] {
    [hash.as_slice().into(), purpose.name().into(), now.into()]
}

fn link(row: &Row<'_>) -> Result<Link, StoreError> {
    let member = row.opt_text(1)?;
    Ok(Link {
        organization: row.parsed(0, "one_time_link.organization_id", OrganizationId::parse)?,
        member: match member {
            None => None,
            Some(_) => Some(row.parsed(1, "one_time_link.member_id", MemberId::parse)?),
        },
    })
}
