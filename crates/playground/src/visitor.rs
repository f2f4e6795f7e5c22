//! Whether a form was sent from the Playground's own page.
//!
//! There are no cookies: a login lives in the form that follows it, so a foreign
//! page has nobody's session to ride on. What remains is a foreign page that logs
//! its visitor in as somebody else, and browsers say of every form where it came
//! from. Only browsers do; a program without these headers rides on nothing.

use axum::http::{HeaderMap, header};
use url::Url;

/// Refuses what a browser says came from elsewhere.
pub(crate) fn sent_from_here(headers: &HeaderMap, public_url: &Url) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    origin.origin() == public_url.origin() || host == Some(origin.authority())
}
