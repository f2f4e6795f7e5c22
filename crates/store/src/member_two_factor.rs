//! Members' authenticators, and the codes for when one is lost.

use trunnel_model::id::MemberId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::scoped;

statements! { "member_two_factor":
    PUT = "INSERT INTO member_two_factor \
        (app_id, environment, member_id, sealed, data_key_id, last_step) \
        VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT (app_id, environment, member_id) \
        DO UPDATE SET sealed = ?4, data_key_id = ?5, last_step = 0, confirmed_at = NULL";
    FIND = "SELECT confirmed_at, last_step, sealed, data_key_id FROM member_two_factor \
        WHERE app_id = ?1 AND environment = ?2 AND member_id = ?3";
    USE = "UPDATE member_two_factor SET last_step = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND member_id = ?3 AND last_step < ?4";
    CONFIRM = "UPDATE member_two_factor SET confirmed_at = ?4 \
        WHERE app_id = ?1 AND environment = ?2 AND member_id = ?3";
    REMOVE = "DELETE FROM member_two_factor WHERE member_id = ?1";
    ADD_CODE = "INSERT INTO member_recovery_code (member_id, hash) VALUES (?1, ?2)";
    TAKE_CODE = "DELETE FROM member_recovery_code WHERE member_id = ?1 AND hash = ?2";
    REMOVE_CODES = "DELETE FROM member_recovery_code WHERE member_id = ?1";
}

/// A member's authenticator.
#[derive(Debug, Clone)]
pub struct TwoFactor {
    /// The time step of the last code that was used.
    pub last_step: i64,
    /// Without it the authenticator is not in force.
    pub confirmed_at: Option<Timestamp>,
    pub secret: Sealed,
}

/// Keeps a new secret, not in force yet.
pub async fn put(
    tx: &mut Tx<'_>,
    scope: &Scope,
    member: &MemberId,
    secret: &Sealed,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        member.as_str(),
        &secret.bytes,
        secret.data_key.as_str()
    ];
    tx.execute(&PUT, &params).await?;
    Ok(())
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    member: &MemberId,
) -> Result<Option<TwoFactor>, StoreError> {
    db.one(&FIND, &scoped![scope, member.as_str()], |row| {
        Ok(TwoFactor {
            confirmed_at: row.opt_time(0)?,
            last_step: row.int(1)?,
            secret: Sealed::read(row, 2)?,
        })
    })
    .await
}

/// Uses a time step's code up; says whether it was still good.
pub async fn use_step(
    tx: &mut Tx<'_>,
    scope: &Scope,
    member: &MemberId,
    step: i64,
) -> Result<bool, StoreError> {
    let params = scoped![scope, member.as_str(), step];
    Ok(tx.execute(&USE, &params).await? > 0)
}

/// Puts the authenticator in force, with codes for when it is lost.
pub async fn confirm(
    tx: &mut Tx<'_>,
    scope: &Scope,
    member: &MemberId,
    recovery: &[[u8; 32]],
    now: Timestamp,
) -> Result<(), StoreError> {
    let params = scoped![scope, member.as_str(), now];
    tx.execute(&CONFIRM, &params).await?;
    tx.execute(&REMOVE_CODES, &[member.as_str().into()]).await?;
    for hash in recovery {
        let params = [member.as_str().into(), hash.as_slice().into()];
        tx.execute(&ADD_CODE, &params).await?;
    }
    Ok(())
}

/// Uses a recovery code up; says whether there was one.
pub async fn take_code(
    tx: &mut Tx<'_>,
    member: &MemberId,
    hash: &[u8; 32],
) -> Result<bool, StoreError> {
    let params = [member.as_str().into(), hash.as_slice().into()];
    Ok(tx.execute(&TAKE_CODE, &params).await? > 0)
}

/// Forgets the authenticator and its recovery codes.
pub async fn remove(tx: &mut Tx<'_>, member: &MemberId) -> Result<(), StoreError> {
    tx.execute(&REMOVE, &[member.as_str().into()]).await?;
    tx.execute(&REMOVE_CODES, &[member.as_str().into()]).await?;
    Ok(())
}
