//! A new password for whoever reads the mail: six digits that live ten minutes.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{MemberId, RequestId};
use trunnel_model::member::Email;
use trunnel_model::secret::Secret;
use trunnel_store::{audit, member, member_session, reset_code};

use super::attempts::too_many;
use super::password::check_password;
use super::{SignedIn, checked_email};
use crate::Core;
use crate::ctx::Actor;
use crate::error::Error;
use crate::mail::{Letter, mail_not_configured};

const LIFE_MS: i64 = 10 * 60_000;
const HOUR_MS: i64 = 3_600_000;
const AN_HOUR: i64 = 3;

/// That many wrong tries end a code.
const TRIES: i64 = 3;

impl Core {
    /// Mails a code. The answer is the same whether or not there is such a member, and
    /// does not wait for the mail server, whose time would tell.
    pub async fn request_password_reset(&self, email: &str) -> Result<(), Error> {
        if self.mailer().is_none() {
            return Err(mail_not_configured().into());
        }
        let email = checked_email(email)?;
        let known = member::proof(self.db(), &email).await?;
        let now = self.now();
        let code = Secret::new(format!("{:06}", self.random_u64() % 1_000_000));
        let request = RequestId::new(now, self.chance());
        let kept = known.map(|proof| {
            let id = proof.member.id;
            (code_hash(&id, code.expose()), id)
        });
        let mailed = kept.is_some();
        let asker = email.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let since = now.plus_millis(-HOUR_MS);
                    let asked = reset_code::ask(tx, &asker, &request, now, since).await?;
                    if asked > AN_HOUR {
                        let what = "Three codes an hour are mailed to one address.";
                        return Err(too_many(3_600, what).into());
                    }
                    if let Some((hash, id)) = kept {
                        reset_code::put(tx, &id, &hash, now.plus_millis(LIFE_MS)).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await?;
        if mailed {
            self.mail_behind(email, code_letter(&code));
        }
        Ok(())
    }

    /// Sends a letter that nobody waits for; what goes wrong is in the log.
    fn mail_behind(&self, to: Email, letter: Letter) {
        let core = self.clone();
        self.in_background(async move { core.mail(&to, &letter).await });
    }

    /// Sets a new password with a mailed code; every session ends. Who has an
    /// authenticator is not signed in.
    pub async fn confirm_password_reset(
        &self,
        email: &str,
        code: &str,
        password: &Secret,
        address: Option<String>,
    ) -> Result<Option<SignedIn>, Error> {
        check_password("password", password)?;
        let proof = match Email::parse(email) {
            Ok(email) => member::proof(self.db(), &email).await?,
            Err(_) => None,
        };
        let new = self.hash_password(password).await?;
        let known = proof.ok_or_else(code_invalid)?.member;
        let now = self.now();
        let given = code_hash(&known.id, code.trim());
        let actor = Actor::Member(known.id.clone());
        let ctx = self
            .organization_ctx(&known.organization, actor, address.clone())
            .await?;
        let subject = known.id.as_str();
        let entry = ctx.audit(AuditAction::PasswordReset, subject, now, self.chance());
        let id = known.id.clone();
        let done = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let Some((hash, failures)) = reset_code::lock(tx, &id, now).await? else {
                        return Ok(false);
                    };
                    if failures >= TRIES || !bool::from(hash.as_slice().ct_eq(&given)) {
                        // Kept, so that the tries are counted.
                        reset_code::failed(tx, &id).await?;
                        return Ok(false);
                    }
                    reset_code::end(tx, &id).await?;
                    member::set_password(tx, &id, &new).await?;
                    member_session::end_others(tx, &id, None).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(true)
                })
            })
            .await?;
        if !done {
            return Err(code_invalid().into());
        }
        self.mail_behind(known.email.clone(), changed_letter());
        self.let_in_after_reset(&known, address).await
    }
}

/// Bound to the member: six digits alone would be few.
fn code_hash(member: &MemberId, code: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(member.as_str());
    hash.update(code);
    hash.finalize().into()
}

fn code_invalid() -> Fault {
    Fault::bad_request(
        FaultCode::ResetCodeInvalid,
        "The code is wrong, older than ten minutes, or was tried three times. Ask for a new one.",
    )
    .with("field", "code")
}

fn code_letter(code: &Secret) -> Letter {
    Letter {
        subject: format!("{} is your code", code.expose()),
        paragraphs: vec![
            format!(
                "With the code {} you can set a new password for Trunnel. It works for ten minutes.",
                code.expose()
            ),
            "If you have not asked for it, do nothing: without the code nothing changes."
                .to_owned(),
        ],
        link: None,
    }
}

fn changed_letter() -> Letter {
    Letter {
        subject: "Your password was changed".to_owned(),
        paragraphs: vec![
            "The password with which you sign in to Trunnel was set anew, and every browser was \
             signed out."
                .to_owned(),
            "If it was not you, tell an admin of your organization at once.".to_owned(),
        ],
        link: None,
    }
}
