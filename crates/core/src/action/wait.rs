//! Whether a call may be made again, and when.

use http::Method;
use trunnel_catalog::RetryAfter;
use trunnel_model::http::HttpRequest;
use trunnel_model::time::Timestamp;

/// How long the provider asks to be left alone, in milliseconds from `now`.
pub(super) fn asked_ms(after: &RetryAfter, now: Timestamp) -> Option<u64> {
    let until = |seconds: u64| {
        let at = i64::try_from(seconds).ok()?.checked_mul(1000)?;
        Some(u64::try_from(at.saturating_sub(now.as_millis())).unwrap_or(0))
    };
    match after {
        RetryAfter::Seconds(seconds) => seconds.checked_mul(1000),
        RetryAfter::Epoch(seconds) => until(*seconds),
        RetryAfter::Date(text) => {
            let at = httpdate::parse_http_date(text).ok()?;
            until(at.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs())
        }
    }
}

/// Whether doing it twice is the same as doing it once: by its method, or because
/// the provider was given a key to recognise it by.
pub(crate) fn repeatable(request: &HttpRequest, keyed: bool) -> bool {
    let safe = [
        Method::GET,
        Method::HEAD,
        Method::OPTIONS,
        Method::PUT,
        Method::DELETE,
    ];
    keyed || safe.contains(&request.method)
}

/// A provider that answers these has not acted.
pub(crate) const fn not_acted(status: u16) -> bool {
    matches!(status, 429 | 503)
}
