//! Codes that are mailed to those who have forgotten their password.

use trunnel_model::id::{MemberId, RequestId};
use trunnel_model::member::Email;
use trunnel_model::time::Timestamp;

use crate::db::Tx;
use crate::error::StoreError;
use crate::statement::statements;

statements! { "reset_code":
    ASK = "INSERT INTO reset_request (email, id, created_at) VALUES (?1, ?2, ?3)";
    ASKED = "SELECT count(*) FROM reset_request WHERE email = ?1 AND created_at > ?2";
    PUT = "INSERT INTO reset_code (member_id, hash, failures, expires_at) \
        VALUES (?1, ?2, 0, ?3) ON CONFLICT (member_id) \
        DO UPDATE SET hash = ?2, failures = 0, expires_at = ?3";
    LOCK = "SELECT hash, failures FROM reset_code \
        WHERE member_id = ?1 AND expires_at > ?2 /*pg FOR UPDATE*/";
    FAILED = "UPDATE reset_code SET failures = failures + 1 WHERE member_id = ?1";
    END = "DELETE FROM reset_code WHERE member_id = ?1";
    FORGET = "DELETE FROM reset_code WHERE member_id IN \
        (SELECT member_id FROM reset_code WHERE expires_at < ?1 LIMIT ?2)";
    FORGET_REQUESTS = "DELETE FROM reset_request WHERE (email, id) IN \
        (SELECT email, id FROM reset_request WHERE created_at < ?1 LIMIT ?2)";
}

/// Notes that a code was asked for; answers how often since `since`, this time too.
pub async fn ask(
    tx: &mut Tx<'_>,
    email: &Email,
    id: &RequestId,
    now: Timestamp,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let params = [email.as_str().into(), id.as_str().into(), now.into()];
    tx.execute(&ASK, &params).await?;
    let asked = tx
        .one(&ASKED, &[email.as_str().into(), since.into()], |row| {
            row.int(0)
        })
        .await?;
    Ok(asked.unwrap_or(0))
}

/// Keeps a code's hash; an earlier code ends.
pub async fn put(
    tx: &mut Tx<'_>,
    member: &MemberId,
    hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let params = [
        member.as_str().into(),
        hash.as_slice().into(),
        expires_at.into(),
    ];
    tx.execute(&PUT, &params).await?;
    Ok(())
}

/// The hash of the member's code and how often it was missed; others wait.
pub async fn lock(
    tx: &mut Tx<'_>,
    member: &MemberId,
    now: Timestamp,
) -> Result<Option<(Vec<u8>, i64)>, StoreError> {
    tx.one(&LOCK, &[member.as_str().into(), now.into()], |row| {
        Ok((row.bytes(0)?, row.int(1)?))
    })
    .await
}

pub async fn failed(tx: &mut Tx<'_>, member: &MemberId) -> Result<(), StoreError> {
    tx.execute(&FAILED, &[member.as_str().into()]).await?;
    Ok(())
}

pub async fn end(tx: &mut Tx<'_>, member: &MemberId) -> Result<(), StoreError> {
    tx.execute(&END, &[member.as_str().into()]).await?;
    Ok(())
}

/// Deletes up to `limit` codes, and as many requests, that are too old.
pub async fn forget(
    tx: &mut Tx<'_>,
    now: Timestamp,
    asked_before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let codes = tx.execute(&FORGET, &[now.into(), limit.into()]).await?;
    let old = [asked_before.into(), limit.into()];
    Ok(codes + tx.execute(&FORGET_REQUESTS, &old).await?)
}
