//! The address that a provider sends its events to.
//!
//! `…/webhook/<app>-<environment>/<slug>` is for all customers: most events say whose
//! they are. Where they do not, every account has an address of its own: its id and a
//! proof stand in the query. Nobody can make up a proof, so what comes there was
//! addressed by someone to whom the developer has given it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use trunnel_catalog::Connector;
use trunnel_catalog::trigger::Triggers;
use trunnel_model::environment::Environment;
use trunnel_model::id::AppId;
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::text::AccountId;
use trunnel_store::webhook_secret;
use url::form_urlencoded;

use crate::Core;
use crate::connector::ConnectorView;
use crate::ctx::{AccountCtx, Actor, Ctx};
use crate::error::Error;

const ACCOUNT: &str = "linked_account_id";
const PROOF: &str = "proof";

/// So many bytes of the keyed hash cannot be guessed, and do not make the URL long.
const PROOF_BYTES: usize = 16;

/// What a connector's view says of its address.
#[derive(Debug, Clone, Default)]
pub struct WebhookAddress {
    /// Nothing for a connector without triggers.
    pub url: Option<String>,
    pub has_secret: bool,
}

/// What the query of a request proves.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proved {
    /// It does not say anything.
    Nothing,
    /// The address is one that we have given out, perhaps for one account.
    Address(Option<AccountId>),
    /// It claims what is not so.
    Forged,
}

/// Reads `<app>-<environment>`, in one spelling only.
pub(super) fn read_place(text: &str) -> Option<(AppId, Environment)> {
    let (app, environment) = text.rsplit_once('-')?;
    let environment = Environment::ALL
        .into_iter()
        .find(|known| known.wire() == environment)?;
    Some((AppId::parse(app).ok()?, environment))
}

pub(super) fn proved(key: &Secret, slug: &str, query: &str) -> Proved {
    let (mut account, mut proof) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            ACCOUNT => account = account.or(Some(value.into_owned())),
            PROOF => proof = proof.or(Some(value.into_owned())),
            _ => {}
        }
    }
    let Some(proof) = proof else {
        return match account {
            None => Proved::Nothing,
            Some(_) => Proved::Forged,
        };
    };
    let given = URL_SAFE_NO_PAD.decode(proof).unwrap_or_default();
    let expected = mac(key, slug, account.as_deref());
    // Its length is checked: a short prefix could be guessed.
    if given.len() != PROOF_BYTES || expected.verify_truncated_left(&given).is_err() {
        return Proved::Forged;
    }
    match account.map(|text| AccountId::parse(&text)).transpose() {
        Ok(account) => Proved::Address(account),
        Err(_) => Proved::Forged,
    }
}

impl Core {
    /// Where the connector's events come in. For an account, its own address, where
    /// the events themselves do not say whose they are.
    pub(crate) async fn webhook_url(
        &self,
        scope: &Scope,
        connector: &Connector,
        account: Option<&AccountId>,
    ) -> Result<Option<String>, Error> {
        let Some(triggers) = &connector.triggers else {
            return Ok(None);
        };
        let url = self.plain_webhook_url(scope, &connector.slug);
        let account = account.filter(|_| is_personal(triggers));
        if account.is_none() && !triggers.needs_secret_address() {
            return Ok(Some(url));
        }
        let key = self.signing_key(scope).await?;
        let account = account.map(AccountId::as_str);
        let proof = mac(&key, &connector.slug, account).finalize().into_bytes();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(account.map(|account| (ACCOUNT, account)));
        query.append_pair(PROOF, &URL_SAFE_NO_PAD.encode(&proof[..PROOF_BYTES]));
        Ok(Some(format!("{url}?{}", query.finish())))
    }

    /// The address for one account's events. The customer is not told the proof: with it
    /// they could send what seems to be theirs.
    pub(crate) async fn account_webhook_url(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
    ) -> Result<Option<String>, Error> {
        let scope = &caller.ctx.scope;
        match caller.ctx.actor {
            Actor::Session(_) | Actor::AccessToken(_) => Ok(connector
                .triggers
                .is_some()
                .then(|| self.plain_webhook_url(scope, &connector.slug))),
            _ => {
                self.webhook_url(scope, connector, Some(&caller.account))
                    .await
            }
        }
    }

    pub(crate) async fn with_address(
        &self,
        ctx: &Ctx,
        view: ConnectorView,
    ) -> Result<ConnectorView, Error> {
        let mut views = self.with_addresses(ctx, vec![view]).await?;
        let gone = || Error::Internal("a view got lost".to_owned());
        views.pop().ok_or_else(gone)
    }

    /// Adds to each view where its events come in.
    pub(crate) async fn with_addresses(
        &self,
        ctx: &Ctx,
        mut views: Vec<ConnectorView>,
    ) -> Result<Vec<ConnectorView>, Error> {
        let scope = &ctx.scope;
        let with_secret = webhook_secret::slugs(self.db(), scope, self.now()).await?;
        for view in &mut views {
            view.webhook = WebhookAddress {
                url: self.webhook_url(scope, &view.connector, None).await?,
                has_secret: with_secret.contains(&view.connector.slug),
            };
        }
        Ok(views)
    }

    /// The address as everybody may know it.
    pub(crate) fn plain_webhook_url(&self, scope: &Scope, slug: &str) -> String {
        let base = self.settings().instance.public_url.as_str();
        format!(
            "{}/api/v1/webhook/{}-{}/{slug}",
            base.trim_end_matches('/'),
            scope.app(),
            scope.environment().wire()
        )
    }
}

/// Every account has an address of its own.
fn is_personal(triggers: &Triggers) -> bool {
    !triggers.names_account() || triggers.needs_secret_address()
}

/// What it is about stands before the rest, so that no other text that this key signs
/// can be taken for a proof.
fn mac(key: &Secret, slug: &str, account: Option<&str>) -> Hmac<Sha256> {
    // HMAC takes keys of any length.
    #[expect(clippy::expect_used, reason = "HMAC accepts every key length")]
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose().as_bytes()).expect("any length");
    mac.update(b"webhook address\0");
    mac.update(slug.as_bytes());
    if let Some(account) = account {
        mac.update(b"\0");
        mac.update(account.as_bytes());
    }
    mac
}
