//! The Console's own API: what a signed-in member may ask, one file per noun.

pub(crate) mod caller;
pub(crate) mod cookie;
pub(crate) mod guard;
pub(crate) mod nested;
pub(crate) mod permission;
mod session;
mod setup;
mod view;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(session::routes())
        .merge(setup::routes())
        .merge(nested::routes())
}
