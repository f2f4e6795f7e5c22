//! API keys: verifying, rotating, revealing, and noting their last use.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;
use trunnel_model::api_key::{ApiKey, HashedApiKey, LastUse, PlainApiKey};
use trunnel_model::audit::AuditAction;
use trunnel_model::chance::Chance;
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{AccessTokenId, ApiKeyId};
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_store::api_key::{self, NewApiKey};
use trunnel_store::sealed::{Place, Sealed};
use trunnel_store::{access_token, audit};

use crate::Core;
use crate::ctx::{Actor, Ctx};
use crate::error::Error;
use crate::member::MemberCtx;
use crate::vault::Sealer;

/// The longest overlap of an old and a new key.
pub const MAX_GRACE_MS: i64 = 7 * 24 * 3_600_000;

/// A key that has just been made, in the clear for the only time.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub id: ApiKeyId,
    pub environment: Environment,
    pub plain: PlainApiKey,
    hint: String,
    sealed: Sealed,
    now: Timestamp,
}

impl NewKey {
    pub(crate) fn stored(&self) -> NewApiKey<'_> {
        NewApiKey {
            id: &self.id,
            hash: self.plain.hash(),
            hint: &self.hint,
            sealed: &self.sealed,
            now: self.now,
        }
    }
}

pub(crate) fn make_key(
    sealer: &Sealer,
    environment: Environment,
    now: Timestamp,
    chance: &dyn Chance,
) -> NewKey {
    let id = ApiKeyId::new(now, chance);
    let plain = PlainApiKey::generate(environment, chance);
    NewKey {
        sealed: sealer.seal(Place::ApiKey, id.as_str(), plain.secret().expose()),
        hint: plain.hint(),
        id,
        environment,
        plain,
        now,
    }
}

impl Core {
    /// Who presents this key. Every kind of bad key gets the same answer, and a
    /// malformed one does not reach the database.
    pub async fn verify_api_key(&self, text: &str) -> Result<Ctx, Error> {
        let plain = PlainApiKey::parse(text).map_err(|_| Fault::invalid_credentials())?;
        let hash: HashedApiKey = plain.hash();
        let verified = api_key::verify(self.db(), &hash, self.now())
            .await?
            .ok_or_else(Fault::invalid_credentials)?;
        Ok(Ctx {
            organization: self.organization_of(verified.scope.app()).await?,
            scope: verified.scope,
            actor: Actor::ApiKey(verified.key),
            address: None,
        })
    }

    /// The environment's valid keys, newest first, with the uses that this node has only
    /// noted so far.
    pub async fn api_keys(&self, ctx: &Ctx) -> Result<Vec<ApiKey>, Error> {
        self.flush_last_uses().await?;
        Ok(api_key::list(self.db(), &ctx.scope, self.now()).await?)
    }

    /// Replaces the environment's key. The old one ends after `grace_ms`: at once
    /// with zero, on every node, since every node asks the database every time.
    pub async fn rotate_api_key(&self, ctx: &Ctx, grace_ms: i64) -> Result<NewKey, Error> {
        if !(0..=MAX_GRACE_MS).contains(&grace_ms) {
            return Err(Fault::field("grace", "`grace` is between 0 and 7 days").into());
        }
        let now = self.now();
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let key = make_key(&sealer, ctx.scope.environment(), now, self.chance());
        let (ctx, stored, chance) = (ctx.clone(), key.clone(), self.chance_handle());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    // Two rotations at once would each spare the other's new key.
                    trunnel_store::app::lock_environment(tx, &ctx.scope).await?;
                    api_key::add(tx, &ctx.scope, &stored.stored()).await?;
                    // At once must not mean "by our clock": another node's may be behind.
                    let end = match grace_ms {
                        0 => Timestamp::from_millis(0),
                        grace_ms => now.plus_millis(grace_ms),
                    };
                    api_key::expire_others(tx, &ctx.scope, &stored.id, end).await?;
                    let mut entry = ctx.audit(
                        AuditAction::ApiKeyRegenerated,
                        stored.id.as_str(),
                        now,
                        &*chance,
                    );
                    entry.details = format!("{{\"grace_ms\":{grace_ms}}}");
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(key)
    }

    /// Whether the app lets its keys be seen again after they were made.
    pub async fn reveals_api_keys(&self, ctx: &Ctx) -> Result<bool, Error> {
        let app = trunnel_store::app::find(self.db(), ctx.scope.app()).await?;
        Ok(app.is_some_and(|app| app.reveal_keys))
    }

    /// The same for a member, who proves in live once more who it is: a browser that
    /// somebody has left open gives no live key away.
    ///
    /// # Errors
    /// 403 `PASSWORD_REQUIRED` or `PASSWORD_WRONG`, and 403 where keys are not revealed.
    pub async fn reveal_api_key_to(
        &self,
        ctx: &Ctx,
        member: &MemberCtx,
        password: Option<Secret>,
    ) -> Result<Secret, Error> {
        if ctx.scope.environment() == Environment::Live {
            let password = password.ok_or_else(password_required)?;
            self.confirm_password(member, "password", &password).await?;
        }
        self.reveal_api_key(ctx).await
    }

    /// The environment's newest key in the clear; written into the audit first.
    pub async fn reveal_api_key(&self, ctx: &Ctx) -> Result<Secret, Error> {
        if !self.reveals_api_keys(ctx).await? {
            return Err(Fault::new(
                403,
                FaultCode::Forbidden,
                "This app does not let its keys be revealed. Regenerate the key to get a new one.",
            )
            .into());
        }
        let keys = api_key::sealed(self.db(), &ctx.scope, self.now()).await?;
        let (id, sealed) = keys.into_iter().next().ok_or_else(|| {
            Fault::not_found(FaultCode::ResourceNotFound, "This environment has no key.")
        })?;
        let plain = self
            .vault()
            .open(&ctx.scope, Place::ApiKey, id.as_str(), &sealed)
            .await?;
        let entry = ctx.audit(
            AuditAction::ApiKeyRevealed,
            id.as_str(),
            self.now(),
            self.chance(),
        );
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| Box::pin(async move { audit::add(tx, &scope, &entry).await }))
            .await
            .map_err(|error: trunnel_store::StoreError| Error::from(error))?;
        Ok(plain)
    }

    /// The valid keys in the clear, newest first, to sign webhooks with.
    pub(crate) async fn signing_api_keys(&self, scope: &Scope) -> Result<Vec<Secret>, Error> {
        let keys = api_key::sealed(self.db(), scope, self.now()).await?;
        let mut plain = Vec::with_capacity(keys.len());
        for (id, sealed) in keys {
            plain.push(
                self.vault()
                    .open(scope, Place::ApiKey, id.as_str(), &sealed)
                    .await?,
            );
        }
        Ok(plain)
    }

    /// Notes that a key or an access token was used; written to the database later, see [`LastUses`].
    pub fn note_use(&self, ctx: &Ctx, route: &str) {
        let (now, address) = (self.now(), ctx.address.as_deref());
        match &ctx.actor {
            Actor::ApiKey(key) => self
                .last_uses()
                .keys
                .note(&ctx.scope, key, now, address, route),
            Actor::AccessToken(token) => self
                .last_uses()
                .tokens
                .note(&ctx.scope, token, now, address, route),
            _ => {}
        }
    }

    /// Writes down the uses noted since the last call.
    pub async fn flush_last_uses(&self) -> Result<(), Error> {
        let (uses, token_uses) = (self.last_uses().keys.take(), self.last_uses().tokens.take());
        if uses.is_empty() && token_uses.is_empty() {
            return Ok(());
        }
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    for (key, (scope, last_use)) in uses {
                        api_key::touch(tx, &scope, &key, &last_use).await?;
                    }
                    for (token, (scope, last_use)) in token_uses {
                        access_token::touch(tx, &scope, &token, last_use.at).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}

fn password_required() -> Fault {
    let why = "A live key is shown only to who types their own password. Send it as `password`.";
    Fault::new(403, FaultCode::PasswordRequired, why).with("field", "password")
}

/// The last use of each key and access token since the last flush. Kept in memory because
/// writing it on every request would make every read a write.
#[derive(Default)]
pub(crate) struct LastUses {
    keys: Uses<ApiKeyId>,
    tokens: Uses<AccessTokenId>,
}

/// Those of one kind.
struct Uses<Id>(Mutex<HashMap<Id, (Scope, LastUse)>>);

impl<Id> Default for Uses<Id> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Id: Clone + Eq + Ord + Hash> Uses<Id> {
    fn note(&self, scope: &Scope, key: &Id, at: Timestamp, address: Option<&str>, route: &str) {
        let mut uses = self.0.lock();
        // The busy case allocates nothing.
        if let Some((_, last)) = uses.get_mut(key) {
            last.at = at;
            set_text(&mut last.address, address);
            set_text(&mut last.route, Some(route));
            return;
        }
        let last_use = LastUse {
            at,
            address: address.map(ToOwned::to_owned),
            route: Some(route.to_owned()),
        };
        uses.insert(key.clone(), (scope.clone(), last_use));
    }

    /// By id: two nodes that write in different orders could wait for each other.
    fn take(&self) -> Vec<(Id, (Scope, LastUse))> {
        let taken = std::mem::take(&mut *self.0.lock());
        let mut uses: Vec<_> = taken.into_iter().collect();
        uses.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        uses
    }
}

fn set_text(to: &mut Option<String>, text: Option<&str>) {
    if to.as_deref() != text {
        *to = text.map(ToOwned::to_owned);
    }
}
