//! The one test binary of this crate: scripts that mean well, and scripts that do not.

#![expect(
    unreachable_pub,
    reason = "a test binary has no outside; `pub` marks what other files use"
)]

mod hostile;
mod plain;
mod support;
