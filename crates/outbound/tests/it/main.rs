//! The guarded client, tried through real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where it fails, in its helpers too"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the servers of these tests run until their runtime ends"
)]

mod addresses;
mod downloads;
mod failing;
mod harness;
mod identities;
mod ranges;
mod redirects;
mod refusing;
mod sending;
mod uploads;
mod urls;
