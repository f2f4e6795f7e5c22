//! All connectors.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::connector::Connector;
use crate::fault::LoadErrors;
use crate::load::{self, Sources, Trust};

/// Every connector there is, by slug. Cloning it copies one pointer.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    connectors: Arc<BTreeMap<String, Arc<Connector>>>,
}

impl Catalog {
    /// The connectors that come with the binary.
    pub fn embedded() -> Result<Self, LoadErrors> {
        load::embedded().map(|connectors| Self::default().plus(connectors))
    }

    /// Adds the connectors of a folder, each in a folder of its own; one that has
    /// the slug of an earlier one takes its place.
    pub fn with_folder(self, dir: &Path) -> Result<Self, LoadErrors> {
        load::folder(dir).map(|connectors| self.plus(connectors))
    }

    /// Adds connectors whose files were read elsewhere.
    pub fn with_sources(self, sources: &[Sources], trust: Trust) -> Result<Self, LoadErrors> {
        load::compile_all(sources, trust, Vec::new()).map(|connectors| self.plus(connectors))
    }

    /// Without those that call this server itself.
    #[must_use]
    pub fn without_instance(self) -> Self {
        let mut all = Arc::unwrap_or_clone(self.connectors);
        all.retain(|_, connector| !connector.instance);
        Self {
            connectors: Arc::new(all),
        }
    }

    pub fn get(&self, slug: &str) -> Option<&Arc<Connector>> {
        self.connectors.get(slug)
    }

    /// Sorted by slug.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Connector>> {
        self.connectors.values()
    }

    fn plus(self, connectors: Vec<Connector>) -> Self {
        let mut all = Arc::unwrap_or_clone(self.connectors);
        all.extend(
            connectors
                .into_iter()
                .map(|c| (c.slug.clone(), Arc::new(c))),
        );
        Self {
            connectors: Arc::new(all),
        }
    }
}
