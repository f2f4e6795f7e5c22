//! Members, and what is counted of their attempts to sign in.

use trunnel_model::id::{MemberId, OrganizationId};
use trunnel_model::member::{Email, Member, Organization};
use trunnel_model::role::Role;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::Row;

/// What [`member`] reads, of a row called `m`.
macro_rules! columns {
    () => {
        "m.id, m.organization_id, m.email, m.name, m.role, \
         (SELECT count(*) FROM member_two_factor f WHERE f.member_id = m.id \
         AND f.confirmed_at IS NOT NULL), m.locked_until, m.last_sign_in_at, m.created_at"
    };
}
pub(crate) use columns;

/// How many columns that is.
pub(crate) const COLUMNS: usize = 9;

statements! { "member":
    ADD = "INSERT INTO member (id, organization_id, email, name, role, password_hash, failures, \
        created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7) ON CONFLICT DO NOTHING";
    LIST = concat!("SELECT ", columns!(), " FROM member m \
        WHERE m.organization_id = ?1 AND m.removed_at IS NULL ORDER BY m.name, m.id");
    FIND = concat!("SELECT ", columns!(), " FROM member m \
        WHERE m.organization_id = ?1 AND m.id = ?2 AND m.removed_at IS NULL");
    NAMES = "SELECT id, name FROM member WHERE organization_id = ?1";
    PROOF = concat!("SELECT ", columns!(), ", m.password_hash FROM member m \
        WHERE m.email = ?1 AND m.removed_at IS NULL");
    LOCK = "SELECT failures, locked_until FROM member WHERE id = ?1 AND removed_at IS NULL /*pg FOR UPDATE*/";
    ORGANIZATION = "SELECT id, name, created_at, enforce_two_factor FROM organization \
        WHERE id = ?1";
    OWNERLESS = "SELECT id, name, created_at, enforce_two_factor FROM organization o \
        WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.organization_id = o.id \
        AND m.role = 'owner' AND m.removed_at IS NULL) ORDER BY id";
    ANY_OWNER = "SELECT 1 FROM member WHERE role = 'owner' AND removed_at IS NULL LIMIT 1";
    RENAME_ORGANIZATION = "UPDATE organization SET name = ?2 WHERE id = ?1";
    FAILED = "UPDATE member SET failures = ?2, locked_until = ?3 WHERE id = ?1";
    HASH = "SELECT password_hash FROM member WHERE id = ?1 AND removed_at IS NULL";
    RENAME = "UPDATE member SET name = ?2 WHERE id = ?1 AND removed_at IS NULL";
    SET_ROLE = "UPDATE member SET role = ?3 \
        WHERE id = ?1 AND role = ?2 AND removed_at IS NULL";
    REMOVE = "UPDATE member SET removed_at = ?3 \
        WHERE id = ?1 AND role = ?2 AND removed_at IS NULL";
    SET_PASSWORD = "UPDATE member SET password_hash = ?2, failures = 0, locked_until = NULL \
        WHERE id = ?1 AND removed_at IS NULL";
    UNLOCK = "UPDATE member SET failures = 0, locked_until = NULL \
        WHERE id = ?1 AND removed_at IS NULL";
    SET_POLICY = "UPDATE organization SET enforce_two_factor = ?2 WHERE id = ?1";
    SIGNED_IN = "UPDATE member SET failures = 0, locked_until = NULL, last_sign_in_at = ?2 \
        WHERE id = ?1";
}

/// A member and what a password is compared with.
#[derive(Debug, Clone)]
pub struct Proof {
    pub member: Member,
    /// Absent for those who only come through single sign-on.
    pub password_hash: Option<String>,
}

/// Says whether the member could be added: an address belongs to one member of the
/// instance, and an organization has one owner.
pub async fn add(
    tx: &mut Tx<'_>,
    member: &Member,
    password_hash: Option<&str>,
) -> Result<bool, StoreError> {
    let params = [
        member.id.as_str().into(),
        member.organization.as_str().into(),
        member.email.as_str().into(),
        (&member.name).into(),
        member.role.as_str().into(),
        password_hash.into(),
        member.created_at.into(),
    ];
    Ok(tx.execute(&ADD, &params).await? > 0)
}

/// By name.
pub async fn list(db: &Db, organization: &OrganizationId) -> Result<Vec<Member>, StoreError> {
    db.all(&LIST, &[organization.as_str().into()], |row| member(row, 0))
        .await
}

pub async fn find(
    db: &Db,
    organization: &OrganizationId,
    id: &MemberId,
) -> Result<Option<Member>, StoreError> {
    let params = [organization.as_str().into(), id.as_str().into()];
    db.one(&FIND, &params, |row| member(row, 0)).await
}

/// What everybody was called who has ever been a member.
pub async fn names(
    db: &Db,
    organization: &OrganizationId,
) -> Result<Vec<(String, String)>, StoreError> {
    db.all(&NAMES, &[organization.as_str().into()], |row| {
        Ok((row.text(0)?, row.text(1)?))
    })
    .await
}

/// Whoever signs in with this address.
pub async fn proof(db: &Db, email: &Email) -> Result<Option<Proof>, StoreError> {
    db.one(&PROOF, &[email.as_str().into()], |row| {
        Ok(Proof {
            member: member(row, 0)?,
            password_hash: row.opt_text(COLUMNS)?,
        })
    })
    .await
}

/// What became of a member's attempts to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempts {
    /// In a row.
    pub failures: i64,
    pub locked_until: Option<Timestamp>,
}

/// Puts those who count a member's failures in a row. `None` when the member is gone.
pub async fn lock(tx: &mut Tx<'_>, id: &MemberId) -> Result<Option<Attempts>, StoreError> {
    tx.one(&LOCK, &[id.as_str().into()], |row| {
        Ok(Attempts {
            failures: row.int(0)?,
            locked_until: row.opt_time(1)?,
        })
    })
    .await
}

pub async fn failed(
    tx: &mut Tx<'_>,
    id: &MemberId,
    failures: i64,
    locked_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    let params = [id.as_str().into(), failures.into(), locked_until.into()];
    tx.execute(&FAILED, &params).await?;
    Ok(())
}

/// Notes a sign-in; earlier failures are forgotten.
pub async fn signed_in(tx: &mut Tx<'_>, id: &MemberId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(&SIGNED_IN, &[id.as_str().into(), now.into()])
        .await?;
    Ok(())
}

/// What the member's password is compared with.
pub async fn password_hash(db: &Db, id: &MemberId) -> Result<Option<String>, StoreError> {
    let params = [id.as_str().into()];
    let found = db.one(&HASH, &params, |row| row.opt_text(0)).await?;
    Ok(found.flatten())
}

pub async fn rename(tx: &mut Tx<'_>, id: &MemberId, name: &str) -> Result<(), StoreError> {
    tx.execute(&RENAME, &[id.as_str().into(), name.into()])
        .await?;
    Ok(())
}

/// Says whether the member still had the role `from`.
pub async fn set_role(
    tx: &mut Tx<'_>,
    id: &MemberId,
    from: Role,
    to: Role,
) -> Result<bool, StoreError> {
    let params = [id.as_str().into(), from.as_str().into(), to.as_str().into()];
    Ok(tx.execute(&SET_ROLE, &params).await? > 0)
}

/// Says whether the member was there and still had the role.
pub async fn remove(
    tx: &mut Tx<'_>,
    id: &MemberId,
    role: Role,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let params = [id.as_str().into(), role.as_str().into(), now.into()];
    Ok(tx.execute(&REMOVE, &params).await? > 0)
}

/// Whoever has a new password starts anew. Says whether the member was there.
pub async fn set_password(tx: &mut Tx<'_>, id: &MemberId, hash: &str) -> Result<bool, StoreError> {
    let params = [id.as_str().into(), hash.into()];
    Ok(tx.execute(&SET_PASSWORD, &params).await? > 0)
}

pub async fn unlock(tx: &mut Tx<'_>, id: &MemberId) -> Result<(), StoreError> {
    tx.execute(&UNLOCK, &[id.as_str().into()]).await?;
    Ok(())
}

/// Whether members of the organization need an authenticator.
pub async fn set_policy(
    tx: &mut Tx<'_>,
    id: &OrganizationId,
    enforce_two_factor: bool,
) -> Result<(), StoreError> {
    let params = [id.as_str().into(), enforce_two_factor.into()];
    tx.execute(&SET_POLICY, &params).await?;
    Ok(())
}

pub async fn organization(
    db: &Db,
    id: &OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    db.one(&ORGANIZATION, &[id.as_str().into()], |row| {
        read_organization(row, 0)
    })
    .await
}

/// Organizations that nobody owns yet.
pub async fn ownerless(db: &Db) -> Result<Vec<Organization>, StoreError> {
    db.all(&OWNERLESS, &[], |row| read_organization(row, 0))
        .await
}

/// Whether any organization of the instance has an owner.
pub async fn any_owner(db: &Db) -> Result<bool, StoreError> {
    Ok(db.one(&ANY_OWNER, &[], |_| Ok(())).await?.is_some())
}

pub async fn rename_organization(
    tx: &mut Tx<'_>,
    id: &OrganizationId,
    name: &str,
) -> Result<(), StoreError> {
    tx.execute(&RENAME_ORGANIZATION, &[id.as_str().into(), name.into()])
        .await?;
    Ok(())
}

/// Reads the columns of `columns!`, from `at`.
pub(crate) fn member(row: &Row<'_>, at: usize) -> Result<Member, StoreError> {
    Ok(Member {
        id: row.parsed(at, "member.id", MemberId::parse)?,
        organization: row.parsed(at + 1, "member.organization_id", OrganizationId::parse)?,
        email: row.parsed(at + 2, "member.email", Email::parse)?,
        name: row.text(at + 3)?,
        role: row.parsed(at + 4, "member.role", Role::parse)?,
        two_factor: row.yes(at + 5)?,
        locked_until: row.opt_time(at + 6)?,
        last_sign_in_at: row.opt_time(at + 7)?,
        created_at: row.time(at + 8)?,
    })
}

pub(crate) fn read_organization(row: &Row<'_>, at: usize) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: row.parsed(at, "organization.id", OrganizationId::parse)?,
        name: row.text(at + 1)?,
        created_at: row.time(at + 2)?,
        enforce_two_factor: row.yes(at + 3)?,
    })
}
