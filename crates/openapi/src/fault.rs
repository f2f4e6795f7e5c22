//! Why a document cannot be imported, in words for whoever gave it.

use std::fmt;

/// The whole document is of no use. What is wrong with one operation only is in
/// the [`Report`](crate::Report).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFault {
    /// In the text, when it could not be read to its end.
    pub line: Option<u32>,
    /// Dotted, as in `servers[0].url`.
    pub place: Option<String>,
    /// Says what to do.
    pub message: String,
}

impl ImportFault {
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self {
            line: None,
            place: None,
            message: message.into(),
        }
    }

    pub(crate) fn at(place: &str, message: impl Into<String>) -> Self {
        Self {
            place: Some(place.to_owned()),
            ..Self::whole(message)
        }
    }

    pub(crate) fn on_line(line: u64, message: impl Into<String>) -> Self {
        Self {
            line: u32::try_from(line).ok().filter(|line| *line > 0),
            ..Self::whole(message)
        }
    }
}

impl fmt::Display for ImportFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ImportFault {}
