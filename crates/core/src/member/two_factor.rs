//! A member's authenticator, and the codes for when it is lost.

use qrcode::QrCode;
use qrcode::render::svg;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::member::Member;
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_store::sealed::Place;
use trunnel_store::{Tx, audit, member_two_factor};

use super::totp::{base32, step_of, unbase32};
use super::{MemberCtx, token_hash};
use crate::Core;
use crate::error::Error;

const SECRET_BYTES: usize = 20;
const RECOVERY_CODES: usize = 10;
const RECOVERY_BYTES: usize = 10;

/// A new authenticator's secret, to scan or to type.
#[derive(Debug)]
pub struct NewTwoFactor {
    pub secret: Secret,
    pub otpauth_url: Secret,
    pub qr_svg: Secret,
}

/// A second proof that was right when it was looked at; using it up tells whether it
/// still is.
#[derive(Debug, Clone)]
pub(super) enum Second {
    Step(Scope, i64),
    Recovery([u8; 32]),
}

impl Second {
    /// Says whether it was good.
    pub(super) async fn use_up(&self, tx: &mut Tx<'_>, member: &Member) -> Result<bool, Error> {
        Ok(match self {
            Self::Step(scope, step) => {
                member_two_factor::use_step(tx, scope, &member.id, *step).await?
            }
            Self::Recovery(hash) => member_two_factor::take_code(tx, &member.id, hash).await?,
        })
    }
}

impl Core {
    /// A new secret, not in force until a code of it is shown.
    pub async fn begin_two_factor(&self, caller: &MemberCtx) -> Result<NewTwoFactor, Error> {
        let own = self.own(caller).await?;
        if own.two_factor {
            return Err(already_on().into());
        }
        let bytes: [u8; SECRET_BYTES] = trunnel_model::chance::bytes(self.chance());
        let secret = base32(&bytes);
        let scope = self.organization_scope(&caller.organization).await?;
        let id = caller.member.clone();
        let sealer = self.vault().sealer(&scope).await?;
        let sealed = sealer.seal(Place::MemberTwoFactor, id.as_str(), &secret);
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    member_two_factor::put(tx, &scope, &id, &sealed).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        let url = otpauth_url(own.email.as_str(), &secret);
        let code = QrCode::new(url.as_bytes())
            .map_err(|error| Error::Internal(format!("the QR code: {error}")))?;
        let picture = code
            .render::<svg::Color<'_>>()
            .min_dimensions(192, 192)
            .build();
        Ok(NewTwoFactor {
            secret: Secret::new(secret),
            otpauth_url: Secret::new(url),
            qr_svg: Secret::new(picture),
        })
    }

    /// Puts the authenticator in force; answers the recovery codes, which are shown
    /// this once.
    pub async fn confirm_two_factor(
        &self,
        caller: &MemberCtx,
        code: &str,
    ) -> Result<Vec<Secret>, Error> {
        let own = self.own(caller).await?;
        if own.two_factor {
            return Err(already_on().into());
        }
        let wrong = || two_factor_invalid(400).with("field", "code");
        let second = self.second_factor(&own, code).await?.ok_or_else(wrong)?;
        let Second::Step(scope, _) = second.clone() else {
            return Err(wrong().into());
        };
        let codes: Vec<_> = (0..RECOVERY_CODES).map(|_| self.recovery_code()).collect();
        let hashes: Vec<_> = codes
            .iter()
            .map(|code| recovery_hash(code.expose()))
            .collect();
        let now = self.now();
        let ctx = self.member_ctx(caller).await?;
        let action = AuditAction::TwoFactorEnabled;
        let entry = ctx.audit(action, own.id.as_str(), now, self.chance());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if !second.use_up(tx, &own).await? {
                        return Err(Error::from(wrong()));
                    }
                    member_two_factor::confirm(tx, &scope, &own.id, &hashes, now).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(codes)
    }

    /// Turns it off, for whoever knows the password.
    pub async fn remove_two_factor(
        &self,
        caller: &MemberCtx,
        password: &Secret,
    ) -> Result<(), Error> {
        self.confirm_password(caller, "password", password).await?;
        let ctx = self.member_ctx(caller).await?;
        let id = caller.member.clone();
        let action = AuditAction::TwoFactorDisabled;
        let entry = ctx.audit(action, id.as_str(), self.now(), self.chance());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    member_two_factor::remove(tx, &id).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }

    /// What a code proves: six digits are the authenticator's, everything else may be
    /// a recovery code.
    pub(super) async fn second_factor(
        &self,
        member: &Member,
        code: &str,
    ) -> Result<Option<Second>, Error> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Ok(Some(Second::Recovery(recovery_hash(&code))));
        }
        let scope = self.organization_scope(&member.organization).await?;
        let Some(kept) = member_two_factor::find(self.db(), &scope, &member.id).await? else {
            return Ok(None);
        };
        let id = member.id.as_str();
        let secret = self
            .vault()
            .open(&scope, Place::MemberTwoFactor, id, &kept.secret)
            .await?;
        let secret = unbase32(secret.expose())
            .ok_or_else(|| Error::Internal("an authenticator's secret is damaged".to_owned()))?;
        let step = step_of(&secret, &code, self.now().as_seconds());
        Ok(step.map(|step| Second::Step(scope, step)))
    }

    fn recovery_code(&self) -> Secret {
        let bytes: [u8; RECOVERY_BYTES] = trunnel_model::chance::bytes(self.chance());
        let text = base32(&bytes).to_lowercase();
        let parts = [&text[..4], &text[4..8], &text[8..12], &text[12..]];
        Secret::new(parts.join("-"))
    }
}

/// However it is typed.
fn recovery_hash(code: &str) -> [u8; 32] {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    token_hash(&plain.to_lowercase())
}

fn otpauth_url(email: &str, secret: &str) -> String {
    let email = percent_encoding::utf8_percent_encode(email, percent_encoding::NON_ALPHANUMERIC);
    format!("otpauth://totp/Trunnel:{email}?secret={secret}&issuer=Trunnel")
}

pub(super) fn two_factor_invalid(status: u16) -> Fault {
    Fault::new(
        status,
        FaultCode::TwoFactorInvalid,
        "The code is wrong, too old, or was used before. Take the next one.",
    )
}

fn already_on() -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        "An authenticator is in force already. Turn it off first.",
    )
}
