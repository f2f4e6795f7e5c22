//! The one test binary of the crate.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "helpers of tests take what `json!` has just made"
)]

mod bodies;
mod documents;
mod hostile;
mod ids;
mod parameters;
mod providers;
mod requests;
mod schemas;
mod security;
mod servers;
mod support;
