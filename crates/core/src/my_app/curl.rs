//! A request as somebody would type it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;

use crate::scrub::without;

/// The longest body that is shown.
const LONGEST: usize = 8 * 1024;

/// Without the values of its headers, and without the secrets anywhere else.
pub(crate) fn curl(request: &HttpRequest, secrets: &[&Secret]) -> String {
    let mut line = format!(
        "curl -X {} {}",
        request.method,
        quoted(request.url.as_str())
    );
    for name in request.headers.keys() {
        line.extend([" -H '", name.as_str(), ": ***'"]);
    }
    if !request.body.is_empty() {
        let body = String::from_utf8_lossy(&request.body);
        let shown: String = body.chars().take(LONGEST).collect();
        line.extend([" --data-raw ", quoted(&shown).as_str()]);
    }
    let encoded: Vec<Secret> = secrets
        .iter()
        .flat_map(|secret| spellings(secret.expose()))
        .map(Secret::new)
        .collect();
    let known: Vec<&Secret> = secrets.iter().copied().chain(&encoded).collect();
    without(line, &known)
}

/// How a text may stand in a URL, in a form, in JSON and between quotes.
fn spellings(text: &str) -> [String; 4] {
    let url = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let url = ["%2D", "%5F", "%2E", "%7E"]
        .into_iter()
        .zip(["-", "_", ".", "~"])
        .fold(url, |url, (from, to)| url.replace(from, to));
    let form = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let json = serde_json::Value::from(text).to_string();
    let json = json.trim_matches('"').to_owned();
    [url, form, json, escaped(text)]
}

fn quoted(text: &str) -> String {
    format!("'{}'", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\'', "'\\''")
}
