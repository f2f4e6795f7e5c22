//! Setting up a connector for one environment.

use trunnel_catalog::Connector;
use trunnel_model::audit::AuditAction;
use trunnel_model::connector_setting::{ConnectorSetting, CredentialSource};
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::secret::Secret;
use trunnel_model::text::check_label;
use trunnel_model::time::Timestamp;
use trunnel_store::audit;
use trunnel_store::connector_setting::{self, StoredSetting};
use trunnel_store::sealed::Place;

use super::{ConnectorView, SettingChange, default_setting};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::trigger::{SealedChange, check_secret};

impl Core {
    /// Changes one environment's setting; the other environment's is another row.
    pub async fn change_connector(
        &self,
        ctx: &Ctx,
        slug: &str,
        mut change: SettingChange,
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
        let resealed = match &mut change.fields {
            Some(fields) => {
                self.seal_fields(&ctx.scope, &connector, &sealer, fields)
                    .await?
            }
            None => None,
        };
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
                    if let Some(resealed) = &resealed {
                        resealed.write(tx, &scope).await?;
                    }
                    if let Some(change) = &webhook_secret {
                        change.write(tx, &scope).await?;
                    }
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(stored.setting)
                })
            })
            .await?;
        let mut saved = saved;
        self.mask_fields(&ctx.scope, &connector, &mut saved).await?;
        let view = self.connector_view(ctx, &connector, Some(saved));
        self.with_address(ctx, view).await
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

/// For the audit: which parts were changed. A field may hold a key of the developer's
/// with the provider, so only its name is said.
fn change_details(change: &SettingChange) -> String {
    let fields = change.fields.as_ref();
    let fields = fields.map(|fields| fields.keys().collect::<Vec<_>>());
    serde_json::json!({
        "enabled": change.enabled,
        "credential_source": change.source.map(CredentialSource::as_str),
        "client_id": change.client_id,
        "client_secret_changed": change.client_secret.is_some(),
        "webhook_secret_changed": change.webhook_secret.is_some(),
        "scopes": change.scopes,
        "fields_changed": fields,
    })
    .to_string()
}
