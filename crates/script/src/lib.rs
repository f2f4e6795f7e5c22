//! Scripts that others have written, run in a cage.
//!
//! A script is JavaScript: the body of an `async` function that changes one of the
//! values it is given. It has a processor for two seconds, a bounded memory, stack and
//! output, and nothing else: no network, no files, no timers, and no clock but the
//! moment it is told. [`run`] blocks its thread for as long as the script lasts.

mod cage;
mod console;
mod fault;
mod limits;
mod reader;

use serde_json::{Map, Value};

pub use console::{Level, Line};
pub use fault::ScriptFault;
pub use limits::Limits;

/// What a script is given.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its globals by name.
    pub globals: Map<String, Value>,
    /// What its `Date` says, in milliseconds since 1970.
    pub now_ms: i64,
    /// Its global `nonce`, and all the chance it has.
    pub nonce: String,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// The global it was asked for, as the script left it.
    pub result: Result<Value, ScriptFault>,
    /// What it has said until then, bounded.
    pub console: Vec<Line>,
}

/// Runs the script and reads the global `result` afterwards.
pub fn run(script: &str, given: &Given, result: &str, limits: &Limits) -> Ran {
    cage::run(script, given, result, limits)
}

/// Whether the script can be read at all. It is not run.
///
/// # Errors
/// Its first mistake of form.
pub fn check(script: &str) -> Result<(), ScriptFault> {
    cage::check(script, &Limits::default())
}
