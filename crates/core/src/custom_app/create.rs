//! A custom app from scratch.

use serde_json::{Map, Value};
use trunnel_model::audit::AuditAction;
use trunnel_model::custom_connector::{ConnectorSource, CustomConnector};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::CustomConnectorId;
use trunnel_store::{app, audit, custom_action, custom_connector};

use super::CustomAppView;
use super::files::{check_description, check_name, connector_file, slug_of};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

#[derive(Debug, Clone)]
pub struct NewCustomApp {
    pub name: String,
    /// Made from the name when there is none.
    pub slug: Option<String>,
    pub description: String,
    /// In the form of the catalogue's `connector.yaml`.
    pub connector: Map<String, Value>,
}

impl Core {
    /// # Errors
    /// 409 when the slug is taken.
    pub async fn create_custom_app(
        &self,
        ctx: &Ctx,
        new: NewCustomApp,
    ) -> Result<CustomAppView, Error> {
        check_name(&new.name)?;
        check_description(&new.description)?;
        let slug = match new.slug {
            Some(slug) => slug,
            None => slug_of(&new.name)?,
        };
        self.check_slug(&slug)?;
        let (file, _) = connector_file(&slug, &new.name, &new.description, &new.connector)?;
        let now = self.now();
        let written = CustomConnector {
            id: CustomConnectorId::new(now, self.chance()),
            slug: slug.clone(),
            name: new.name,
            description: new.description,
            file,
            source: ConnectorSource::Scratch,
            source_url: None,
            edited: true,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let entry = ctx.audit(AuditAction::CustomAppCreated, &slug, now, self.chance());
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    app::lock_environment(tx, &scope).await?;
                    let slug = &written.slug;
                    if custom_connector::lock(tx, &scope, slug).await?.is_some() {
                        return Err(taken(slug).into());
                    }
                    custom_connector::delete_setting(tx, &scope, slug).await?;
                    custom_action::delete_all(tx, &scope, slug).await?;
                    custom_connector::put(tx, &scope, &written).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.custom_app(ctx, &slug).await
    }
}

fn taken(slug: &str) -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        format!(
            "There is a custom app `{slug}` already. Change it with PUT, or choose another slug."
        ),
    )
    .with("field", "slug")
}
