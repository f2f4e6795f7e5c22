//! What the server has acknowledged, and what it was asked and has not answered.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;

#[derive(Debug, Default)]
pub struct Ledger(Mutex<Books>);

#[derive(Debug, Default)]
pub struct Books {
    /// Accounts by id, webhooks by id: the last text that was acknowledged, and one
    /// that may or may not have been written.
    pub accounts: BTreeMap<String, Written>,
    pub webhooks: BTreeMap<String, Written>,
    /// By account.
    pub connections: BTreeMap<String, Connected>,
    /// Event and account.
    pub events: BTreeSet<(&'static str, String)>,
    /// Accounts whose connection a dead node may still hold the lease of.
    pub fenced: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub struct Written {
    pub round: u64,
    pub sure: Option<String>,
    pub unsure: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Connected,
    /// It was asked to be disconnected, and no answer came.
    Unsure,
    Gone,
}

#[derive(Debug, Clone)]
pub struct Connected {
    pub round: u64,
    pub email: String,
    pub state: State,
    /// Its owner disconnects it; nobody else uses it.
    pub passing: bool,
    pub oauth: bool,
}

impl Ledger {
    pub fn read<T>(&self, read: impl FnOnce(&Books) -> T) -> T {
        read(&self.0.lock())
    }

    /// About to be asked.
    pub fn asking(books: &mut BTreeMap<String, Written>, id: &str, round: u64, text: &str) {
        let written = books.entry(id.to_owned()).or_insert(Written {
            round,
            sure: None,
            unsure: None,
        });
        written.unsure = Some(text.to_owned());
    }

    /// Acknowledged.
    pub fn written(books: &mut BTreeMap<String, Written>, id: &str, text: &str) {
        let written = books.get_mut(id).unwrap();
        written.sure = Some(text.to_owned());
        written.unsure = None;
    }

    pub fn write<T>(&self, write: impl FnOnce(&mut Books) -> T) -> T {
        write(&mut self.0.lock())
    }

    pub fn connected(&self, account: &str, connected: Connected) {
        self.write(|books| {
            books
                .events
                .insert(("Connection Created", account.to_owned()));
            books.connections.insert(account.to_owned(), connected);
        });
    }

    pub fn disconnecting(&self, account: &str) {
        self.write(|books| books.connections.get_mut(account).unwrap().state = State::Unsure);
    }

    pub fn disconnected(&self, account: &str) {
        self.write(|books| {
            books
                .events
                .insert(("Connection Deleted", account.to_owned()));
            books.connections.get_mut(account).unwrap().state = State::Gone;
        });
    }

    /// Says how many of them are new.
    pub fn fence(&self, accounts: impl Iterator<Item = String>) -> usize {
        self.write(|books| {
            accounts
                .filter(|account| books.fenced.insert(account.clone()))
                .count()
        })
    }

    /// Accounts that anyone may act for while the server is under load.
    pub fn usable(&self) -> Vec<String> {
        self.read(|books| {
            let usable = books.connections.iter().filter(|(account, known)| {
                known.oauth && !known.passing && !books.fenced.contains(*account)
            });
            usable.map(|(account, _)| account.clone()).collect()
        })
    }
}
