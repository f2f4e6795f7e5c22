//! What a browser says of the form it wants a file in, and of what it has already.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, HeaderName, IF_NONE_MATCH};

/// From the smaller to the larger: the first wins when the caller does not care.
const CODINGS: [&str; 2] = ["br", "gzip"];

/// The coding that the caller likes best of those that there are; `None` for the file
/// as it is, which everyone takes.
pub(super) fn best_coding(
    headers: &HeaderMap,
    there_is: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    let mut best = None;
    let mut best_weight = 0;
    for coding in CODINGS {
        let weight = weight(headers, coding);
        if weight > best_weight && there_is(coding) {
            (best, best_weight) = (Some(coding), weight);
        }
    }
    best
}

/// In thousandths; zero for what is refused or not named.
fn weight(headers: &HeaderMap, coding: &str) -> u16 {
    let mut any = 0;
    for item in items(headers, &ACCEPT_ENCODING) {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        if name.trim().eq_ignore_ascii_case(coding) {
            return quality(parameters);
        }
        if name.trim() == "*" {
            any = quality(parameters);
        }
    }
    any
}

fn quality(parameters: &str) -> u16 {
    let said = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_quality = name.trim().eq_ignore_ascii_case("q");
        is_quality.then(|| value.trim())
    });
    match said {
        None => 1000,
        Some(text) => thousandths(text).unwrap_or(0),
    }
}

/// `0.25` is 250; at most three places, at most 1.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    if places.len() > 3 || !places.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let places: u16 = format!("{places:0<3}").parse().ok()?;
    Some((whole * 1000 + places).min(1000))
}

/// Whether the caller has exactly these bytes already.
pub(super) fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    let same = |known: &str| known == "*" || known.trim_start_matches("W/") == etag;
    items(headers, &IF_NONE_MATCH).any(same)
}

/// The items of a list header, however many lines it takes.
fn items<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter();
    let texts = lines.filter_map(|line| line.to_str().ok());
    texts.flat_map(|line| line.split(',').map(str::trim))
}
