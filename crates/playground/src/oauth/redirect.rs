//! Sending the browser back to the client.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::pages;

/// Sends the browser to the client's redirect URI with the answer in its query. An
/// answer always names who gives it (RFC 9207) and repeats the client's `state`.
pub(crate) fn answer(
    redirect_uri: &str,
    parameters: &[(&str, &str)],
    state: Option<&str>,
    issuer: &str,
) -> Response {
    let Ok(mut url) = Url::parse(redirect_uri) else {
        return pages::problem(
            StatusCode::BAD_REQUEST,
            "The app's redirect URI is not a URL.",
        )
        .into_response();
    };
    url.query_pairs_mut()
        .extend_pairs(parameters)
        .extend_pairs(state.map(|state| ("state", state)))
        .append_pair("iss", issuer);
    // 303 turns the form's POST into a GET, so that no form travels on to the client.
    (StatusCode::SEE_OTHER, headers(String::from(url))).into_response()
}

fn headers(location: String) -> [(HeaderName, String); 3] {
    [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ]
}
