//! What the tests of every crate need, and no product code.
//!
//! Everything here panics rather than returning errors: a test that cannot be set
//! up has failed, and the panic's sentence is what its author reads.

#![expect(
    clippy::missing_panics_doc,
    reason = "a panic is how a test fails; saying so at each function is noise"
)]

pub mod browser;
pub mod chance;
pub mod clock;
pub mod db;
mod environment;
pub mod receiver;
