//! The one test binary of this crate: the whole server, through its public door.

#![expect(
    unreachable_pub,
    reason = "a test binary has no outside; `pub` marks what other files use"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test stops where it fails, in its helpers too"
)]

mod access_token;
mod account_import;
mod action;
mod action_retry;
mod any_input;
mod api_key;
mod api_proxy;
mod app;
mod assets;
mod audit;
mod bad_input;
mod bodies;
mod browser;
mod calls;
mod catalogue;
mod connect_link;
mod connection;
mod connection_import;
mod connection_list;
mod connection_log;
mod connection_risk;
mod connector;
mod connector_secret;
mod consent;
mod console_account;
mod console_api_key;
mod console_delivery;
mod console_webhook;
mod contract;
mod custom_action;
mod custom_app;
mod custom_import;
mod delivery;
mod delivery_load;
mod delivery_node;
mod device;
mod discovery;
mod environment;
mod establish;
mod go_live;
mod key_connection;
mod linked_account;
mod linked_account_list;
mod llm_provider;
mod logs;
mod member;
mod member_mail;
mod member_role;
mod member_setup;
mod member_sso;
mod member_two_factor;
mod migrate_token;
mod my_app;
mod oauth;
mod oauth1;
mod observability;
mod openapi;
mod outsider;
mod portal_setting;
mod provider;
mod proxy;
mod public_routes;
mod refresh;
mod refresh_race;
mod session;
mod setup;
mod smoke;
mod told;
mod trigger_receive;
mod trigger_verify;
mod usage;
mod wait;
mod webhook_registration;
