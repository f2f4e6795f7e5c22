//! The one test binary of the crate.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod data;
mod documentation;
mod errors;
mod fields;
mod oauth;
mod rules;
mod send;
mod snapshots;
mod support;
mod templates;
mod understand;
