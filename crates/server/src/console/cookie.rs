//! The Console's cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use trunnel_model::secret::Secret;
use url::Url;

const NAME: &str = "trunnel_console";

/// As long as a session that is not used.
const LIFE_S: u64 = 30 * 24 * 3_600;

/// The cookie's value, where there is one.
pub(crate) fn read(headers: &HeaderMap) -> Option<String> {
    named(headers, NAME)
}

/// The value of the cookie of this name.
pub(crate) fn named(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut found = pairs.filter_map(|pair| {
        let (known, value) = pair.trim().split_once('=')?;
        (known == name).then(|| value.to_owned())
    });
    found.next()
}

/// Gives the browser its session.
pub(crate) fn set(token: &Secret, public_url: &Url) -> HeaderValue {
    write(NAME, token.expose(), LIFE_S, "/", public_url)
}

/// Takes it away.
pub(crate) fn clear(public_url: &Url) -> HeaderValue {
    write(NAME, "", 0, "/", public_url)
}

/// A cookie that no script reads and that other sites' requests do not carry.
pub(crate) fn write(
    name: &str,
    value: &str,
    seconds: u64,
    path: &str,
    public_url: &Url,
) -> HeaderValue {
    let secure = if public_url.scheme() == "https" {
        "; Secure"
    } else {
        ""
    };
    let text =
        format!("{name}={value}; HttpOnly; SameSite=Lax; Path={path}; Max-Age={seconds}{secure}");
    let value = HeaderValue::from_str(&text);
    value.map_or_else(
        |_| HeaderValue::from_static(""),
        |mut value| {
            value.set_sensitive(true);
            value
        },
    )
}
