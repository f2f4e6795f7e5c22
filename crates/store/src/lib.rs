//! SQL, and only SQL: one text per query for both databases.
//!
//! Every call takes a [`Scope`](trunnel_model::scope::Scope) unless the thing is
//! found before the scope is known (an API key, an OAuth state) or belongs to the
//! instance. Reads stand on [`Db`]; writes stand on [`Tx`], so they can only happen
//! inside a use case's transaction.

pub mod api_key;
pub mod app;
pub mod audit;
pub mod connection;
pub mod connector_setting;
pub mod data_key;
mod db;
mod error;
pub mod job;
pub mod linked_account;
mod migrate;
pub mod oauth_attempt;
pub mod playground;
mod postgres;
pub mod sealed;
pub mod session;
mod sqlite;
mod statement;
mod value;
pub mod webhook;

pub use db::{Db, Dialect, InTx, Location, Queue, Tx};
pub use error::StoreError;
pub use migrate::migrate;
pub use statement::Statement;

/// Every query of the product. A file whose list is missing here does not compile
/// without a warning: its list would be unused.
pub fn all_statements() -> Vec<&'static Statement> {
    [
        api_key::STATEMENTS,
        app::STATEMENTS,
        audit::STATEMENTS,
        connection::STATEMENTS,
        connector_setting::STATEMENTS,
        data_key::STATEMENTS,
        job::STATEMENTS,
        linked_account::STATEMENTS,
        migrate::STATEMENTS,
        oauth_attempt::STATEMENTS,
        playground::STATEMENTS,
        sealed::STATEMENTS,
        session::STATEMENTS,
        webhook::STATEMENTS,
    ]
    .concat()
}
