//! Texts that are checked once and trusted afterwards.

use std::fmt;

/// The developer's own name for a customer: unique per environment, case-sensitive,
/// and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("1 to 255 characters, without control characters")]
pub struct BadAccountId;

impl AccountId {
    /// Surrounding white space is not part of the id.
    pub fn parse(text: &str) -> Result<Self, BadAccountId> {
        let trimmed = text.trim();
        if trimmed.is_empty()
            || trimmed.chars().count() > 255
            || trimmed.chars().any(char::is_control)
        {
            return Err(BadAccountId);
        }
        Ok(Self(trimmed.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A short human text: a name, a description, a group.
///
/// # Errors
/// When it is longer than `max` characters or has control characters (line breaks
/// and tabs are fine).
pub fn check_label(text: &str, max: usize) -> Result<(), BadLabel> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() > max || text.chars().any(control) {
        return Err(BadLabel { max });
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at most {max} characters, without control characters")]
pub struct BadLabel {
    pub max: usize,
}
