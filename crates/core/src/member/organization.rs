//! What owners and admins change about the organization and its apps.

use serde_json::{Map, Value, json};
use trunnel_model::app::App;
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_model::member::Organization;
use trunnel_store::{audit, member};

use super::{MemberCtx, checked_name};
use crate::Core;
use crate::error::Error;

/// What may be changed about a developer app.
#[derive(Debug, Clone, Default)]
pub struct AppChange {
    pub name: Option<String>,
    pub reveal_keys: Option<bool>,
}

impl Core {
    /// The caller's organization.
    pub async fn organization(&self, caller: &MemberCtx) -> Result<Organization, Error> {
        let found = member::organization(self.db(), &caller.organization).await?;
        found.ok_or_else(|| Error::Internal(format!("{} is not there", caller.organization)))
    }

    pub async fn rename_organization(
        &self,
        caller: &MemberCtx,
        name: &str,
    ) -> Result<Organization, Error> {
        let name = checked_name("name", name)?;
        let ctx = self.member_ctx(caller).await?;
        let details = json!({ "name": name });
        let subject = caller.organization.as_str();
        let entry = self.entry(&ctx, AuditAction::OrganizationUpdated, subject, &details);
        let organization = caller.organization.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    member::rename_organization(tx, &organization, &name).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.organization(caller).await
    }

    /// Whether every member needs an authenticator, from the next request on.
    pub async fn enforce_two_factor(
        &self,
        caller: &MemberCtx,
        enforce: bool,
    ) -> Result<Organization, Error> {
        let ctx = self.member_ctx(caller).await?;
        let details = json!({ "enforce_two_factor": enforce });
        let subject = caller.organization.as_str();
        let entry = self.entry(&ctx, AuditAction::PolicyUpdated, subject, &details);
        let organization = caller.organization.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    member::set_policy(tx, &organization, enforce).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.organization(caller).await
    }

    /// Changes an app of the organization; written down in both of its environments.
    pub async fn update_app(
        &self,
        caller: &MemberCtx,
        app: &str,
        change: AppChange,
    ) -> Result<App, Error> {
        let name = change.name.as_deref();
        let name = name.map(|name| checked_name("name", name)).transpose()?;
        let mut details = Map::new();
        if let Some(name) = &name {
            details.insert("name".to_owned(), json!(name));
        }
        if let Some(reveal) = change.reveal_keys {
            details.insert("reveal_keys".to_owned(), json!(reveal));
        }
        let nothing = details.is_empty();
        let details = Value::Object(details);
        let mut entries = Vec::with_capacity(Environment::ALL.len());
        for environment in Environment::ALL {
            let ctx = self.scoped_ctx(caller, app, environment.name()).await?;
            let subject = ctx.scope.app().as_str();
            let entry = self.entry(&ctx, AuditAction::AppUpdated, subject, &details);
            entries.push((ctx.scope, entry));
        }
        let id = entries[0].0.app().clone();
        if !nothing {
            let changed = id.clone();
            self.db()
                .write(move |tx| {
                    Box::pin(async move {
                        if let Some(name) = &name {
                            trunnel_store::app::rename(tx, &changed, name).await?;
                        }
                        if let Some(reveal) = change.reveal_keys {
                            trunnel_store::app::set_reveal_keys(tx, &changed, reveal).await?;
                        }
                        for (scope, entry) in &entries {
                            audit::add(tx, scope, entry).await?;
                        }
                        Ok::<_, Error>(())
                    })
                })
                .await?;
        }
        let found = trunnel_store::app::find(self.db(), &id).await?;
        found.ok_or_else(|| Error::Internal(format!("app {id} is not there")))
    }
}
