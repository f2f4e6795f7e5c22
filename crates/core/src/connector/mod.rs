//! The catalogue as one environment sees it: what is enabled, and with whose OAuth
//! client.

mod client;

use std::sync::Arc;

use trunnel_catalog::{Connector, Fields, check_developer_fields, developer_fields};
use trunnel_model::audit::AuditAction;
use trunnel_model::connection::Connection;
use trunnel_model::connector_setting::{ConnectorSetting, CredentialSource};
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::text::{AccountId, check_label};
use trunnel_model::time::Timestamp;
use trunnel_store::connector_setting::{self, StoredSetting};
use trunnel_store::sealed::Place;
use trunnel_store::{audit, connection};

pub(crate) use self::client::ChosenClient;
use self::client::client_missing;
use crate::Core;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::{Error, input_fault};
use crate::trigger::{SealedChange, SecretChange, WebhookAddress, check_secret};

/// A connector and what one account has of it.
#[derive(Debug, Clone)]
pub struct ApplicationView {
    pub connector: Arc<Connector>,
    pub connections: Vec<Connection>,
    /// The scopes that the environment has configured beside the mandatory ones.
    pub selected: Vec<String>,
    /// Where the provider's events about this account come in.
    pub webhook_url: Option<String>,
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

    /// The same for lists: a custom app that has to be corrected hides no other.
    async fn find_working(
        &self,
        scope: &Scope,
        slug: &str,
    ) -> Result<Option<Arc<Connector>>, Error> {
        match self.find_connector(scope, slug).await {
            Err(Error::Fault(_)) => Ok(None),
            found => found,
        }
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
        let mut enabled = self.enabled_connectors(scope, &settings).await?;
        enabled.retain(|connector| filter.matches(connector));
        let selected = |slug: &str| {
            let mut settings = settings.iter().map(|stored| &stored.setting);
            let found = settings.find(|setting| setting.slug == slug);
            found
                .map(|setting| setting.scopes.clone())
                .unwrap_or_default()
        };
        let of_app = |slug: &str| {
            let of_app = connections.iter().filter(|known| known.slug == slug);
            of_app.cloned().collect()
        };
        let mut visible = Vec::with_capacity(enabled.len());
        for connector in enabled {
            visible.push(ApplicationView {
                selected: selected(&connector.slug),
                webhook_url: self.account_webhook_url(caller, &connector).await?,
                connections: of_app(&connector.slug),
                connector,
            });
        }
        Ok(visible)
    }

    /// Sorted by slug; those that nobody has enabled are not even looked at.
    async fn enabled_connectors(
        &self,
        scope: &Scope,
        settings: &[StoredSetting],
    ) -> Result<Vec<Arc<Connector>>, Error> {
        let mut enabled: Vec<_> = self.catalog().of_instance().cloned().collect();
        enabled.retain(|connector| {
            let setting = settings.iter().find(|s| s.setting.slug == connector.slug);
            is_enabled(connector, setting.map(|stored| &stored.setting))
        });
        for stored in settings.iter().filter(|stored| stored.setting.enabled) {
            let slug = &stored.setting.slug;
            if enabled.iter().all(|known| known.slug != *slug) {
                enabled.extend(self.find_working(scope, slug).await?);
            }
        }
        enabled.sort_by(|a, b| a.slug.cmp(&b.slug));
        Ok(enabled)
    }

    /// One connector with what the account has of it; one that is not enabled does
    /// not exist for customers.
    pub async fn application(
        &self,
        caller: &AccountCtx,
        slug: &str,
    ) -> Result<ApplicationView, Error> {
        let connector = self.connector(&caller.ctx, slug).await?;
        self.require_account(caller).await?;
        let scope = &caller.ctx.scope;
        let stored = self.stored_setting(scope, &connector).await?;
        if !stored.setting.enabled {
            return Err(unknown_application(&caller.ctx, slug).into());
        }
        let connections = connection::of_account(self.db(), scope, &caller.account).await?;
        Ok(ApplicationView {
            webhook_url: self.account_webhook_url(caller, &connector).await?,
            connector,
            selected: stored.setting.scopes,
            connections: connections
                .into_iter()
                .filter(|known| known.slug == slug)
                .collect(),
        })
    }

    /// Every connector of the catalogue and every custom one, as this environment has set
    /// it up.
    pub async fn connectors(&self, ctx: &Ctx) -> Result<Vec<ConnectorView>, Error> {
        let stored = connector_setting::list(self.db(), &ctx.scope).await?;
        let view = |connector: &Arc<Connector>| {
            let known = stored
                .iter()
                .find(|known| known.setting.slug == connector.slug);
            self.connector_view(ctx, connector, known.map(|known| known.setting.clone()))
        };
        let custom = self.custom_connectors(&ctx.scope).await?;
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
        let view = self.connector_view(ctx, &connector, stored.map(|stored| stored.setting));
        self.with_address(ctx, view).await
    }

    /// Changes one environment's setting; the other environment's is another row.
    pub async fn change_connector(
        &self,
        ctx: &Ctx,
        slug: &str,
        change: SettingChange,
    ) -> Result<ConnectorView, Error> {
        let connector = self.connector(ctx, slug).await?;
        check_change(&connector, ctx.scope.environment(), &change)?;
        let now = self.now();
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let secret = change
            .client_secret
            .as_ref()
            .map(|secret| sealer.seal(Place::ConnectorSetting, slug, secret.expose()));
        let webhook_secret = change.webhook_secret.as_ref().map(|secret| {
            SealedChange::new(self, &sealer, slug, change.webhook_account.clone(), secret)
        });
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
                    if let Some(change) = &webhook_secret {
                        change.write(tx, &scope).await?;
                    }
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(stored.setting)
                })
            })
            .await?;
        let view = self.connector_view(ctx, &connector, Some(saved));
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
        fields: Fields::new(),
        created_at: now,
        updated_at: now,
    }
}

fn apply(setting: &mut ConnectorSetting, change: SettingChange, now: Timestamp) {
    // Whoever sets a client of their own means to use it.
    let implied = change.client_id.as_ref().map(|_| CredentialSource::Own);
    match change.source.or(implied) {
        // What registers itself does so where nothing is set; nothing is kept of it.
        Some(CredentialSource::Registered) => setting.source = CredentialSource::Shared,
        Some(source) => setting.source = source,
        None => {}
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
    if let Some(fields) = change.fields {
        setting.fields = fields;
    }
    setting.updated_at = now;
}

fn check_change(
    connector: &Connector,
    environment: Environment,
    change: &SettingChange,
) -> Result<(), Fault> {
    let scoped = connector
        .auth
        .iter()
        .any(trunnel_catalog::AuthOption::asks_consent);
    let oauth_only = [
        (
            "client_id",
            change.client_id.is_some(),
            connector.takes_client(),
        ),
        (
            "client_secret",
            change.client_secret.is_some(),
            connector.takes_client(),
        ),
        ("scopes", change.scopes.is_some(), scoped),
    ];
    let misplaced = oauth_only.iter().find(|(_, given, used)| *given && !*used);
    if let Some((field, ..)) = misplaced {
        let why = if connector.registers() {
            "registers a client with each server itself"
        } else {
            "does not use OAuth"
        };
        return Err(Fault::field(field, format!("{} {why}", connector.name)));
    }
    if change.source == Some(CredentialSource::Registered) && !connector.registers() {
        return Err(Fault::field(
            "credential_source",
            format!(
                "{} does not let clients register themselves",
                connector.name
            ),
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
        // A private key, with which OAuth 1.0a may sign, has lines.
        let is_pem = field == "client_secret" && text.starts_with("-----BEGIN ");
        let allowed = |c: char| !c.is_control() || (is_pem && (c == '\n' || c == '\r'));
        let broken = !text.chars().all(allowed);
        if text.trim().is_empty() || broken || check_label(text, 4096).is_err() {
            return Err(Fault::field(
                field,
                format!("`{field}` has 1 to 4096 characters, without control characters"),
            ));
        }
    }
    if let Some(secret) = &change.webhook_secret {
        check_secret(connector, secret)?;
    }
    if let Some(fields) = &change.fields {
        check_developer_fields(connector, fields).map_err(|faults| input_fault(&faults))?;
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
        "webhook_secret_changed": change.webhook_secret.is_some(),
        "scopes": change.scopes,
        "fields": change.fields,
    })
    .to_string()
}
