//! The catalogue as one environment sees it: what is enabled, and with whose OAuth
//! client.

mod client;

use std::sync::Arc;

use trunnel_catalog::Connector;
use trunnel_model::audit::AuditAction;
use trunnel_model::connection::Connection;
use trunnel_model::connector_setting::{ConnectorSetting, CredentialSource};
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::text::check_label;
use trunnel_model::time::Timestamp;
use trunnel_store::connector_setting::{self, StoredSetting};
use trunnel_store::sealed::Place;
use trunnel_store::{audit, connection};

use self::client::client_missing;
use crate::Core;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::Error;

/// A connector and what one account has of it.
#[derive(Debug, Clone)]
pub struct ApplicationView {
    pub connector: Arc<Connector>,
    pub connections: Vec<Connection>,
}

/// Which applications a list shows.
#[derive(Debug, Clone, Default)]
pub struct ApplicationFilter {
    pub tag: Option<String>,
    pub auth_type: Option<String>,
}

/// A connector as the developer sets it up.
#[derive(Debug, Clone)]
pub struct ConnectorView {
    pub connector: Arc<Connector>,
    pub setting: ConnectorSetting,
    pub shared_available: bool,
    pub callback_url: String,
    /// What keeps customers from connecting, in words.
    pub missing: Vec<String>,
}

/// What the developer wants changed; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct SettingChange {
    pub enabled: Option<bool>,
    pub source: Option<CredentialSource>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    pub scopes: Option<Vec<String>>,
}

impl Core {
    /// The connector, or the API's answer for one that is not there.
    pub(crate) fn connector(&self, ctx: &Ctx, slug: &str) -> Result<Arc<Connector>, Fault> {
        let found = self.catalog().get(slug).cloned();
        found.ok_or_else(|| unknown_application(ctx, slug))
    }

    /// The enabled connectors with what the account has of each.
    pub async fn applications(
        &self,
        caller: &AccountCtx,
        filter: &ApplicationFilter,
    ) -> Result<Vec<ApplicationView>, Error> {
        self.require_account(caller).await?;
        let scope = &caller.ctx.scope;
        let settings = connector_setting::list(self.db(), scope).await?;
        let connections = connection::of_account(self.db(), scope, &caller.account).await?;
        let enabled = |connector: &&Arc<Connector>| {
            let stored = settings
                .iter()
                .find(|stored| stored.setting.slug == connector.slug);
            is_enabled(connector, stored.map(|stored| &stored.setting))
        };
        let visible = self
            .catalog()
            .iter()
            .filter(enabled)
            .filter(|connector| filter.matches(connector))
            .map(|connector| ApplicationView {
                connector: Arc::clone(connector),
                connections: connections
                    .iter()
                    .filter(|connection| connection.slug == connector.slug)
                    .cloned()
                    .collect(),
            });
        Ok(visible.collect())
    }

    /// One connector with what the account has of it; one that is not enabled does
    /// not exist for customers.
    pub async fn application(
        &self,
        caller: &AccountCtx,
        slug: &str,
    ) -> Result<ApplicationView, Error> {
        let connector = self.connector(&caller.ctx, slug)?;
        self.require_account(caller).await?;
        let scope = &caller.ctx.scope;
        let stored = self.stored_setting(scope, &connector).await?;
        if !stored.setting.enabled {
            return Err(unknown_application(&caller.ctx, slug).into());
        }
        let connections = connection::of_account(self.db(), scope, &caller.account).await?;
        Ok(ApplicationView {
            connector,
            connections: connections
                .into_iter()
                .filter(|known| known.slug == slug)
                .collect(),
        })
    }

    /// Every connector of the catalogue as this environment has set it up.
    pub async fn connectors(&self, ctx: &Ctx) -> Result<Vec<ConnectorView>, Error> {
        let stored = connector_setting::list(self.db(), &ctx.scope).await?;
        let view = |connector: &Arc<Connector>| {
            let known = stored
                .iter()
                .find(|known| known.setting.slug == connector.slug);
            self.connector_view(ctx, connector, known.map(|known| known.setting.clone()))
        };
        Ok(self.catalog().iter().map(view).collect())
    }

    pub async fn connector_setting(&self, ctx: &Ctx, slug: &str) -> Result<ConnectorView, Error> {
        let connector = self.connector(ctx, slug)?;
        let stored = connector_setting::find(self.db(), &ctx.scope, slug).await?;
        Ok(self.connector_view(ctx, &connector, stored.map(|stored| stored.setting)))
    }

    /// Changes one environment's setting; the other environment's is another row.
    pub async fn change_connector(
        &self,
        ctx: &Ctx,
        slug: &str,
        change: SettingChange,
    ) -> Result<ConnectorView, Error> {
        let connector = self.connector(ctx, slug)?;
        check_change(&connector, ctx.scope.environment(), &change)?;
        let now = self.now();
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let secret = change
            .client_secret
            .as_ref()
            .map(|secret| sealer.seal(Place::ConnectorSetting, slug, secret.expose()));
        let mut entry = ctx.audit(AuditAction::ConnectorUpdated, slug, now, self.chance());
        entry.details = change_details(&change);
        let (scope, fresh) = (ctx.scope.clone(), default_setting(&connector, now));
        let saved = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    // The row may not be there yet, so there is nothing else to lock.
                    trunnel_store::app::lock_environment(tx, &scope).await?;
                    let known = connector_setting::lock(tx, &scope, &fresh.slug).await?;
                    let mut stored = known.unwrap_or(StoredSetting {
                        setting: fresh,
                        secret: None,
                    });
                    apply(&mut stored.setting, change, now);
                    stored.secret = secret.or(stored.secret);
                    stored.setting.has_secret = stored.secret.is_some();
                    check_complete(&stored.setting)?;
                    connector_setting::put(tx, &scope, &stored).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(stored.setting)
                })
            })
            .await?;
        Ok(self.connector_view(ctx, &connector, Some(saved)))
    }

    fn connector_view(
        &self,
        ctx: &Ctx,
        connector: &Arc<Connector>,
        setting: Option<ConnectorSetting>,
    ) -> ConnectorView {
        let setting = setting.unwrap_or_else(|| default_setting(connector, self.now()));
        let environment = ctx.scope.environment();
        let shared_available = environment == Environment::Test
            && self.settings().shared_clients.contains_key(&connector.slug);
        let mut missing = Vec::new();
        if !setting.enabled {
            missing.push("It is not enabled.".to_owned());
        }
        let own = setting.source == CredentialSource::Own && setting.client_id.is_some();
        if connector.oauth2.is_some() && !own && !shared_available {
            missing.push(client_missing(connector, environment).message);
        }
        ConnectorView {
            callback_url: self.callback_url(&connector.slug),
            connector: Arc::clone(connector),
            setting,
            shared_available,
            missing,
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

impl ApplicationFilter {
    fn matches(&self, connector: &Connector) -> bool {
        let tagged = self
            .tag
            .as_ref()
            .is_none_or(|tag| connector.categories.contains(tag));
        let typed = self.auth_type.as_ref().is_none_or(|wanted| {
            connector
                .auth_types()
                .iter()
                .any(|offered| offered.as_str() == wanted)
        });
        tagged && typed
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
        created_at: now,
        updated_at: now,
    }
}

fn apply(setting: &mut ConnectorSetting, change: SettingChange, now: Timestamp) {
    // Whoever sets a client of their own means to use it.
    let implied = change.client_id.as_ref().map(|_| CredentialSource::Own);
    if let Some(source) = change.source.or(implied) {
        setting.source = source;
    }
    if let Some(enabled) = change.enabled {
        setting.enabled = enabled;
    }
    if let Some(client_id) = change.client_id {
        setting.client_id = Some(client_id);
    }
    if let Some(scopes) = change.scopes {
        setting.scopes = scopes;
    }
    setting.updated_at = now;
}

fn check_change(
    connector: &Connector,
    environment: Environment,
    change: &SettingChange,
) -> Result<(), Fault> {
    let oauth_only = [
        ("client_id", change.client_id.is_some()),
        ("client_secret", change.client_secret.is_some()),
        ("scopes", change.scopes.is_some()),
    ];
    if connector.oauth2.is_none()
        && let Some((field, _)) = oauth_only.iter().find(|(_, given)| *given)
    {
        return Err(Fault::field(
            field,
            format!("{} does not use OAuth", connector.name),
        ));
    }
    if change.source == Some(CredentialSource::Shared) && environment == Environment::Live {
        return Err(Fault::field(
            "credential_source",
            "Shared credentials exist only in test. Set your own client id and secret for live.",
        ));
    }
    for (field, text) in [
        ("client_id", change.client_id.as_deref()),
        (
            "client_secret",
            change.client_secret.as_ref().map(Secret::expose),
        ),
    ] {
        let Some(text) = text else { continue };
        let broken = text.chars().any(char::is_control);
        if text.trim().is_empty() || broken || check_label(text, 4096).is_err() {
            return Err(Fault::field(
                field,
                format!("`{field}` has 1 to 4096 characters, without control characters"),
            ));
        }
    }
    let bad = |scope: &&String| scope.trim().is_empty() || check_label(scope, 500).is_err();
    let scopes = change.scopes.iter().flatten();
    if scopes.clone().count() > 200 || scopes.clone().any(|scope| bad(&scope)) {
        return Err(Fault::field(
            "scopes",
            "`scopes` is a list of at most 200 texts, each with 1 to 500 characters",
        ));
    }
    Ok(())
}

fn check_complete(setting: &ConnectorSetting) -> Result<(), Fault> {
    if setting.source == CredentialSource::Own && setting.client_id.is_none() {
        return Err(Fault::bad_request(
            FaultCode::MissingRequiredField,
            "`client_id` is required when your own credentials are used",
        )
        .with("field", "client_id"));
    }
    Ok(())
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

/// For the audit: which parts were changed, never a secret.
fn change_details(change: &SettingChange) -> String {
    serde_json::json!({
        "enabled": change.enabled,
        "credential_source": change.source.map(CredentialSource::as_str),
        "client_id": change.client_id,
        "client_secret_changed": change.client_secret.is_some(),
        "scopes": change.scopes,
    })
    .to_string()
}
