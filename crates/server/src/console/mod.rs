//! The Console's own API: what a signed-in member may ask, one file per noun.

mod access_token;
mod account;
mod account_import;
mod api_key;
mod audit;
pub(crate) mod caller;
mod catalogue;
mod connect_link;
pub(crate) mod cookie;
mod delivery;
mod go_live;
pub(crate) mod guard;
mod invitation;
mod llm_provider;
mod mail;
mod member;
pub(crate) mod nested;
mod organization;
pub(crate) mod permission;
mod portal_setting;
mod profile;
mod role;
mod session;
mod setup;
mod shared_client;
mod sso;
mod usage;
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
        .merge(api_key::routes())
        .merge(audit::routes())
        .merge(usage::routes())
        .merge(catalogue::routes())
        .merge(go_live::routes())
        .merge(llm_provider::routes())
        .merge(shared_client::routes())
        .merge(account::routes())
        .merge(portal_setting::routes())
        .merge(access_token::routes())
        .merge(connect_link::routes())
        .merge(account_import::routes())
        .merge(delivery::routes())
        .merge(webhook::routes())
        .merge(profile::routes())
        .merge(member::routes())
        .merge(invitation::routes())
        .merge(mail::routes())
        .merge(role::routes())
        .merge(organization::routes())
        .merge(sso::routes())
        .merge(nested::routes())
}

/// The account that a path names. One that could never be is not there, either.
fn named_account(server: &Server, ctx: &Ctx, text: &str) -> Result<AccountId, Fault> {
    AccountId::parse(text).map_err(|_| server.core.unknown_account(ctx, text))
}
