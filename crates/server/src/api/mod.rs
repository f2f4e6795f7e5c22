//! The public API, one file per noun.

mod action;
mod api_proxy;
mod application;
mod connect_link;
mod connection;
mod connection_import;
pub(crate) mod connection_list;
mod connection_log;
mod connector;
mod custom_app;
mod linked_account;
mod my_app;
mod proxy;
mod sdk;
mod session;
mod trigger;
mod webhook;

pub(crate) use self::connect_link::new_link;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(linked_account::routes())
        .merge(session::routes())
        .merge(connect_link::routes())
        .merge(application::routes())
        .merge(connection::routes())
        .merge(connection_log::routes())
        .merge(connection_list::routes())
        .merge(connection_import::routes())
        .merge(connector::routes())
        .merge(custom_app::routes())
        .merge(action::routes())
        .merge(proxy::routes())
        .merge(my_app::routes())
        .merge(api_proxy::routes())
        .merge(sdk::routes())
        .merge(trigger::routes())
        .merge(webhook::routes())
}
