//! Signed-in browsers, found by the hash of their cookie.

use trunnel_model::id::{MemberId, MemberSessionId};
use trunnel_model::member::{Member, MemberSession, Organization};
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::member::{COLUMNS, columns, member, read_organization};
use crate::statement::statements;

statements! { "member_session":
    ADD = "INSERT INTO member_session \
        (hash, id, member_id, address, created_at, used_at, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    FIND = concat!("SELECT ", columns!(), ", o.id, o.name, o.created_at, o.enforce_two_factor, \
        s.id, s.created_at, s.used_at, s.expires_at FROM member_session s \
        JOIN member m ON m.id = s.member_id JOIN organization o ON o.id = m.organization_id \
        WHERE s.hash = ?1 AND s.expires_at > ?2 AND m.removed_at IS NULL");
    USED = "UPDATE member_session SET used_at = ?2, expires_at = ?3 WHERE hash = ?1";
    END = "DELETE FROM member_session WHERE member_id = ?1 AND id = ?2";
    END_OTHERS = "DELETE FROM member_session WHERE member_id = ?1 AND id <> ?2";
    FORGET = "DELETE FROM member_session WHERE hash IN \
        (SELECT hash FROM member_session WHERE expires_at < ?1 LIMIT ?2)";
}

/// Whose browser it is, as everything about it is now.
#[derive(Debug, Clone)]
pub struct Known {
    pub session: MemberSession,
    pub member: Member,
    pub organization: Organization,
}

pub async fn add(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
    session: &MemberSession,
    address: Option<&str>,
) -> Result<(), StoreError> {
    let params = [
        hash.as_slice().into(),
        session.id.as_str().into(),
        session.member.as_str().into(),
        address.into(),
        session.created_at.into(),
        session.used_at.into(),
        session.expires_at.into(),
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// One look-up for all of it. `None` when the session has ended.
pub async fn find(db: &Db, hash: &[u8; 32], now: Timestamp) -> Result<Option<Known>, StoreError> {
    db.one(&FIND, &[hash.as_slice().into(), now.into()], |row| {
        let member = member(row, 0)?;
        let organization = read_organization(row, COLUMNS)?;
        let at = COLUMNS + 4;
        let session = MemberSession {
            id: row.parsed(at, "member_session.id", MemberSessionId::parse)?,
            member: member.id.clone(),
            created_at: row.time(at + 1)?,
            used_at: row.time(at + 2)?,
            expires_at: row.time(at + 3)?,
        };
        Ok(Known {
            session,
            member,
            organization,
        })
    })
    .await
}

pub async fn used(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let params = [hash.as_slice().into(), now.into(), expires_at.into()];
    tx.execute(&USED, &params).await?;
    Ok(())
}

/// Says whether it was there.
pub async fn end(
    tx: &mut Tx<'_>,
    member: &MemberId,
    id: &MemberSessionId,
) -> Result<bool, StoreError> {
    let params = [member.as_str().into(), id.as_str().into()];
    Ok(tx.execute(&END, &params).await? > 0)
}

/// Ends all of a member's sessions but this one, or simply all.
pub async fn end_others(
    tx: &mut Tx<'_>,
    member: &MemberId,
    but: Option<&MemberSessionId>,
) -> Result<(), StoreError> {
    let but = but.map_or("", MemberSessionId::as_str);
    tx.execute(&END_OTHERS, &[member.as_str().into(), but.into()])
        .await?;
    Ok(())
}

/// Deletes up to `limit` sessions that are over.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}
