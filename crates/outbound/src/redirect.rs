//! Following a redirect without carrying a credential away.

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, LOCATION};
use trunnel_model::http::{HttpAnswer, HttpRequest};
use url::Url;

/// How many redirects are followed before the next one is the answer.
pub(crate) const MOST: usize = 5;

/// The request an answer redirects to, if it stays on the same scheme, host and port.
pub(crate) fn next(mut request: HttpRequest, answer: &HttpAnswer) -> Option<HttpRequest> {
    let target = target(&request.url, answer)?;
    if becomes_get(answer.status, &request.method) {
        request.method = Method::GET;
        request.body = Bytes::new();
        for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
            request.headers.remove(name);
        }
    }
    request.url = target;
    Some(request)
}

fn target(from: &Url, answer: &HttpAnswer) -> Option<Url> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let target = from.join(answer.header(LOCATION.as_str())?).ok()?;
    (target.origin() == from.origin()).then_some(target)
}

/// What every browser does: 303 always, and the older two for a POST.
fn becomes_get(status: u16, method: &Method) -> bool {
    match status {
        303 => method != Method::HEAD,
        301 | 302 => method == Method::POST,
        _ => false,
    }
}
