//! What can be wrong: with a connector's files, with a caller's values, with a
//! request that cannot be built.

use std::fmt;

/// One mistake in one file of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    pub file: String,
    pub line: Option<u32>,
    /// Dotted, as in `auth.oauth2.token_url` or `fields[0].pattern`.
    pub field: Option<String>,
    pub message: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(field) = self.field.as_deref().filter(|field| !field.is_empty()) {
            write!(f, ": {field}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for LoadError {}

/// Every mistake found in one loading, in the order of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadErrors(pub Vec<LoadError>);

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadErrors {}

/// A caller's value that is not acceptable, in words for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {message}")]
pub struct InputFault {
    /// Dotted path of the value; empty for the whole input.
    pub field: String,
    pub message: String,
}

impl InputFault {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Why a request cannot be built from the values at hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildFault {
    /// The request needs a value that nobody gave.
    #[error("`{name}` has no value")]
    Absent { name: String },
    /// A value is there and cannot be used where the connector puts it.
    #[error("`{name}` {problem}")]
    Value { name: String, problem: String },
    /// The values are fine one by one, and the URL made of them is not.
    #[error("the URL cannot be built: {0}")]
    Url(String),
    /// The connector has no such thing.
    #[error("the connector has no {0}")]
    Unsupported(&'static str),
}

impl BuildFault {
    pub(crate) fn value(name: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self::Value {
            name: name.to_string(),
            problem: problem.into(),
        }
    }

    /// The fault as the caller's mistake, when it is one: the value came with
    /// the action's input.
    pub fn as_input_fault(&self) -> Option<InputFault> {
        let (name, message) = match self {
            Self::Absent { name } => (name, "is required"),
            Self::Value { name, problem } => (name, problem.as_str()),
            Self::Url(_) | Self::Unsupported(_) => return None,
        };
        name.strip_prefix("input.")
            .map(|field| InputFault::new(field, message))
    }
}
