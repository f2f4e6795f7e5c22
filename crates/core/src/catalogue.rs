//! The catalogue as the Console lists it: every connector in short, and one in full.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use trunnel_catalog::{AuthOption, Connector, Summary};
use trunnel_store::connector_setting::{self, StoredSetting};

use crate::Core;
use crate::connector::ConnectorView;
use crate::ctx::Ctx;
use crate::error::Error;

/// What an environment has made of a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatalogueState {
    Enabled,
    /// Enabled, but something keeps customers from connecting.
    Incomplete,
    Disabled,
}

impl CatalogueState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Incomplete => "incomplete",
            Self::Disabled => "disabled",
        }
    }

    fn of(view: &ConnectorView) -> Self {
        match (view.setting.enabled, view.missing.is_empty()) {
            (false, _) => Self::Disabled,
            (true, true) => Self::Enabled,
            (true, false) => Self::Incomplete,
        }
    }
}

#[derive(Debug, Clone)]
pub struct CatalogueEntry {
    pub summary: Arc<Summary>,
    pub custom: bool,
    pub state: CatalogueState,
}

/// One connector with everything that its page shows.
#[derive(Debug, Clone)]
pub struct CatalogueDetail {
    pub entry: CatalogueEntry,
    pub view: ConnectorView,
    /// Every scope that is known, and whether it is always asked for.
    pub scopes: Vec<(String, bool)>,
}

/// The catalogue does not change while a process runs, so that its files are read once,
/// when the list is first asked for.
#[derive(Default)]
pub(crate) struct Summaries(OnceLock<Vec<Arc<Summary>>>);

impl Core {
    /// Every connector of the catalogue and every custom one, by name.
    pub async fn catalogue(&self, ctx: &Ctx) -> Result<Vec<CatalogueEntry>, Error> {
        let stored = connector_setting::list(self.db(), &ctx.scope).await?;
        let custom = self.custom_connectors(&ctx.scope).await?;
        let custom = custom
            .iter()
            .filter(|connector| self.catalog().get(&connector.slug).is_none());
        let custom = custom.map(|connector| (Arc::new(Summary::of(connector)), true));
        let known = self.known_summaries().await?;
        let known = known.into_iter().map(|summary| (summary, false));
        let mut states = self.states(ctx, stored).await?;
        let mut entries: Vec<_> = known
            .chain(custom)
            .map(|(summary, custom)| CatalogueEntry {
                state: states.remove(&summary.slug).unwrap_or(if summary.instance {
                    CatalogueState::Enabled
                } else {
                    CatalogueState::Disabled
                }),
                summary,
                custom,
            })
            .collect();
        let key = |entry: &CatalogueEntry| entry.summary.name.to_lowercase();
        entries.sort_by_cached_key(|entry| (key(entry), entry.summary.slug.clone()));
        Ok(entries)
    }

    /// One connector in full.
    ///
    /// # Errors
    /// 404 when this environment knows none by this name.
    pub async fn catalogue_entry(&self, ctx: &Ctx, slug: &str) -> Result<CatalogueDetail, Error> {
        let view = self.connector_setting(ctx, slug).await?;
        let connector = &view.connector;
        Ok(CatalogueDetail {
            entry: CatalogueEntry {
                summary: Arc::new(Summary::of(connector)),
                custom: connector.custom,
                state: CatalogueState::of(&view),
            },
            scopes: scopes(connector),
            view,
        })
    }

    /// Of the few that the environment has touched; only those are compiled.
    async fn states(
        &self,
        ctx: &Ctx,
        stored: Vec<StoredSetting>,
    ) -> Result<BTreeMap<String, CatalogueState>, Error> {
        let mut states = BTreeMap::new();
        for stored in stored {
            let slug = stored.setting.slug.clone();
            let state = if stored.setting.enabled {
                match self.connector_setting(ctx, &slug).await {
                    Ok(view) => CatalogueState::of(&view),
                    // A custom app that has to be corrected, or that is gone.
                    Err(Error::Fault(_)) => CatalogueState::Incomplete,
                    Err(error) => return Err(error),
                }
            } else {
                CatalogueState::Disabled
            };
            states.insert(slug, state);
        }
        Ok(states)
    }

    /// Reading so many files takes a moment, which no other request should wait for.
    async fn known_summaries(&self) -> Result<Vec<Arc<Summary>>, Error> {
        if let Some(known) = self.summaries().0.get() {
            return Ok(known.clone());
        }
        let core = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let read = || core.catalog().summaries().into_iter().map(Arc::new);
            core.summaries().0.get_or_init(|| read().collect()).clone()
        });
        read.await
            .map_err(|error| Error::Internal(format!("the catalogue: {error}")))
    }
}

/// The mandatory ones first, each once.
fn scopes(connector: &Connector) -> Vec<(String, bool)> {
    let mut seen = BTreeSet::new();
    let all = || connector.auth.iter().filter_map(AuthOption::scopes);
    let mandatory = all().flat_map(|scopes| &scopes.mandatory);
    let optional = all().flat_map(|scopes| &scopes.optional);
    let named = mandatory.map(|scope| (scope, true));
    let named = named.chain(optional.map(|scope| (scope, false)));
    named
        .filter(|(scope, _)| seen.insert((*scope).clone()))
        .map(|(scope, mandatory)| (scope.clone(), mandatory))
        .collect()
}
