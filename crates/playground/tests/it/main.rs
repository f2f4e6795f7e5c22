//! The Playground as its clients see it.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where it fails, in its helpers too"
)]

mod authorizing;
mod contacts;
mod exchanging;
mod faults;
mod harness;
mod hostile;
mod keeping;
mod keys;
mod refreshing;
mod registering;
mod revoking;
mod routes;
mod wire;
