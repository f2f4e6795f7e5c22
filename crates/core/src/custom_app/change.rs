//! Changing a custom app.

use serde_json::{Map, Value};
use trunnel_catalog::Connector;
use trunnel_model::audit::AuditAction;
use trunnel_model::custom_connector::CustomConnector;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_store::{app, audit, custom_action, custom_connector};

use super::files::{check_description, check_name, compiled_action, connector_file};
use super::{CustomAppView, unknown};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// What the developer wants changed; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct CustomAppChange {
    pub name: Option<String>,
    pub description: Option<String>,
    /// The whole of it.
    pub connector: Option<Map<String, Value>>,
}

impl Core {
    /// # Errors
    /// 400 when an action of the app would no longer work.
    pub async fn change_custom_app(
        &self,
        ctx: &Ctx,
        slug: &str,
        change: CustomAppChange,
    ) -> Result<CustomAppView, Error> {
        let found = self.kept_connector(&ctx.scope, slug).await?;
        let known = found.ok_or_else(|| unknown(slug))?;
        let (changed, compiled) = changed(&known, change)?;
        self.check_actions(ctx, &compiled).await?;
        let now = self.now();
        let entry = ctx.audit(AuditAction::CustomAppUpdated, slug, now, self.chance());
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    app::lock_environment(tx, &scope).await?;
                    let slug = &changed.slug;
                    let latest = custom_connector::lock(tx, &scope, slug).await?;
                    let latest = latest.ok_or_else(|| unknown(slug))?;
                    if (&latest.id, latest.version) != (&known.id, known.version) {
                        return Err(meanwhile(slug).into());
                    }
                    let changed = CustomConnector {
                        version: latest.version + 1,
                        updated_at: now,
                        ..changed
                    };
                    custom_connector::put(tx, &scope, &changed).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.custom_app(ctx, slug).await
    }

    /// Whether every action of the app still stands on the connector as it will be.
    async fn check_actions(&self, ctx: &Ctx, connector: &Connector) -> Result<(), Error> {
        for action in custom_action::all(self.db(), &ctx.scope, &connector.slug).await? {
            let id = &action.entry.action_id;
            if let Err(errors) = compiled_action(connector, id, &action.file) {
                let first = errors.0.first();
                let why = first
                    .map(|error| error.message.as_str())
                    .unwrap_or_default();
                let message = format!(
                    "the action `{id}` would no longer work: {why}. Change or delete it first."
                );
                return Err(Fault::field("connector", message).into());
            }
        }
        Ok(())
    }
}

fn changed(
    known: &CustomConnector,
    change: CustomAppChange,
) -> Result<(CustomConnector, Connector), Error> {
    let edited = known.edited || change.connector.is_some();
    let name = change.name.unwrap_or_else(|| known.name.clone());
    let description = change
        .description
        .unwrap_or_else(|| known.description.clone());
    check_name(&name)?;
    check_description(&description)?;
    let given = match change.connector {
        Some(given) => given,
        None => file_of(known)?,
    };
    let (file, compiled) = connector_file(&known.slug, &name, &description, &given)?;
    let changed = CustomConnector {
        name,
        description,
        file,
        edited,
        ..known.clone()
    };
    Ok((changed, compiled))
}

pub(super) fn file_of(known: &CustomConnector) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(&known.file)
        .map_err(|error| Error::Internal(format!("custom app {}: {error}", known.slug)))
}

pub(super) fn meanwhile(slug: &str) -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        format!("`{slug}` was changed by somebody else meanwhile. Look at it and try again."),
    )
}
