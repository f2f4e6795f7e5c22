//! The words of the domain, as types that cannot hold a bad value.
//!
//! Nothing here does I/O or asks the machine for the time or for randomness:
//! both are passed in as [`time::Clock`] and [`chance::Chance`].

pub mod access_token;
pub mod account_list;
pub mod api_key;
pub mod api_proxy;
pub mod app;
pub mod audit;
pub mod base62;
pub mod chance;
mod checked_secret;
pub mod connect_link;
pub mod connection;
pub mod connection_event;
pub mod connector_setting;
pub mod custom_connector;
pub mod delivery;
pub mod environment;
pub mod fault;
pub mod http;
pub mod id;
pub mod linked_account;
pub mod llm_provider;
pub mod member;
pub mod page;
pub mod portal_setting;
pub mod retry;
pub mod role;
pub mod scope;
pub mod secret;
pub mod session;
pub mod text;
pub mod time;
pub mod trigger_event;
pub mod usage;
pub mod webhook;
