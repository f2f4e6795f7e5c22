//! Following a redirect without carrying a credential away.

use std::future::Future;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, LOCATION};
use trunnel_model::http::{HttpAnswer, HttpRequest, Redirects};
use url::Url;

use crate::failure::SendFailure;

/// How many redirects are followed before the next one is the answer.
const MOST: usize = 5;

/// Sends one request and brings its answer, whatever it is.
pub(crate) trait Hop: Sync {
    type Answer: Head + Send;

    fn hop(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<Self::Answer, SendFailure>> + Send;
}

/// What of an answer says where to go next.
pub(crate) trait Head {
    fn status(&self) -> u16;
    fn headers(&self) -> &HeaderMap;
}

impl Head for HttpAnswer {
    fn status(&self) -> u16 {
        self.status
    }

    fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

/// One hop, or as many as the request allows.
pub(crate) async fn exchange<H: Hop>(
    hop: &H,
    request: HttpRequest,
) -> Result<H::Answer, SendFailure> {
    match request.redirects {
        Redirects::Never => hop.hop(request).await,
        Redirects::SameOrigin => follow(hop, request).await,
    }
}

async fn follow<H: Hop>(hop: &H, mut request: HttpRequest) -> Result<H::Answer, SendFailure> {
    let mut answer = hop.hop(request.clone()).await?;
    for _ in 0..MOST {
        let Some(next) = next(request, &answer) else {
            break;
        };
        match hop.hop(next.clone()).await {
            Ok(followed) => answer = followed,
            // The far side answered; that it pointed somewhere forbidden is its answer.
            Err(SendFailure::Refused(_)) => break,
            Err(failure) => return Err(failure.after_an_answer()),
        }
        request = next;
    }
    Ok(answer)
}

/// The request an answer redirects to, if it stays on the same scheme, host and port.
fn next(mut request: HttpRequest, answer: &impl Head) -> Option<HttpRequest> {
    let target = target(&request.url, answer)?;
    if becomes_get(answer.status(), &request.method) {
        request.method = Method::GET;
        request.body = Bytes::new();
        for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
            request.headers.remove(name);
        }
    }
    request.url = target;
    Some(request)
}

fn target(from: &Url, answer: &impl Head) -> Option<Url> {
    if !matches!(answer.status(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    let target = from.join(location).ok()?;
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
