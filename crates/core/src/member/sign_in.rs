//! Signing in with a password, and being locked out after too many failures.

use serde_json::json;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::member::{Email, Member};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_store::{audit, member};

use super::two_factor::{Second, two_factor_invalid};
use crate::Core;
use crate::ctx::Actor;
use crate::error::Error;

/// That many failures in a row lock a member.
const FAILURES: i64 = 3;

const LOCK_MS: i64 = 3 * 3_600_000;

/// What somebody types.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub email: String,
    pub password: Secret,
    pub code: Option<String>,
}

/// A new session's cookie.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub token: Secret,
}

impl Core {
    /// Signs a member in. An unknown address and a wrong password are answered alike,
    /// and after the same time.
    pub async fn sign_in(&self, typed: SignIn, address: Option<String>) -> Result<SignedIn, Error> {
        let proof = match Email::parse(&typed.email) {
            Ok(email) => member::proof(self.db(), &email).await?,
            Err(_) => None,
        };
        let Some(proof) = proof else {
            self.is_password(&typed.password, None).await?;
            return Err(invalid_sign_in().into());
        };
        check_lock(proof.member.locked_until, self.now())?;
        let hash = proof.password_hash.as_deref();
        if !self.is_password(&typed.password, hash).await? {
            return Err(self
                .count_failure(&proof.member, address, invalid_sign_in())
                .await?);
        }
        let second = match &typed.code {
            _ if !proof.member.two_factor => None,
            None => return Err(two_factor_required().into()),
            Some(code) => match self.second_factor(&proof.member, code).await? {
                Some(second) => Some(second),
                None => return Err(self.miscounted(&proof.member, address).await?),
            },
        };
        match self.let_in(&proof.member, second, address.clone()).await? {
            Some(signed_in) => Ok(signed_in),
            None => Err(self.miscounted(&proof.member, address).await?),
        }
    }

    /// A wrong second factor counts like a wrong password.
    async fn miscounted(&self, member: &Member, address: Option<String>) -> Result<Error, Error> {
        let fault = two_factor_invalid(401).with("field", "code");
        self.count_failure(member, address, fault).await
    }

    /// Starts a session for a member who has proved everything; nobody's when the
    /// second factor was used up meanwhile, or never was one.
    pub(super) async fn let_in(
        &self,
        member: &Member,
        second: Option<Second>,
        address: Option<String>,
    ) -> Result<Option<SignedIn>, Error> {
        let now = self.now();
        let session = self.new_session(&member.id, address.clone(), now);
        let actor = Actor::Member(member.id.clone());
        let ctx = self
            .organization_ctx(&member.organization, actor, address)
            .await?;
        let entry = ctx.audit(AuditAction::Login, member.id.as_str(), now, self.chance());
        let member = member.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let attempts = member::lock(tx, &member.id).await?;
                    let attempts = attempts.ok_or_else(invalid_sign_in)?;
                    // Others may have failed while the password was looked at.
                    check_lock(attempts.locked_until, now)?;
                    if let Some(second) = second
                        && !second.use_up(tx, &member).await?
                    {
                        return Ok(None);
                    }
                    member::signed_in(tx, &member.id, now).await?;
                    session.store(tx).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(Some(SignedIn {
                        token: session.token,
                    }))
                })
            })
            .await
    }

    /// Counts a failure; what the caller is told is `fault`, or that this was one too
    /// many.
    pub(super) async fn count_failure(
        &self,
        member: &Member,
        address: Option<String>,
        fault: Fault,
    ) -> Result<Error, Error> {
        let now = self.now();
        let ctx = self
            .organization_ctx(&member.organization, Actor::Visitor, address)
            .await?;
        let subject = member.id.as_str();
        let why = json!({ "reason": fault.code.as_str() });
        let failed = self.entry(&ctx, AuditAction::LoginFailed, subject, &why);
        let locked = ctx.audit(AuditAction::MemberLocked, subject, now, self.chance());
        let id = member.id.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let Some(attempts) = member::lock(tx, &id).await? else {
                        return Ok(fault.into());
                    };
                    if let Err(already) = check_lock(attempts.locked_until, now) {
                        return Ok(already.into());
                    }
                    let failures = attempts.failures + 1;
                    audit::add(tx, &ctx.scope, &failed).await?;
                    if failures < FAILURES {
                        member::failed(tx, &id, failures, None).await?;
                        return Ok(fault.into());
                    }
                    let until = now.plus_millis(LOCK_MS);
                    member::failed(tx, &id, 0, Some(until)).await?;
                    audit::add(tx, &ctx.scope, &locked).await?;
                    Ok::<_, Error>(locked_out(until, now).into())
                })
            })
            .await
    }
}

fn two_factor_required() -> Fault {
    Fault::new(
        401,
        FaultCode::TwoFactorRequired,
        "Type the six digits that your authenticator shows, or a recovery code.",
    )
    .with("field", "code")
}

pub(super) fn invalid_sign_in() -> Fault {
    Fault::new(
        401,
        FaultCode::InvalidSignIn,
        "The e-mail address or the password is wrong.",
    )
}

/// # Errors
/// While the member is locked.
pub(super) fn check_lock(until: Option<Timestamp>, now: Timestamp) -> Result<(), Fault> {
    match until {
        Some(until) if until > now => Err(locked_out(until, now)),
        _ => Ok(()),
    }
}

fn locked_out(until: Timestamp, now: Timestamp) -> Fault {
    let seconds = (until.since(now) + 999) / 1000;
    let message = format!(
        "Too many failed attempts: signing in is locked for {}. An admin can lift the lock \
         before that.",
        in_words(seconds)
    );
    let mut fault = Fault::new(403, FaultCode::MemberLocked, message);
    let seconds = seconds.unsigned_abs();
    fault.retry_after_s = Some(seconds);
    fault.with("retry_after_s", seconds)
}

/// A duration as people say it, rounded up to minutes.
fn in_words(seconds: i64) -> String {
    let minutes = (seconds + 59) / 60;
    let part = |count: i64, name: &str| match count {
        0 => None,
        1 => Some(format!("1 {name}")),
        count => Some(format!("{count} {name}s")),
    };
    let parts = [part(minutes / 60, "hour"), part(minutes % 60, "minute")];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(" and ")
}
