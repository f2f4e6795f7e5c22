//! Query and form parameters in the one order and spelling that signatures agree on.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use percent_encoding::percent_decode;
use trunnel_model::http::HttpRequest;

use crate::encode::percent;

/// A name and a value, both percent-encoded.
pub(crate) type Pair = (String, String);

/// The pairs of a query or a form: decoded as forms are (`+` is a blank) and encoded
/// again byte by byte, so that two spellings of the same value are one.
pub(crate) fn pairs(text: &[u8]) -> impl Iterator<Item = Pair> {
    text.split(|byte| *byte == b'&')
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let at = entry.iter().position(|byte| *byte == b'=');
            let (name, value) = at.map_or((entry, &[][..]), |at| {
                let (name, rest) = entry.split_at(at);
                (name, rest.get(1..).unwrap_or_default())
            });
            (again(name), again(value))
        })
}

/// The pairs of the query and, when it is a form, of the body.
pub(crate) fn of_request(request: &HttpRequest) -> Vec<Pair> {
    let query = request.url.query().unwrap_or_default().as_bytes();
    let form: &[u8] = if is_form(request) { &request.body } else { &[] };
    pairs(query).chain(pairs(form)).collect()
}

/// Sorted by name, then by value, as bytes.
pub(crate) fn join(mut pairs: Vec<Pair>) -> String {
    pairs.sort_unstable();
    let entries: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    entries.join("&")
}

fn again(part: &[u8]) -> String {
    let spaced: Vec<u8> = part
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let decoded: Cow<'_, [u8]> = percent_decode(&spaced).into();
    percent(&decoded)
}

fn is_form(request: &HttpRequest) -> bool {
    let kind = request.headers.get(CONTENT_TYPE);
    kind.and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| {
            kind.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}
