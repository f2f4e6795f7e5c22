//! What runs without a request: deliveries, jobs, renewals, flushing and forgetting.

mod cleanup;
mod deliver;
mod jobs;
mod renew;
mod runner;

pub use runner::{Duty, Workers};

/// A failed job says what is to be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JobError {
    /// It may succeed later.
    Retry(String),
    /// It never will.
    Fail(String),
}

impl JobError {
    pub(crate) fn retry(why: impl std::fmt::Display) -> Self {
        Self::Retry(why.to_string())
    }

    pub(crate) fn fail(why: impl std::fmt::Display) -> Self {
        Self::Fail(why.to_string())
    }
}
