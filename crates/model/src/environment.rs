//! The two isolated environments of a developer app.

use std::fmt;

/// Which of an app's two environments something belongs to.
///
/// One noun has two spellings by decision: the public wire says `production`,
/// because generated clients know that enum; people, the command line and the
/// key itself say `live`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Environment {
    Test,
    Live,
}

impl Environment {
    pub const ALL: [Self; 2] = [Self::Test, Self::Live];

    /// The spelling of the public API's `environment` field.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "production",
        }
    }

    /// The spelling for people: messages, the command line, the key's prefix.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// Reads either spelling.
    ///
    /// # Errors
    /// Any other word; the error names the accepted ones.
    pub fn parse(text: &str) -> Result<Self, UnknownEnvironment> {
        match text {
            "test" => Ok(Self::Test),
            "live" | "production" => Ok(Self::Live),
            _ => Err(UnknownEnvironment),
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are two environments: `test` and `live` (also written `production`)")]
pub struct UnknownEnvironment;
