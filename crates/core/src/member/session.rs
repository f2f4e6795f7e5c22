//! Signed-in browsers: recognising them, and what the Console's shell needs.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use trunnel_model::app::App;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{MemberId, MemberSessionId};
use trunnel_model::member::{Member, MemberSession, Organization};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_store::member_session::{self, Known};
use trunnel_store::{Tx, audit};

use super::{MemberCtx, token_hash};
use crate::Core;
use crate::error::Error;

/// A session that is not used ends after this.
const LIFE_MS: i64 = 30 * 24 * 3_600_000;

/// A use is noted once in this time at most.
const NOTED_EVERY_MS: i64 = 3_600_000;

/// The length of a cookie's value: 256 bits in base62.
const TOKEN_LEN: usize = 43;

/// A browser whose session is good.
#[derive(Debug, Clone)]
pub struct Recognised {
    pub ctx: MemberCtx,
    pub member: Member,
    pub organization: Organization,
}

impl Recognised {
    /// Whether the member has to set an authenticator up before anything else.
    pub const fn two_factor_due(&self) -> bool {
        self.organization.enforce_two_factor && !self.member.two_factor
    }
}

/// What the Console begins with.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// Who is signed in, with the organization's apps; nobody for a visitor.
    pub signed_in: Option<(Recognised, Vec<App>)>,
    /// Whether no organization of the instance has an owner.
    pub setup_needed: bool,
}

/// A session that is about to be stored, with its cookie's value.
pub(super) struct NewSession {
    pub(super) token: Secret,
    session: MemberSession,
    address: Option<String>,
}

impl NewSession {
    pub(super) async fn store(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let hash = token_hash(self.token.expose());
        member_session::add(tx, &hash, &self.session, self.address.as_deref()).await?;
        Ok(())
    }
}

/// What a page of ours sends beside the cookie and another's cannot: derived from the
/// cookie's value, so there is nothing to store.
pub fn csrf_token(token: &str) -> String {
    crate::hex::encode(&csrf_mac(token).finalize().into_bytes())
}

/// Whether it is that; takes the same time wherever the two differ.
pub fn is_csrf_token(token: &str, presented: &str) -> bool {
    let mut bytes = [0; 32];
    let digits = presented.as_bytes();
    if digits.len() != 64 {
        return false;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let text = std::str::from_utf8(pair).unwrap_or_default();
        match u8::from_str_radix(text, 16) {
            Ok(value) => *byte = value,
            Err(_) => return false,
        }
    }
    csrf_mac(token).verify_slice(&bytes).is_ok()
}

fn csrf_mac(token: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC accepts every key length")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(token.as_bytes()).expect("any length");
    mac.update(b"console csrf");
    mac
}

impl Core {
    pub(super) fn new_session(
        &self,
        member: &MemberId,
        address: Option<String>,
        now: Timestamp,
    ) -> NewSession {
        NewSession {
            token: Secret::new(trunnel_model::chance::secret_text(self.chance())),
            session: MemberSession {
                id: MemberSessionId::new(now, self.chance()),
                member: member.clone(),
                created_at: now,
                used_at: now,
                expires_at: now.plus_millis(LIFE_MS),
            },
            address,
        }
    }

    /// Whose browser presents this cookie.
    ///
    /// # Errors
    /// When the session is unknown or over.
    pub async fn verify_member(
        &self,
        token: &str,
        address: Option<String>,
    ) -> Result<Recognised, Error> {
        let recognised = self.recognise(token, address).await?;
        recognised.ok_or_else(|| not_signed_in().into())
    }

    async fn recognise(
        &self,
        token: &str,
        address: Option<String>,
    ) -> Result<Option<Recognised>, Error> {
        if token.len() != TOKEN_LEN {
            return Ok(None);
        }
        let (hash, now) = (token_hash(token), self.now());
        let Some(known) = member_session::find(self.db(), &hash, now).await? else {
            return Ok(None);
        };
        if now.since(known.session.used_at) >= NOTED_EVERY_MS {
            self.note_session(hash, now).await?;
        }
        let Known {
            session,
            member,
            organization,
        } = known;
        Ok(Some(Recognised {
            ctx: MemberCtx {
                member: member.id.clone(),
                organization: organization.id.clone(),
                role: member.role,
                address,
                session: session.id,
            },
            member,
            organization,
        }))
    }

    async fn note_session(&self, hash: [u8; 32], now: Timestamp) -> Result<(), Error> {
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let end = now.plus_millis(LIFE_MS);
                    member_session::used(tx, &hash, now, end).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }

    /// Who is signed in, and what belongs to it.
    pub async fn console_session(&self, token: Option<&str>) -> Result<SessionView, Error> {
        let recognised = match token {
            Some(token) => self.recognise(token, None).await?,
            None => None,
        };
        match recognised {
            Some(recognised) => {
                let organization = &recognised.organization.id;
                let apps = trunnel_store::app::list_of(self.db(), organization).await?;
                Ok(SessionView {
                    signed_in: Some((recognised, apps)),
                    setup_needed: false,
                })
            }
            None => Ok(SessionView {
                signed_in: None,
                setup_needed: !trunnel_store::member::any_owner(self.db()).await?,
            }),
        }
    }

    /// Ends the session that is presented.
    pub async fn sign_out(&self, caller: &MemberCtx) -> Result<(), Error> {
        let ctx = self.member_ctx(caller).await?;
        let subject = caller.member.as_str();
        let entry = ctx.audit(AuditAction::Logout, subject, self.now(), self.chance());
        let (member, session) = (caller.member.clone(), caller.session.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if member_session::end(tx, &member, &session).await? {
                        audit::add(tx, &ctx.scope, &entry).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}

pub(super) fn not_signed_in() -> Fault {
    Fault::new(
        401,
        FaultCode::NotSignedIn,
        "You are not signed in, or your session has ended. Sign in.",
    )
}
