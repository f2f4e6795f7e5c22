//! What members change about themselves.

use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::member::Member;
use trunnel_model::secret::Secret;
use trunnel_store::{audit, member, member_session};

use super::password::check_password;
use super::sign_in::check_lock;
use super::{MemberCtx, checked_name, no_member};
use crate::Core;
use crate::error::Error;
use crate::mail::Letter;

impl Core {
    /// Whoever is signed in.
    pub(super) async fn own(&self, caller: &MemberCtx) -> Result<Member, Error> {
        let found = member::find(self.db(), &caller.organization, &caller.member).await?;
        found.ok_or_else(|| no_member().into())
    }

    pub async fn rename_member(&self, caller: &MemberCtx, name: &str) -> Result<Member, Error> {
        let name = checked_name("name", name)?;
        let id = caller.member.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    member::rename(tx, &id, &name).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.own(caller).await
    }

    /// Sets a new password; every other session of the member ends.
    pub async fn change_password(
        &self,
        caller: &MemberCtx,
        current: &Secret,
        password: &Secret,
    ) -> Result<(), Error> {
        check_password("password", password)?;
        self.confirm_password(caller, "current", current).await?;
        if current == password {
            let why = "the new password must differ from the current one";
            return Err(Fault::field("password", why).into());
        }
        let hash = self.hash_password(password).await?;
        let ctx = self.member_ctx(caller).await?;
        let subject = caller.member.as_str();
        let entry = ctx.audit(
            AuditAction::PasswordChanged,
            subject,
            self.now(),
            self.chance(),
        );
        let (id, session) = (caller.member.clone(), caller.session.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    member::set_password(tx, &id, &hash).await?;
                    member_session::end_others(tx, &id, Some(&session)).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }

    /// Mails something to oneself, to see whether it arrives.
    pub async fn send_test_mail(&self, caller: &MemberCtx) -> Result<(), Error> {
        let own = self.own(caller).await?;
        let letter = Letter {
            subject: "A test mail from Trunnel".to_owned(),
            paragraphs: vec!["Mail works: this is what was to arrive.".to_owned()],
            link: None,
        };
        self.mail(&own.email, &letter).await
    }

    /// A wrong one counts as a failure to sign in: whoever finds an open browser has
    /// no more guesses than anyone.
    pub(crate) async fn confirm_password(
        &self,
        caller: &MemberCtx,
        field: &str,
        password: &Secret,
    ) -> Result<(), Error> {
        let own = self.own(caller).await?;
        check_lock(own.locked_until, self.now())?;
        let hash = member::password_hash(self.db(), &caller.member).await?;
        if self.is_password(password, hash.as_deref()).await? {
            return Ok(());
        }
        let wrong = Fault::new(
            403,
            FaultCode::PasswordWrong,
            "This is not your current password.",
        )
        .with("field", field);
        Err(self
            .count_failure(&own, caller.address.clone(), wrong)
            .await?)
    }
}
