//! Why a script has no result.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptFault {
    /// The script's own: it cannot be read, or it threw.
    Thrown {
        message: String,
        line: Option<u32>,
    },
    Time,
    Memory,
    /// It waits for a promise that nobody is going to fulfil.
    Stuck,
    /// The result is larger than allowed.
    Output,
    /// The result is not a JSON value.
    NoResult(String),
    /// The engine could not be set up.
    Engine(String),
}

impl ScriptFault {
    /// The script's line it is about.
    pub const fn line(&self) -> Option<u32> {
        match self {
            Self::Thrown { line, .. } => *line,
            _ => None,
        }
    }
}

impl fmt::Display for ScriptFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thrown {
                message,
                line: Some(line),
            } => write!(f, "line {line}: {message}"),
            Self::Thrown { message, .. } => f.write_str(message),
            Self::Time => f.write_str("it took more time than a script may take"),
            Self::Memory => f.write_str("it needs more memory than a script may have"),
            Self::Stuck => f.write_str("it waits for a promise that nothing fulfils"),
            Self::Output => f.write_str("it left more than a script may leave behind"),
            Self::NoResult(name) => {
                write!(f, "it left `{name}` as something that JSON cannot hold")
            }
            Self::Engine(why) => write!(f, "it could not be started: {why}"),
        }
    }
}

impl std::error::Error for ScriptFault {}
