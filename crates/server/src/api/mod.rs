//! The public API, one file per noun.

mod action;
mod application;
mod connection;
mod connector;
mod linked_account;
mod session;
mod webhook;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(linked_account::routes())
        .merge(session::routes())
        .merge(application::routes())
        .merge(connection::routes())
        .merge(connector::routes())
        .merge(action::routes())
        .merge(webhook::routes())
}
