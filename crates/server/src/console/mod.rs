//! The Console's own API: what a signed-in member may ask, one file per noun.

mod access_token;
mod account_import;
pub(crate) mod caller;
mod connect_link;
pub(crate) mod cookie;
mod delivery;
pub(crate) mod guard;
pub(crate) mod nested;
pub(crate) mod permission;
mod portal_setting;
mod session;
mod setup;
mod view;
mod webhook;

use trunnel_core::Ctx;
use trunnel_model::fault::Fault;
use trunnel_model::text::AccountId;

use crate::app::Server;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(session::routes())
        .merge(setup::routes())
        .merge(portal_setting::routes())
        .merge(access_token::routes())
        .merge(connect_link::routes())
        .merge(account_import::routes())
        .merge(delivery::routes())
        .merge(webhook::routes())
        .merge(nested::routes())
}

/// The account that a path names. One that could never be is not there, either.
fn named_account(server: &Server, ctx: &Ctx, text: &str) -> Result<AccountId, Fault> {
    AccountId::parse(text).map_err(|_| server.core.unknown_account(ctx, text))
}
