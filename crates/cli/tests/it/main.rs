//! The one test binary of this crate: the program as its users start it.

#![expect(
    unreachable_pub,
    reason = "a test binary has no outside; `pub` marks what other files use"
)]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod api;
mod connection_import;
mod crash;
mod discovery;
mod first_start;
mod grants;
mod import;
mod json;
mod key;
mod main_job;
mod master_key;
mod node;
mod oauth1;
mod oidc;
mod program;
mod quickstart;
mod refusal;
mod running;
mod shutdown;
mod sql;
mod time;
mod vault;
