//! A developer's own actions, on an app of theirs or beside those of the catalogue's.

use std::sync::Arc;

use serde_json::{Map, Value};
use trunnel_catalog::Connector;
use trunnel_model::audit::AuditAction;
use trunnel_model::custom_connector::{ActionSource, CustomAction, CustomActionEntry};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::CustomActionId;
use trunnel_model::time::Timestamp;
use trunnel_store::{app, audit, custom_action};

use super::files::{Action, action_file};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

impl Core {
    /// The developer's own actions on this connector, by id.
    pub async fn custom_actions(
        &self,
        ctx: &Ctx,
        slug: &str,
    ) -> Result<Vec<CustomActionEntry>, Error> {
        self.connector(ctx, slug).await?;
        Ok(custom_action::list(self.db(), &ctx.scope, slug).await?)
    }

    pub async fn own_action(&self, ctx: &Ctx, slug: &str, id: &str) -> Result<CustomAction, Error> {
        self.connector(ctx, slug).await?;
        let found = self.kept_action(&ctx.scope, slug, id).await?;
        Ok(found.ok_or_else(|| no_action(slug, id))?)
    }

    /// # Errors
    /// 409 when the connector has an action of that id.
    pub async fn create_custom_action(
        &self,
        ctx: &Ctx,
        slug: &str,
        given: &Map<String, Value>,
    ) -> Result<CustomAction, Error> {
        let (_, action) = self.checked_action(ctx, slug, given).await?;
        let now = self.now();
        let written = self.first_version(action, ActionSource::Own, now);
        let subject = format!("{slug}/{}", written.entry.action_id);
        let entry = ctx.audit(
            AuditAction::CustomActionCreated,
            subject,
            now,
            self.chance(),
        );
        let (scope, slug) = (ctx.scope.clone(), slug.to_owned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    app::lock_environment(tx, &scope).await?;
                    let known = custom_action::lock(tx, &scope, &slug, &written.entry.action_id);
                    if known.await?.is_some() {
                        return Err(taken(&written.entry.action_id).into());
                    }
                    custom_action::put(tx, &scope, &slug, &written).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(written)
                })
            })
            .await
    }

    /// Replaces the action. One that came with an import is the developer's from now on.
    pub async fn change_custom_action(
        &self,
        ctx: &Ctx,
        slug: &str,
        id: &str,
        given: &Map<String, Value>,
    ) -> Result<CustomAction, Error> {
        let mut given = given.clone();
        let named = given.entry("id").or_insert_with(|| id.into());
        if named.as_str().is_some_and(|named| named != id) {
            let message = format!("`id` is `{id}` and cannot be changed; make another action");
            return Err(Fault::field("id", message).into());
        }
        let (_, action) = self.checked_action(ctx, slug, &given).await?;
        let now = self.now();
        let subject = format!("{slug}/{id}");
        let entry = ctx.audit(
            AuditAction::CustomActionUpdated,
            subject,
            now,
            self.chance(),
        );
        let (scope, slug) = (ctx.scope.clone(), slug.to_owned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let known = custom_action::lock(tx, &scope, &slug, &action.id).await?;
                    let known = known.ok_or_else(|| no_action(&slug, &action.id))?;
                    let written = next_version(known.entry, action, ActionSource::Own, now);
                    custom_action::put(tx, &scope, &slug, &written).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(written)
                })
            })
            .await
    }

    pub async fn delete_custom_action(&self, ctx: &Ctx, slug: &str, id: &str) -> Result<(), Error> {
        self.own_action(ctx, slug, id).await?;
        let subject = format!("{slug}/{id}");
        let now = self.now();
        let entry = ctx.audit(
            AuditAction::CustomActionDeleted,
            subject,
            now,
            self.chance(),
        );
        let (scope, slug, id) = (ctx.scope.clone(), slug.to_owned(), id.to_owned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if !custom_action::delete(tx, &scope, &slug, &id).await? {
                        return Err(no_action(&slug, &id).into());
                    }
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }

    /// The action as it will be kept, if the connector has none of its own by that id.
    async fn checked_action(
        &self,
        ctx: &Ctx,
        slug: &str,
        given: &Map<String, Value>,
    ) -> Result<(Arc<Connector>, Action), Error> {
        let connector = self.connector(ctx, slug).await?;
        let action = action_file(&connector, given)?;
        if connector.action(&action.id).is_some() {
            return Err(taken(&action.id).into());
        }
        Ok((connector, action))
    }

    pub(super) fn first_version(
        &self,
        action: Action,
        source: ActionSource,
        now: Timestamp,
    ) -> CustomAction {
        let entry = CustomActionEntry {
            id: CustomActionId::new(now, self.chance()),
            action_id: action.id.clone(),
            name: String::new(),
            description: String::new(),
            tag: String::new(),
            source,
            version: 0,
            created_at: now,
            updated_at: now,
        };
        next_version(entry, action, source, now)
    }
}

/// What is written over what was there.
pub(super) fn next_version(
    known: CustomActionEntry,
    action: Action,
    source: ActionSource,
    now: Timestamp,
) -> CustomAction {
    CustomAction {
        entry: CustomActionEntry {
            name: action.name,
            description: action.description,
            tag: action.tag,
            source,
            version: known.version + 1,
            updated_at: now,
            ..known
        },
        file: action.file,
    }
}

fn taken(id: &str) -> Fault {
    Fault::new(
        409,
        FaultCode::Conflict,
        format!("The app has an action `{id}` already; choose another id."),
    )
    .with("field", "id")
}

fn no_action(slug: &str, id: &str) -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        format!("There is no custom action `{id}` on `{slug}`."),
    )
    .with("slug", slug)
    .with("action_id", id)
}
