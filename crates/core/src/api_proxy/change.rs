//! Making, changing and removing proxies.

use serde_json::{Map, Value};
use trunnel_model::api_proxy::ApiProxy;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ApiProxyId;
use trunnel_model::text::check_label;
use trunnel_store::api_proxy::{self, StoredProxy};
use trunnel_store::audit;
use trunnel_store::sealed::Place;

use super::definition::Definition;
use super::{ApiProxyView, is_action_id, not_found};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::vault::Sealer;

/// More would make their list no list.
const MOST: i64 = 500;

/// The longest definition, as JSON.
const LONGEST: usize = 256 * 1024;

const LONGEST_ACTION_ID: usize = 100;

/// What the developer wants set; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ApiProxyChange {
    pub name: Option<String>,
    pub action_id: Option<String>,
    pub description: Option<String>,
    /// Of `fields`, `request` and `options`, each as a whole.
    pub definition: Map<String, Value>,
}

impl Core {
    pub async fn create_api_proxy(
        &self,
        ctx: &Ctx,
        change: ApiProxyChange,
    ) -> Result<ApiProxyView, Error> {
        let name = change.name.clone().filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| {
            Fault::bad_request(FaultCode::MissingRequiredField, "`name` is required")
                .with("field", "name")
        })?;
        let now = self.now();
        let mut view = ApiProxyView {
            proxy: ApiProxy {
                id: ApiProxyId::new(now, self.chance()),
                action_id: derived(&name),
                name,
                description: String::new(),
                version: 0,
                created_at: now,
                updated_at: now,
            },
            definition: Map::new(),
        };
        apply(&mut view, change);
        check(&view)?;
        let stored = stored(&self.vault().sealer(&ctx.scope).await?, &view);
        let (action, id) = (AuditAction::ApiProxyCreated, view.proxy.id.as_str());
        let entry = ctx.audit(action, id, now, self.chance());
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    trunnel_store::app::lock_environment(tx, &scope).await?;
                    if api_proxy::count(tx, &scope).await? >= MOST {
                        return Err(Error::from(too_many()));
                    }
                    if !api_proxy::add(tx, &scope, &stored).await? {
                        return Err(taken(&stored.proxy.action_id).into());
                    }
                    audit::add(tx, &scope, &entry).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(view)
    }

    pub async fn change_api_proxy(
        &self,
        ctx: &Ctx,
        id: &str,
        change: ApiProxyChange,
    ) -> Result<ApiProxyView, Error> {
        let known = self.found(ctx, id).await?.proxy.id;
        self.vault().learn(&ctx.scope).await?;
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let now = self.now();
        let (action, subject) = (AuditAction::ApiProxyUpdated, known.as_str());
        let entry = ctx.audit(action, subject, now, self.chance());
        let (core, scope) = (self.clone(), ctx.scope.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    trunnel_store::app::lock_environment(tx, &scope).await?;
                    let found = api_proxy::lock(tx, &scope, &known).await?;
                    let StoredProxy { proxy, definition } =
                        found.ok_or_else(|| not_found(known.as_str()))?;
                    let opened = core.vault().open_now(
                        &scope,
                        Place::ApiProxy,
                        known.as_str(),
                        &definition,
                    )?;
                    let definition = serde_json::from_str(opened.expose())
                        .map_err(|error| Error::Internal(format!("API proxy {known}: {error}")))?;
                    let mut view = ApiProxyView { proxy, definition };
                    apply(&mut view, change);
                    check(&view)?;
                    view.proxy.version += 1;
                    view.proxy.updated_at = now;
                    if api_proxy::is_taken(tx, &scope, &view.proxy.action_id, &known).await? {
                        return Err(taken(&view.proxy.action_id).into());
                    }
                    api_proxy::update(tx, &scope, &stored(&sealer, &view)).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(view)
                })
            })
            .await
    }

    pub async fn delete_api_proxy(&self, ctx: &Ctx, id: &str) -> Result<(), Error> {
        let known = self.found(ctx, id).await?.proxy.id;
        let now = self.now();
        let (action, subject) = (AuditAction::ApiProxyDeleted, known.as_str());
        let entry = ctx.audit(action, subject, now, self.chance());
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let found = api_proxy::lock(tx, &scope, &known).await?;
                    found.ok_or_else(|| not_found(known.as_str()))?;
                    api_proxy::delete(tx, &scope, &known).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}

fn apply(view: &mut ApiProxyView, change: ApiProxyChange) {
    let proxy = &mut view.proxy;
    if let Some(name) = change.name {
        proxy.name = name;
    }
    if let Some(action_id) = change.action_id {
        proxy.action_id = action_id;
    }
    if let Some(description) = change.description {
        proxy.description = description;
    }
    view.definition.extend(change.definition);
}

fn check(view: &ApiProxyView) -> Result<(), Fault> {
    let proxy = &view.proxy;
    if proxy.name.trim().is_empty() || check_label(&proxy.name, 255).is_err() {
        return Err(Fault::field("name", "`name` has 1 to 255 characters"));
    }
    if check_label(&proxy.description, 5000).is_err() {
        return Err(Fault::field(
            "description",
            "`description` has at most 5000 characters",
        ));
    }
    if !is_action_id(&proxy.action_id) {
        let message = "`action_id` has 1 to 100 letters, digits, `_`, `-` and `.`";
        return Err(Fault::field("action_id", message));
    }
    if Value::Object(view.definition.clone()).to_string().len() > LONGEST {
        return Err(Fault::field("request", "an API proxy has at most 256 KiB"));
    }
    Definition::read(&view.definition).map(|_| ())
}

fn stored(sealer: &Sealer, view: &ApiProxyView) -> StoredProxy {
    let text = Value::Object(view.definition.clone()).to_string();
    StoredProxy {
        definition: sealer.seal(Place::ApiProxy, view.proxy.id.as_str(), &text),
        proxy: view.proxy.clone(),
    }
}

/// An action id that a name suggests.
fn derived(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let id: String = words.join("_").chars().take(LONGEST_ACTION_ID).collect();
    if id.is_empty() {
        "action".to_owned()
    } else {
        id
    }
}

fn taken(action_id: &str) -> Fault {
    let message = format!("An API proxy with the action id `{action_id}` exists already.");
    Fault::new(409, FaultCode::Conflict, message).with("field", "action_id")
}

fn too_many() -> Fault {
    let message = format!("An environment has at most {MOST} API proxies. Delete one first.");
    Fault::new(409, FaultCode::Conflict, message)
}
