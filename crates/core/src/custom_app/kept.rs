//! What was compiled lately. The database is asked every time which version holds, so
//! that a change counts at once on every node; only the compiling is saved.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use trunnel_catalog::{Action, Connector};
use trunnel_model::scope::Scope;

/// Compiled connectors and actions take some ten times as much as their text.
const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST: usize = 4_000;

/// Documents that are read at the same time; each may take a second of a processor.
const IMPORTS: usize = 2;

pub(crate) struct Compiled {
    pub(super) connectors: Kept<Connector>,
    pub(super) actions: Kept<Action>,
    pub(super) imports: Semaphore,
}

impl Default for Compiled {
    fn default() -> Self {
        Self {
            connectors: Kept::default(),
            actions: Kept::default(),
            imports: Semaphore::new(IMPORTS),
        }
    }
}

/// Whose, of which slug, and the action's id where it is one.
type Name = (Scope, String, String);

/// Values by name, of which those used last stay.
pub(super) struct Kept<T>(Mutex<Shelf<T>>);

struct Shelf<T> {
    places: HashMap<Name, Place<T>>,
    bytes: usize,
    uses: u64,
}

struct Place<T> {
    /// Which version of it this is.
    stamp: String,
    value: Arc<T>,
    bytes: usize,
    used: u64,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(Shelf {
            places: HashMap::new(),
            bytes: 0,
            uses: 0,
        }))
    }
}

impl<T> Kept<T> {
    /// The value of exactly this version.
    pub(super) fn get(&self, name: &Name, stamp: &str) -> Option<Arc<T>> {
        let mut shelf = self.0.lock();
        shelf.uses += 1;
        let uses = shelf.uses;
        let place = shelf.places.get_mut(name)?;
        place.used = uses;
        (place.stamp == stamp).then(|| Arc::clone(&place.value))
    }

    pub(super) fn put(&self, name: Name, stamp: String, value: Arc<T>, bytes: usize) {
        let mut shelf = self.0.lock();
        shelf.uses += 1;
        let place = Place {
            stamp,
            value,
            bytes,
            used: shelf.uses,
        };
        shelf.bytes += bytes;
        if let Some(old) = shelf.places.insert(name, place) {
            shelf.bytes -= old.bytes;
        }
        shelf.make_room();
    }
}

impl<T> Shelf<T> {
    /// Drops what was not used for longest; the last one stays however large it is.
    fn make_room(&mut self) {
        while self.places.len() > 1 && (self.bytes > MOST_BYTES || self.places.len() > MOST) {
            let oldest = self.places.iter().min_by_key(|(_, place)| place.used);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                return;
            };
            if let Some(gone) = self.places.remove(&name) {
                self.bytes -= gone.bytes;
            }
        }
    }
}
