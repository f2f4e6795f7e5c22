//! Apps and actions that a developer has written for an environment.
//!
//! They are kept as text in the form of the catalogue's files, and compiled when they
//! are asked for: see [`find`].

mod action;
mod change;
mod create;
mod fetch;
mod files;
mod find;
mod import;
mod kept;
mod merge;
mod remove;

use trunnel_model::custom_connector::CustomConnector;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_store::{connector_setting, custom_action, custom_connector};

use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

pub use change::CustomAppChange;
pub use create::NewCustomApp;
pub use fetch::{Fetched, fetch_document};
pub(crate) use files::can_be;
pub use files::slug_of;
pub use find::AppName;
pub use import::{Import, ImportFrom, ImportReport, ImportedApp};
pub(crate) use kept::Compiled;

/// A custom app as its developer sees it.
#[derive(Debug, Clone)]
pub struct CustomAppView {
    pub app: CustomConnector,
    pub enabled: bool,
    /// How many actions it has beside the built-in one.
    pub actions: i64,
    pub callback_url: String,
}

impl Core {
    /// The environment's custom apps, by slug.
    pub async fn custom_apps(&self, ctx: &Ctx) -> Result<Vec<CustomAppView>, Error> {
        let mut views = Vec::new();
        for app in custom_connector::list(self.db(), &ctx.scope).await? {
            views.push(self.custom_app_view(ctx, app).await?);
        }
        Ok(views)
    }

    pub async fn custom_app(&self, ctx: &Ctx, slug: &str) -> Result<CustomAppView, Error> {
        let found = self.kept_connector(&ctx.scope, slug).await?;
        let app = found.ok_or_else(|| unknown(slug))?;
        self.custom_app_view(ctx, app).await
    }

    async fn custom_app_view(
        &self,
        ctx: &Ctx,
        app: CustomConnector,
    ) -> Result<CustomAppView, Error> {
        let (db, scope) = (self.db(), &ctx.scope);
        let stored = connector_setting::find(db, scope, &app.slug).await?;
        Ok(CustomAppView {
            enabled: stored.is_some_and(|stored| stored.setting.enabled),
            actions: custom_action::count(db, scope, &app.slug).await?,
            callback_url: self.callback_url(&app.slug),
            app,
        })
    }
}

fn unknown(slug: &str) -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        format!("There is no custom app `{slug}` in this environment."),
    )
    .with("slug", slug)
}
