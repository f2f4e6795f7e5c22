//! SQL, and only SQL: one text per query for both databases.
//!
//! Every call takes a [`Scope`](trunnel_model::scope::Scope) unless the thing is
//! found before the scope is known (an API key, an OAuth state) or belongs to the
//! instance. Reads stand on [`Db`]; writes stand on [`Tx`], so they can only happen
//! inside a use case's transaction.

pub mod access_token;
pub mod account_list;
pub mod api_key;
pub mod api_proxy;
pub mod app;
pub mod audit;
pub mod connect_link;
pub mod connection;
pub mod connection_event;
pub mod connection_key;
mod connection_lease;
pub mod connection_list;
pub mod connector_secret;
pub mod connector_setting;
pub mod custom_action;
pub mod custom_connector;
pub mod data_key;
mod db;
pub mod delivery;
pub mod device_attempt;
mod error;
mod gate;
pub mod invitation;
pub mod job;
pub mod linked_account;
pub mod llm_provider;
pub mod member;
pub mod member_session;
pub mod member_two_factor;
mod memory;
mod migrate;
pub mod my_app;
pub mod oauth_attempt;
pub mod one_time_link;
pub mod playground;
pub mod portal_setting;
mod postgres;
pub mod refresh_schedule;
pub mod registered_client;
pub mod reset_code;
pub mod sealed;
pub mod session;
mod sqlite;
mod statement;
pub mod trigger_event;
pub mod usage;
mod value;
pub mod webhook;
pub mod webhook_previous_secret;
pub mod webhook_secret;
pub mod webhook_version;

pub use db::{Db, Dialect, InTx, Location, Queue, Tx};
pub use error::StoreError;
pub use gate::Gate;
pub use migrate::migrate;
pub use statement::Statement;

/// Every query of the product. A file whose list is missing here does not compile
/// without a warning: its list would be unused.
pub fn all_statements() -> Vec<&'static Statement> {
    [
        access_token::STATEMENTS,
        account_list::STATEMENTS,
        api_key::STATEMENTS,
        api_proxy::STATEMENTS,
        app::STATEMENTS,
        audit::STATEMENTS,
        connect_link::STATEMENTS,
        connection::STATEMENTS,
        connection_event::STATEMENTS,
        connection_key::STATEMENTS,
        connection_lease::STATEMENTS,
        connection_list::STATEMENTS,
        connector_secret::STATEMENTS,
        connector_setting::STATEMENTS,
        custom_action::STATEMENTS,
        custom_connector::STATEMENTS,
        data_key::STATEMENTS,
        delivery::STATEMENTS,
        device_attempt::STATEMENTS,
        invitation::STATEMENTS,
        job::STATEMENTS,
        linked_account::STATEMENTS,
        llm_provider::STATEMENTS,
        member::STATEMENTS,
        member_session::STATEMENTS,
        member_two_factor::STATEMENTS,
        migrate::STATEMENTS,
        my_app::STATEMENTS,
        oauth_attempt::STATEMENTS,
        one_time_link::STATEMENTS,
        playground::STATEMENTS,
        portal_setting::STATEMENTS,
        refresh_schedule::STATEMENTS,
        registered_client::STATEMENTS,
        reset_code::STATEMENTS,
        sealed::STATEMENTS,
        session::STATEMENTS,
        trigger_event::STATEMENTS,
        usage::STATEMENTS,
        webhook::STATEMENTS,
        webhook_previous_secret::STATEMENTS,
        webhook_secret::STATEMENTS,
        webhook_version::STATEMENTS,
    ]
    .concat()
}
