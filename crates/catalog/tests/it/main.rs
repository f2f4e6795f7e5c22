//! The one test binary of the crate.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod consent;
mod data;
mod documentation;
mod errors;
mod examples;
mod exchange;
mod fields;
mod functions;
mod oauth;
mod options;
mod paging;
mod rules;
mod samples;
mod schemas;
mod send;
mod signing;
mod snapshots;
mod support;
mod templates;
mod triggers;
mod triggers_errors;
mod triggers_signed;
mod understand;
