//! Tokens that were exchanged before, in this process's memory only.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;
use trunnel_model::fault::Fault;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

/// More customers than this are not remembered at a time.
const MOST: usize = 10_000;

/// Whose token it is.
pub(super) type Key = (Scope, AccountId);

/// What it was made of.
pub(super) type Stamp = [u8; 32];

type Outcome = Option<Result<Arc<Value>, Fault>>;

#[derive(Default)]
pub(super) struct Tokens {
    kept: Mutex<HashMap<Key, Kept>>,
    /// The exchanges that are going on.
    flights: Mutex<HashMap<(Key, Stamp), watch::Receiver<Outcome>>>,
}

struct Kept {
    stamp: Stamp,
    until: Timestamp,
    answer: Arc<Value>,
}

/// Who makes the exchange, and who waits for it.
pub(super) enum Turn<'a> {
    Mine(Flight<'a>),
    Anothers(watch::Receiver<Outcome>),
}

/// An exchange in the making. Dropped without an end, another one may begin.
pub(super) struct Flight<'a> {
    tokens: &'a Tokens,
    at: (Key, Stamp),
    tell: watch::Sender<Outcome>,
}

impl Tokens {
    pub(super) fn get(&self, key: &Key, stamp: &Stamp, now: Timestamp) -> Option<Arc<Value>> {
        let kept = self.kept.lock();
        let known = kept.get(key)?;
        (known.stamp == *stamp && known.until > now).then(|| Arc::clone(&known.answer))
    }

    pub(super) fn put(
        &self,
        key: Key,
        stamp: Stamp,
        answer: Arc<Value>,
        (now, until): (Timestamp, Timestamp),
    ) {
        let mut kept = self.kept.lock();
        if kept.len() >= MOST && !kept.contains_key(&key) {
            kept.retain(|_, known| known.until > now);
            if kept.len() >= MOST {
                kept.clear();
            }
        }
        let known = Kept {
            stamp,
            until,
            answer,
        };
        kept.insert(key, known);
    }

    /// Forgets this very answer; one that has replaced it stays.
    pub(super) fn forget(&self, key: &Key, answer: &Arc<Value>) {
        let mut kept = self.kept.lock();
        if kept
            .get(key)
            .is_some_and(|known| Arc::ptr_eq(&known.answer, answer))
        {
            kept.remove(key);
        }
    }

    pub(super) fn turn(&self, key: &Key, stamp: &Stamp) -> Turn<'_> {
        let at = (key.clone(), *stamp);
        let mut flights = self.flights.lock();
        if let Some(running) = flights.get(&at) {
            return Turn::Anothers(running.clone());
        }
        let (tell, heard) = watch::channel(None);
        flights.insert(at.clone(), heard);
        Turn::Mine(Flight {
            tokens: self,
            at,
            tell,
        })
    }
}

impl Flight<'_> {
    /// Tells those who wait.
    pub(super) fn end(self, outcome: Result<Arc<Value>, Fault>) {
        self.tell.send_replace(Some(outcome));
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.tokens.flights.lock().remove(&self.at);
    }
}
