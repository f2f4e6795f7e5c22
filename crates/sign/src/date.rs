//! Dates as the signatures write them.

use chrono::{DateTime, Utc};
use trunnel_model::time::Timestamp;

use crate::fault::SignFault;

/// `now` in one of the forms of `chrono::format::strftime`.
pub(crate) fn format(now: Timestamp, form: &str) -> Result<String, SignFault> {
    DateTime::<Utc>::from_timestamp_millis(now.as_millis())
        .map(|moment| moment.format(form).to_string())
        .ok_or_else(|| SignFault::new("time", "is outside of what a date can say"))
}
