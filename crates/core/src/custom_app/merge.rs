//! Bringing what an environment has up to date with a document.

use std::collections::BTreeMap;

use serde_json::json;
use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::custom_connector::{
    ActionSource, ConnectorSource, CustomAction, CustomConnector,
};
use trunnel_model::id::CustomConnectorId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::{Tx, app, audit, custom_action, custom_connector};

use super::action::next_version;
use super::change::meanwhile;
use super::files::Action;
use super::import::{ImportReport, ImportedApp, Read};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// One import, carried into its transaction.
pub(super) struct Merge {
    read: Read,
    known: Option<CustomConnector>,
    source_url: Option<String>,
}

impl Merge {
    pub(super) fn new(
        read: Read,
        known: Option<CustomConnector>,
        source_url: Option<String>,
    ) -> Self {
        Self {
            read,
            known,
            source_url,
        }
    }

    /// The app as it will be.
    fn app(&self, core: &Core, now: Timestamp) -> CustomConnector {
        let known = self.known.as_ref();
        let read = &self.read;
        CustomConnector {
            id: known.map_or_else(
                || CustomConnectorId::new(now, core.chance()),
                |known| known.id.clone(),
            ),
            slug: read.slug.clone(),
            name: read.name.clone(),
            description: read.description.clone(),
            file: read.file.clone(),
            source: ConnectorSource::OpenApi,
            source_url: self
                .source_url
                .clone()
                .or_else(|| known.and_then(|known| known.source_url.clone())),
            edited: read.keeps_file,
            version: known.map_or(1, |known| known.version + 1),
            created_at: known.map_or(now, |known| known.created_at),
            updated_at: now,
        }
    }

    /// # Errors
    /// When the app is not as it was when the document was read.
    async fn write_app(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        app: &CustomConnector,
    ) -> Result<(), Error> {
        app::lock_environment(tx, scope).await?;
        let latest = custom_connector::lock(tx, scope, &app.slug).await?;
        let stamp = |of: &CustomConnector| (of.id.clone(), of.version);
        if latest.as_ref().map(stamp) != self.known.as_ref().map(stamp) {
            return Err(meanwhile(&app.slug).into());
        }
        if latest.is_none() {
            custom_connector::delete_setting(tx, scope, &app.slug).await?;
            custom_action::delete_all(tx, scope, &app.slug).await?;
        }
        Ok(custom_connector::put(tx, scope, app).await?)
    }
}

impl Core {
    pub(super) async fn merge(&self, ctx: &Ctx, mut merge: Merge) -> Result<ImportedApp, Error> {
        let now = self.now();
        let app = merge.app(self, now);
        let created = merge.known.is_none();
        let (slug, name) = (app.slug.clone(), app.name.clone());
        let entry = ctx.audit(AuditAction::CustomAppImported, &slug, now, self.chance());
        let fresh = std::mem::take(&mut merge.read.actions).into_iter();
        let fresh: Vec<_> = fresh
            .map(|action| self.first_version(action, ActionSource::OpenApi, now))
            .collect();
        let notes = std::mem::take(&mut merge.read.notes);
        let skipped = std::mem::take(&mut merge.read.skipped);
        let scope = ctx.scope.clone();
        let (mut report, actions) = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    merge.write_app(tx, &scope, &app).await?;
                    let known = custom_action::lock_all(tx, &scope, &app.slug).await?;
                    let plan = Plan::of(known, fresh, now);
                    plan.write(tx, &scope, &app.slug).await?;
                    audit::add(tx, &scope, &told(entry, &app, &plan.report)).await?;
                    Ok::<_, Error>((plan.report, plan.total))
                })
            })
            .await?;
        report.skipped = skipped;
        report.notes = notes;
        Ok(ImportedApp {
            slug,
            name,
            created,
            actions,
            report,
        })
    }
}

/// What an import does to the actions that are there.
struct Plan {
    written: Vec<CustomAction>,
    report: ImportReport,
    total: usize,
}

impl Plan {
    fn of(known: Vec<CustomAction>, fresh: Vec<CustomAction>, now: Timestamp) -> Self {
        let known = known.into_iter();
        let mut known: BTreeMap<_, _> = known
            .map(|action| (action.entry.action_id.clone(), action))
            .collect();
        let mut plan = Self {
            written: Vec::new(),
            report: ImportReport::default(),
            total: 0,
        };
        for new in fresh {
            plan.total += 1;
            let id = new.entry.action_id.clone();
            match known.remove(&id) {
                None => {
                    plan.report.added.push(id);
                    plan.written.push(new);
                }
                Some(old) if old.entry.source == ActionSource::Own => plan.report.kept.push(id),
                Some(old) if old.file == new.file => {}
                Some(old) => {
                    plan.report.changed.push(id);
                    plan.written.push(replaced(old, new, now));
                }
            }
        }
        for (id, old) in known {
            if old.entry.source == ActionSource::Own {
                plan.total += 1;
                plan.report.kept.push(id);
            } else {
                plan.report.removed.push(id);
            }
        }
        plan
    }

    async fn write(&self, tx: &mut Tx<'_>, scope: &Scope, slug: &str) -> Result<(), Error> {
        for action in &self.written {
            custom_action::put(tx, scope, slug, action).await?;
        }
        for id in &self.report.removed {
            custom_action::delete(tx, scope, slug, id).await?;
        }
        Ok(())
    }
}

fn replaced(old: CustomAction, new: CustomAction, now: Timestamp) -> CustomAction {
    let action = Action {
        id: new.entry.action_id,
        name: new.entry.name,
        description: new.entry.description,
        tag: new.entry.tag,
        file: new.file,
    };
    next_version(old.entry, action, ActionSource::OpenApi, now)
}

fn told(mut entry: AuditEntry, app: &CustomConnector, report: &ImportReport) -> AuditEntry {
    entry.details = json!({
        "source_url": app.source_url,
        "added": report.added.len(),
        "changed": report.changed.len(),
        "removed": report.removed.len(),
    })
    .to_string();
    entry
}
