//! The enabled connectors, as one account sees them.

use std::sync::Arc;

use trunnel_catalog::Connector;
use trunnel_model::connection::Connection;
use trunnel_model::scope::Scope;
use trunnel_store::connection;
use trunnel_store::connector_setting::{self, StoredSetting};

use super::{is_enabled, unknown_application};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;

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

impl Core {
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
