//! The one test binary of this crate: the whole server, through its public door.

#![expect(
    unreachable_pub,
    reason = "a test binary has no outside; `pub` marks what other files use"
)]

mod app;
mod browser;
mod smoke;
