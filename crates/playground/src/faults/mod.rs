//! Switches that make the Playground fail on purpose, for tests of whoever calls it.
//!
//! They exist only when asked for at start, live in this process alone and are
//! forgotten with it. Counting happens here too, and so also only then.

mod answer;
pub(crate) mod http;
mod perform;
mod state;

pub(crate) use answer::Answer;
pub(crate) use perform::perform;
pub(crate) use state::Faults;
