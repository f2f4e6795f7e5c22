//! Developer apps: creation, and what the instance knows of them.

use trunnel_model::app::App;
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{AppId, OrganizationId};
use trunnel_model::scope::Scope;
use trunnel_model::text::check_label;
use trunnel_store::sealed::Place;
use trunnel_store::{api_key, audit, data_key};

use crate::Core;
use crate::api_key::{NewKey, make_key};
use crate::ctx::{Actor, Ctx};
use crate::error::Error;
use crate::session::SIGNING_KEY;

/// A new app and its keys, in the clear for the only time.
pub struct CreatedApp {
    pub app: App,
    pub keys: [NewKey; 2],
}

/// What one environment starts with.
struct Start {
    ctx: Ctx,
    data_key: data_key::StoredDataKey,
    signing_key: trunnel_store::sealed::Sealed,
    key: NewKey,
}

/// The fact that the instance has its first app.
const FIRST_APP: &str = "first_app";

impl Core {
    /// Creates the app that a fresh instance starts with, unless it has one. Of
    /// several nodes that start at once, one creates it.
    pub async fn create_first_app(&self) -> Result<Option<CreatedApp>, Error> {
        if !self.apps().await?.is_empty() {
            return Ok(None);
        }
        let created = self.create("My app", None, true).await;
        match created {
            Err(Error::Fault(fault)) if fault.code == FaultCode::Conflict => Ok(None),
            created => created.map(Some),
        }
    }

    /// Creates an app with both environments, each with its data key, its signing
    /// key and its API key; in a new organization unless one is given.
    pub async fn create_app(
        &self,
        name: &str,
        organization: Option<OrganizationId>,
    ) -> Result<CreatedApp, Error> {
        self.create(name, organization, false).await
    }

    async fn create(
        &self,
        name: &str,
        organization: Option<OrganizationId>,
        first: bool,
    ) -> Result<CreatedApp, Error> {
        let name = name.trim();
        check_label(name, 200)
            .map_err(|error| Fault::field("name", format!("`name` has {error}")))?;
        if name.is_empty() {
            return Err(
                Fault::bad_request(FaultCode::MissingRequiredField, "`name` is required")
                    .with("field", "name")
                    .into(),
            );
        }
        let now = self.now();
        let new_organization = organization.is_none();
        let app = App {
            id: AppId::new(now, self.chance()),
            organization: organization.unwrap_or_else(|| OrganizationId::new(now, self.chance())),
            name: name.to_owned(),
            reveal_keys: true,
            created_at: now,
        };
        let starts = Environment::ALL.map(|environment| self.start(&app, environment));
        let keys = [starts[0].key.clone(), starts[1].key.clone()];
        let (stored, chance) = (app.clone(), self.chance_handle());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let id = stored.id.as_str();
                    if first && !trunnel_store::app::claim_fact(tx, FIRST_APP, id).await? {
                        let why = "The instance has its first app already.";
                        return Err(Fault::new(409, FaultCode::Conflict, why).into());
                    }
                    if new_organization {
                        let organization = &stored.organization;
                        trunnel_store::app::add_organization(tx, organization, &stored.name, now)
                            .await?;
                    }
                    trunnel_store::app::add(tx, &stored).await?;
                    for start in &starts {
                        let scope = &start.ctx.scope;
                        data_key::add(tx, scope, &start.data_key).await?;
                        let signing = &start.signing_key;
                        trunnel_store::app::add_secret(tx, scope, SIGNING_KEY, signing).await?;
                        api_key::add(tx, scope, &start.key.stored()).await?;
                        for (action, subject) in [
                            (AuditAction::AppCreated, stored.id.as_str()),
                            (AuditAction::ApiKeyCreated, start.key.id.as_str()),
                        ] {
                            let entry = start.ctx.audit(action, subject, now, &*chance);
                            audit::add(tx, scope, &entry).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
            .map_err(|error: Error| error)?;
        Ok(CreatedApp { app, keys })
    }

    fn start(&self, app: &App, environment: Environment) -> Start {
        let scope = Scope::verified(app.id.clone(), environment);
        let (data_key, sealer) = self.vault().new_data_key(&scope);
        let signing_key = trunnel_model::chance::secret_text(self.chance());
        Start {
            signing_key: sealer.seal(Place::EnvironmentSecret, SIGNING_KEY, &signing_key),
            key: make_key(&sealer, environment, self.now(), self.chance()),
            data_key,
            ctx: Ctx {
                scope,
                organization: app.organization.clone(),
                actor: Actor::CommandLine,
                address: None,
            },
        }
    }

    /// Whether the app's keys may be seen again after they were made. Holds at once,
    /// on every node; written into the audit of both environments.
    ///
    /// # Errors
    /// When there is no such app.
    pub async fn set_reveal_keys(&self, app: &AppId, reveal: bool) -> Result<(), Error> {
        let mut entries = Vec::with_capacity(Environment::ALL.len());
        for environment in Environment::ALL {
            let ctx = self.command_line_ctx(app, environment).await?;
            let now = self.now();
            let mut entry = ctx.audit(AuditAction::AppUpdated, app.as_str(), now, self.chance());
            entry.details = format!("{{\"reveal_keys\":{reveal}}}");
            entries.push((ctx.scope, entry));
        }
        let app = app.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if !trunnel_store::app::set_reveal_keys(tx, &app, reveal).await? {
                        return Err(no_app(&app).into());
                    }
                    for (scope, entry) in &entries {
                        audit::add(tx, scope, entry).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    pub async fn apps(&self) -> Result<Vec<App>, Error> {
        Ok(trunnel_store::app::list(self.db()).await?)
    }

    /// A context for the command line, which is trusted with the data directory.
    ///
    /// # Errors
    /// When there is no such app.
    pub async fn command_line_ctx(
        &self,
        app: &AppId,
        environment: Environment,
    ) -> Result<Ctx, Error> {
        let app = trunnel_store::app::find(self.db(), app)
            .await?
            .ok_or_else(|| no_app(app))?;
        Ok(Ctx {
            scope: Scope::verified(app.id, environment),
            organization: app.organization,
            actor: Actor::CommandLine,
            address: None,
        })
    }

    /// The organization an app belongs to.
    pub(crate) async fn organization_of(&self, app: &AppId) -> Result<OrganizationId, Error> {
        let found = self.find_organization_of(app).await?;
        found.ok_or_else(|| Error::Internal(format!("app {app} is not there")))
    }

    /// The same for an app that may not be there. It never changes, so it is kept.
    pub(crate) async fn find_organization_of(
        &self,
        app: &AppId,
    ) -> Result<Option<OrganizationId>, Error> {
        if let Some(known) = self.organizations().read().get(app) {
            return Ok(Some(known.clone()));
        }
        let Some(found) = trunnel_store::app::find(self.db(), app).await? else {
            return Ok(None);
        };
        self.organizations()
            .write()
            .insert(app.clone(), found.organization.clone());
        Ok(Some(found.organization))
    }
}

fn no_app(app: &AppId) -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        format!("There is no app {app}."),
    )
}
