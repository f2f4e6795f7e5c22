//! What can be wrong with a value that takes part in a signature.

use http::HeaderValue;

/// Names the value and says what is wrong with it, never what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {field} {problem}")]
pub struct SignFault {
    pub field: &'static str,
    pub problem: &'static str,
}

impl SignFault {
    pub(crate) const fn new(field: &'static str, problem: &'static str) -> Self {
        Self { field, problem }
    }
}

/// A header value that no log may show.
pub(crate) fn secret_value(text: &str, field: &'static str) -> Result<HeaderValue, SignFault> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        SignFault::new(
            field,
            "holds characters that cannot stand in a header; use plain ASCII",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// A text that goes between quotes in a header, where it must not end them.
pub(crate) fn quotable<'a>(text: &'a str, field: &'static str) -> Result<&'a str, SignFault> {
    if text
        .chars()
        .any(|c| !matches!(c, ' '..='~') || c == '"' || c == '\\')
    {
        return Err(SignFault::new(
            field,
            "must be plain ASCII without quotes and backslashes",
        ));
    }
    Ok(text)
}
