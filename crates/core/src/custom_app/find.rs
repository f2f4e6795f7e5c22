//! From what is kept to what can be called.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunnel_catalog::custom::{compile_action, compile_connector};
use trunnel_catalog::{Action, Connector, LoadErrors};
use trunnel_model::custom_connector::{CustomAction, CustomConnector};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::scope::Scope;
use trunnel_store::{custom_action, custom_connector};

use super::files::can_be;
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// What an app is called, for lists of connections.
#[derive(Debug, Clone)]
pub struct AppName {
    pub name: String,
    pub custom: bool,
}

impl Core {
    /// The custom app as a connector, with the built-in action only; its own ones are
    /// found one by one.
    pub(crate) async fn custom_connector(
        &self,
        scope: &Scope,
        slug: &str,
    ) -> Result<Option<Arc<Connector>>, Error> {
        match self.kept_connector(scope, slug).await? {
            Some(kept) => Ok(Some(self.compiled_connector(scope, &kept)?)),
            None => Ok(None),
        }
    }

    pub(super) async fn kept_connector(
        &self,
        scope: &Scope,
        slug: &str,
    ) -> Result<Option<CustomConnector>, Error> {
        if !can_be(slug) {
            return Ok(None);
        }
        Ok(custom_connector::find(self.db(), scope, slug).await?)
    }

    pub(super) async fn kept_action(
        &self,
        scope: &Scope,
        slug: &str,
        id: &str,
    ) -> Result<Option<CustomAction>, Error> {
        if !can_be(id) {
            return Ok(None);
        }
        Ok(custom_action::find(self.db(), scope, slug, id).await?)
    }

    /// The connector for ending what was made with it, be the app deleted or not.
    pub(crate) async fn connector_for_revocation(
        &self,
        scope: &Scope,
        slug: &str,
    ) -> Result<Option<Arc<Connector>>, Error> {
        if let Some(found) = self.catalog().get(slug) {
            return Ok(Some(Arc::clone(found)));
        }
        match custom_connector::find_any(self.db(), scope, slug).await? {
            Some(kept) => Ok(Some(self.compiled_connector(scope, &kept)?)),
            None => Ok(None),
        }
    }

    /// The environment's custom apps that work, by slug.
    pub(crate) async fn custom_connectors(
        &self,
        scope: &Scope,
    ) -> Result<Vec<Arc<Connector>>, Error> {
        let kept = custom_connector::list(self.db(), scope).await?;
        let compiled = kept.iter().map(|kept| self.compiled_connector(scope, kept));
        // One that does not work says so when it is asked for, and hides no other.
        Ok(compiled.filter_map(Result::ok).collect())
    }

    fn compiled_connector(
        &self,
        scope: &Scope,
        kept: &CustomConnector,
    ) -> Result<Arc<Connector>, Fault> {
        let name = (scope.clone(), kept.slug.clone(), String::new());
        let stamp = format!("{}:{}", kept.id, kept.version);
        let shelf = &self.compiled().connectors;
        if let Some(known) = shelf.get(&name, &stamp) {
            return Ok(known);
        }
        let compiled = compile_connector(&kept.slug, &kept.file)
            .map_err(|errors| outdated(&format!("The custom app `{}`", kept.slug), &errors))?;
        let compiled = Arc::new(compiled);
        shelf.put(name, stamp, Arc::clone(&compiled), kept.file.len());
        Ok(compiled)
    }

    /// An action that the developer has put beside the connector's own.
    pub(crate) async fn custom_action(
        &self,
        scope: &Scope,
        connector: &Connector,
        id: &str,
    ) -> Result<Option<Arc<Action>>, Error> {
        let found = self.kept_action(scope, &connector.slug, id).await?;
        Ok(found
            .map(|kept| self.compiled_action(scope, connector, &kept))
            .transpose()?)
    }

    fn compiled_action(
        &self,
        scope: &Scope,
        connector: &Connector,
        kept: &CustomAction,
    ) -> Result<Arc<Action>, Fault> {
        let entry = &kept.entry;
        let name = (
            scope.clone(),
            connector.slug.clone(),
            entry.action_id.clone(),
        );
        let stamp = format!("{}:{}", entry.id, entry.version);
        let shelf = &self.compiled().actions;
        if let Some(known) = shelf.get(&name, &stamp) {
            return Ok(known);
        }
        let compiled = compile_action(connector, &entry.action_id, &kept.file)
            .map_err(|errors| outdated(&format!("The action `{}`", entry.action_id), &errors))?;
        let compiled = Arc::new(compiled);
        shelf.put(name, stamp, Arc::clone(&compiled), kept.file.len());
        Ok(compiled)
    }

    /// What these apps are called; those that are no longer there are left out.
    pub async fn app_names<'a>(
        &self,
        ctx: &Ctx,
        slugs: impl Iterator<Item = &'a str> + Send,
    ) -> Result<BTreeMap<String, AppName>, Error> {
        let mut names = BTreeMap::new();
        let mut others = false;
        for slug in slugs {
            match self.catalog().get(slug) {
                Some(connector) => {
                    let name = connector.name.clone();
                    names.insert(
                        slug.to_owned(),
                        AppName {
                            name,
                            custom: false,
                        },
                    );
                }
                None => others = true,
            }
        }
        if others {
            for app in custom_connector::list(self.db(), &ctx.scope).await? {
                let name = app.name;
                let named = AppName { name, custom: true };
                names.entry(app.slug).or_insert(named);
            }
        }
        Ok(names)
    }
}

/// It was accepted once, and a newer version of this server reads it otherwise.
fn outdated(what: &str, errors: &LoadErrors) -> Fault {
    let first = errors.0.first();
    let why = first.map(|error| {
        let field = error.field.as_deref().unwrap_or_default();
        format!("{field} {}", error.message)
    });
    Fault::new(
        409,
        FaultCode::Conflict,
        format!(
            "{what} has to be corrected and saved again: {}.",
            why.unwrap_or_default().trim()
        ),
    )
}
