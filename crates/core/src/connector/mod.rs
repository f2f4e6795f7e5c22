//! The catalogue as one environment sees it: what is enabled, and with whose OAuth
//! client.

mod application;
mod change;
mod client;
mod secret;

use std::sync::Arc;

use trunnel_catalog::{Connector, Fields, developer_fields};
use trunnel_model::connector_setting::{ConnectorSetting, CredentialSource};
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_store::connector_setting::{self, StoredSetting};

pub use self::application::{ApplicationFilter, ApplicationView};
pub(crate) use self::client::ChosenClient;
pub use self::client::SharedClient;
use self::client::client_missing;
pub use self::secret::FIELD_MASK;
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::trigger::{SecretChange, WebhookAddress};

/// A connector as the developer sets it up.
#[derive(Debug, Clone)]
pub struct ConnectorView {
    pub connector: Arc<Connector>,
    pub setting: ConnectorSetting,
    pub shared_available: bool,
    pub callback_url: String,
    /// What keeps customers from connecting, in words.
    pub missing: Vec<String>,
    pub webhook: WebhookAddress,
}

/// What the developer wants changed; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct SettingChange {
    pub enabled: Option<bool>,
    pub source: Option<CredentialSource>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    pub scopes: Option<Vec<String>>,
    /// Connection fields for every customer; all of them at once.
    pub fields: Option<Fields>,
    pub webhook_secret: Option<SecretChange>,
    /// Whose address the webhook secret is for; without one, that of all accounts.
    pub webhook_account: Option<AccountId>,
}

impl Core {
    /// The connector, or the API's answer for one that is not there.
    pub(crate) async fn connector(&self, ctx: &Ctx, slug: &str) -> Result<Arc<Connector>, Error> {
        let found = self.find_connector(&ctx.scope, slug).await?;
        Ok(found.ok_or_else(|| unknown_application(ctx, slug))?)
    }

    /// The connector as this environment knows it.
    pub(crate) async fn find_connector(
        &self,
        scope: &Scope,
        slug: &str,
    ) -> Result<Option<Arc<Connector>>, Error> {
        match self.catalog().get(slug) {
            Some(connector) => Ok(Some(Arc::clone(connector))),
            None => self.custom_connector(scope, slug).await,
        }
    }

    /// Every connector of the catalogue and every custom one, as this environment has set
    /// it up.
    pub async fn connectors(&self, ctx: &Ctx) -> Result<Vec<ConnectorView>, Error> {
        let mut stored = connector_setting::list(self.db(), &ctx.scope).await?;
        let custom = self.custom_connectors(&ctx.scope).await?;
        for known in &mut stored {
            let slug = &known.setting.slug;
            let custom = || custom.iter().find(|connector| connector.slug == *slug);
            if let Some(connector) = self.catalog().get(slug).or_else(custom) {
                self.mask_fields(&ctx.scope, connector, &mut known.setting)
                    .await?;
            }
        }
        let view = |connector: &Arc<Connector>| {
            let known = stored
                .iter()
                .find(|known| known.setting.slug == connector.slug);
            self.connector_view(ctx, connector, known.map(|known| known.setting.clone()))
        };
        // A slug that the catalogue has come to use since is the catalogue's.
        let custom = custom
            .iter()
            .filter(|connector| self.catalog().get(&connector.slug).is_none());
        let mut views: Vec<_> = self.catalog().iter().chain(custom).map(view).collect();
        views.sort_by(|a, b| a.connector.slug.cmp(&b.connector.slug));
        self.with_addresses(ctx, views).await
    }

    pub async fn connector_setting(&self, ctx: &Ctx, slug: &str) -> Result<ConnectorView, Error> {
        let connector = self.connector(ctx, slug).await?;
        let stored = connector_setting::find(self.db(), &ctx.scope, slug).await?;
        let mut setting = stored.map(|stored| stored.setting);
        if let Some(setting) = &mut setting {
            self.mask_fields(&ctx.scope, &connector, setting).await?;
        }
        let view = self.connector_view(ctx, &connector, setting);
        self.with_address(ctx, view).await
    }

    fn connector_view(
        &self,
        ctx: &Ctx,
        connector: &Arc<Connector>,
        setting: Option<ConnectorSetting>,
    ) -> ConnectorView {
        let mut setting = setting.unwrap_or_else(|| default_setting(connector, self.now()));
        let environment = ctx.scope.environment();
        let shared_available = environment == Environment::Test
            && self.settings().shared_clients.contains_key(&connector.slug);
        let mut missing = Vec::new();
        if !setting.enabled {
            missing.push("It is not enabled.".to_owned());
        }
        let unset = developer_fields(connector)
            .filter(|field| field.required && !setting.fields.contains_key(&field.name));
        missing.extend(unset.map(|field| {
            format!(
                "Set `fields.{}` ({}) in its settings.",
                field.name, field.label
            )
        }));
        let own = setting.source == CredentialSource::Own && setting.client_id.is_some();
        if connector.needs_client() && !own && !shared_available {
            missing.push(client_missing(connector, environment).message);
        }
        if connector.registers() && !own && !shared_available {
            setting.source = CredentialSource::Registered;
        }
        ConnectorView {
            callback_url: self.callback_url(&connector.slug),
            connector: Arc::clone(connector),
            setting,
            shared_available,
            missing,
            webhook: WebhookAddress::default(),
        }
    }

    /// Where providers send a customer's browser back to.
    pub fn callback_url(&self, slug: &str) -> String {
        let base = self
            .settings()
            .instance
            .public_url
            .as_str()
            .trim_end_matches('/')
            .to_owned();
        format!("{base}/api/v1/{slug}/callback")
    }

    /// The environment's setting, or what holds without one.
    pub(crate) async fn stored_setting(
        &self,
        scope: &Scope,
        connector: &Connector,
    ) -> Result<StoredSetting, Error> {
        let stored = connector_setting::find(self.db(), scope, &connector.slug).await?;
        Ok(stored.unwrap_or_else(|| StoredSetting {
            setting: default_setting(connector, self.now()),
            secret: None,
        }))
    }
}

pub(crate) fn is_enabled(connector: &Connector, setting: Option<&ConnectorSetting>) -> bool {
    setting.map_or(connector.instance, |setting| setting.enabled)
}

/// Without a row: the Playground is there to be tried at once, everything else
/// waits to be enabled.
fn default_setting(connector: &Connector, now: Timestamp) -> ConnectorSetting {
    ConnectorSetting {
        slug: connector.slug.clone(),
        source: CredentialSource::Shared,
        enabled: connector.instance,
        client_id: None,
        has_secret: false,
        scopes: Vec::new(),
        fields: Fields::new(),
        created_at: now,
        updated_at: now,
    }
}

fn unknown_application(ctx: &Ctx, slug: &str) -> Fault {
    Fault::not_found(
        FaultCode::ExternalApiFailure,
        format!(
            "Application with app_type '{slug}' not found for org {}",
            ctx.organization
        ),
    )
    .external()
}
