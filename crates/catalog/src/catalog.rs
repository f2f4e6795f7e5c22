//! All connectors.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::connector::Connector;
use crate::fault::LoadErrors;
use crate::load::{self, Embedded, Sources, Trust};
use crate::summary::Summary;

/// Every connector there is, by slug. Cloning it copies one pointer.
///
/// The embedded ones are read when they are first asked for: there are many, and a
/// server uses a few. A test reads them all.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    entries: Arc<BTreeMap<String, Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    read: OnceLock<Option<Arc<Connector>>>,
    embedded: Option<Embedded>,
    instance: bool,
}

impl Entry {
    fn read(connector: Connector) -> Self {
        Self {
            instance: connector.instance,
            read: OnceLock::from(Some(Arc::new(connector))),
            embedded: None,
        }
    }

    fn summary(&self) -> Option<Summary> {
        match (self.read.get(), self.embedded) {
            (Some(read), _) => read.as_deref().map(Summary::of),
            (None, embedded) => embedded?.summary(),
        }
    }

    fn connector(&self) -> Option<&Arc<Connector>> {
        let read = || self.embedded?.read().map(Arc::new);
        self.read.get_or_init(read).as_ref()
    }
}

impl Catalog {
    /// The connectors that come with the binary.
    pub fn embedded() -> Self {
        let entry = |embedded: Embedded| {
            let entry = Entry {
                read: OnceLock::new(),
                instance: embedded.says_instance(),
                embedded: Some(embedded),
            };
            (embedded.slug().to_owned(), entry)
        };
        Self {
            entries: Arc::new(load::embedded().map(entry).collect()),
        }
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
        let mut all = Arc::unwrap_or_clone(self.entries);
        all.retain(|_, entry| !entry.instance);
        Self {
            entries: Arc::new(all),
        }
    }

    pub fn get(&self, slug: &str) -> Option<&Arc<Connector>> {
        self.entries.get(slug)?.connector()
    }

    /// Sorted by slug. It reads every connector.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Connector>> {
        self.entries.values().filter_map(Entry::connector)
    }

    /// Every connector in short, by slug, without compiling those that nobody has asked
    /// for yet. It reads as many files, so keep what it answers.
    pub fn summaries(&self) -> Vec<Summary> {
        self.entries.values().filter_map(Entry::summary).collect()
    }

    /// Those that call this server itself.
    pub fn of_instance(&self) -> impl Iterator<Item = &Arc<Connector>> {
        let entries = self.entries.values().filter(|entry| entry.instance);
        entries.filter_map(Entry::connector)
    }

    fn plus(self, connectors: Vec<Connector>) -> Self {
        let mut all = Arc::unwrap_or_clone(self.entries);
        all.extend(
            connectors
                .into_iter()
                .map(|connector| (connector.slug.clone(), Entry::read(connector))),
        );
        Self {
            entries: Arc::new(all),
        }
    }
}
