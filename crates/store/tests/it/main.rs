//! Storage, tried on both databases: the same tests, the same answers.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where it fails, in its helpers too"
)]

mod api_key;
mod app;
mod audit;
mod connect_link;
mod connection;
mod connector_setting;
mod data_key;
mod delivery;
mod job;
mod linked_account;
mod migration;
mod oauth_attempt;
mod raw;
mod refresh_schedule;
mod schema;
mod sealed;
mod session;
mod statement;
mod transaction;
mod webhook;
mod world;
