//! Secrets of webhooks: set by the developer, or brought by the provider.

use trunnel_catalog::Connector;
use trunnel_catalog::trigger::WebhookKey;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::WebhookSecretId;
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::text::{AccountId, check_label};
use trunnel_model::time::Timestamp;
use trunnel_store::sealed::Place;
use trunnel_store::webhook_secret::{self, Address, WebhookSecret};
use trunnel_store::{Tx, audit, linked_account};

use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::session::unknown_account;
use crate::vault::Sealer;

/// How long the secret before the one that is set still counts.
const OVERLAP_MS: i64 = 24 * 3_600_000;

/// One provider may have several webhooks at the same address, each with its own.
const MOST_SECRETS: i64 = 16;

/// What the developer wants done with the secret.
#[derive(Debug, Clone)]
pub enum SecretChange {
    /// The one before counts for another day.
    Set(Secret),
    /// All of them end at once.
    Remove,
}

/// A secret that a provider has brought, for the developer to see.
#[derive(Debug, Clone)]
pub struct BroughtSecret {
    pub secret: Secret,
    pub received_at: Timestamp,
}

/// A change that is ready to be written.
pub(crate) struct SealedChange {
    slug: String,
    account: Option<AccountId>,
    /// Without one, all are removed.
    secret: Option<WebhookSecret>,
    now: Timestamp,
}

/// Whether this connector takes such a secret, and whether this can be one.
pub(crate) fn check_secret(connector: &Connector, change: &SecretChange) -> Result<(), Fault> {
    const FIELD: &str = "webhook_secret";
    let name = &connector.name;
    let key = connector
        .triggers
        .as_ref()
        .map(trunnel_catalog::trigger::Triggers::key);
    let why = match key {
        None => format!("{name} sends no events"),
        Some(None) => format!("{name} signs nothing"),
        Some(Some(WebhookKey::ClientSecret)) => {
            format!("{name} signs with the client secret; set `client_secret`")
        }
        Some(Some(WebhookKey::WebhookSecret)) => {
            return match change {
                SecretChange::Set(secret) => check_text(FIELD, secret.expose()),
                SecretChange::Remove => Ok(()),
            };
        }
    };
    Err(Fault::field(FIELD, why))
}

fn check_text(field: &str, text: &str) -> Result<(), Fault> {
    // A verification key may be pasted with its lines.
    let broken = text.chars().any(|c| c.is_control() && !c.is_whitespace());
    if text.trim().is_empty() || broken || check_label(text, 4096).is_err() {
        return Err(Fault::field(
            field,
            format!("`{field}` has 1 to 4096 characters, without control characters"),
        ));
    }
    Ok(())
}

impl SealedChange {
    pub(crate) fn new(
        core: &Core,
        sealer: &Sealer,
        slug: &str,
        account: Option<AccountId>,
        change: &SecretChange,
    ) -> Self {
        let secret = match change {
            SecretChange::Set(secret) => Some(core.sealed_secret(sealer, secret, false)),
            SecretChange::Remove => None,
        };
        Self {
            slug: slug.to_owned(),
            account,
            secret,
            now: core.now(),
        }
    }

    pub(crate) async fn write(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<(), Error> {
        if let Some(account) = &self.account
            && linked_account::lock(tx, scope, account).await?.is_none()
        {
            return Err(unknown_account(scope, account).into());
        }
        let address = Address {
            slug: &self.slug,
            account: self.account.as_ref(),
        };
        match &self.secret {
            Some(secret) => {
                let until = self.now.plus_millis(OVERLAP_MS);
                webhook_secret::end(tx, scope, address, until).await?;
                webhook_secret::add(tx, scope, address, secret).await?;
                webhook_secret::keep_newest(tx, scope, address, MOST_SECRETS).await?;
            }
            None => webhook_secret::delete(tx, scope, address).await?,
        }
        Ok(())
    }
}

impl Core {
    fn sealed_secret(&self, sealer: &Sealer, secret: &Secret, brought: bool) -> WebhookSecret {
        let id = WebhookSecretId::new(self.now(), self.chance());
        WebhookSecret {
            sealed: sealer.seal(Place::WebhookSecret, id.as_str(), secret.expose()),
            id,
            brought,
            created_at: self.now(),
        }
    }

    /// What requests at this address may be signed with, newest first. At an account's
    /// own address, what is set for all counts as well.
    pub(super) async fn webhook_secrets(
        &self,
        scope: &Scope,
        slug: &str,
        account: Option<&AccountId>,
    ) -> Result<Vec<Secret>, Error> {
        let now = self.now();
        let of_all = Address {
            slug,
            account: None,
        };
        let mut stored = Vec::new();
        if account.is_some() {
            let address = Address { slug, account };
            stored.extend(webhook_secret::valid(self.db(), scope, address, now).await?);
        }
        stored.extend(webhook_secret::valid(self.db(), scope, of_all, now).await?);
        let mut secrets = Vec::with_capacity(stored.len());
        for known in stored {
            secrets.push(self.open_secret(scope, &known).await?);
        }
        Ok(secrets)
    }

    async fn open_secret(&self, scope: &Scope, known: &WebhookSecret) -> Result<Secret, Error> {
        let (vault, id) = (self.vault(), known.id.as_str());
        Ok(vault
            .open(scope, Place::WebhookSecret, id, &known.sealed)
            .await?)
    }

    /// Keeps what a provider has brought in a handshake. What was there stays: it may
    /// be another webhook's.
    pub(super) async fn keep_brought_secret(
        &self,
        ctx: &Ctx,
        slug: &str,
        account: Option<&AccountId>,
        secret: &Secret,
    ) -> Result<(), Error> {
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let fresh = self.sealed_secret(&sealer, secret, true);
        let entry = ctx.audit(
            AuditAction::WebhookSecretBrought,
            slug,
            self.now(),
            self.chance(),
        );
        let (scope, slug, account) = (ctx.scope.clone(), slug.to_owned(), account.cloned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(account) = &account
                        && linked_account::lock(tx, &scope, account).await?.is_none()
                    {
                        return Err(unknown_account(&scope, account).into());
                    }
                    let address = Address {
                        slug: &slug,
                        account: account.as_ref(),
                    };
                    webhook_secret::add(tx, &scope, address, &fresh).await?;
                    webhook_secret::keep_newest(tx, &scope, address, MOST_SECRETS).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The secret that the provider has brought last, for a provider that wants it
    /// typed in on its side to see that it has arrived.
    pub async fn brought_secret(
        &self,
        ctx: &Ctx,
        slug: &str,
        account: Option<&AccountId>,
    ) -> Result<BroughtSecret, Error> {
        let connector = self.connector(ctx, slug).await?;
        let (scope, address) = (&ctx.scope, Address { slug, account });
        let known = webhook_secret::valid(self.db(), scope, address, self.now()).await?;
        let Some(known) = known.into_iter().find(|known| known.brought) else {
            let why = format!(
                "{} has not sent a verification token to this address yet.",
                connector.name
            );
            return Err(Fault::not_found(FaultCode::ResourceNotFound, why).into());
        };
        Ok(BroughtSecret {
            secret: self.open_secret(scope, &known).await?,
            received_at: known.created_at,
        })
    }
}
