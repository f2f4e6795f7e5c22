//! Getting a document that somebody links to.

use std::time::Duration;

use http::header::{ACCEPT, LOCATION};
use http::{HeaderValue, Method};
use trunnel_model::fault::Fault;
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_model::time::Clock;
use trunnel_outbound::{Limits, Outbound, SendFailure};
use url::Url;

/// As long as everything may take, redirects included.
const PATIENCE: Duration = Duration::from_secs(15);
const MOST_REDIRECTS: usize = 5;

#[derive(Debug, Clone)]
pub struct Fetched {
    pub text: String,
    /// Where it was in the end; relative addresses in it are relative to this.
    pub url: Url,
}

/// Fetches a document without any credential, so that a redirect may lead anywhere
/// that may be reached at all.
///
/// # Errors
/// A fault of the field `url`.
pub async fn fetch_document(
    outbound: &Outbound,
    clock: &dyn Clock,
    url: &str,
) -> Result<Fetched, Fault> {
    let mut url = parse(url)?;
    let began = clock.ticks();
    for _ in 0..=MOST_REDIRECTS {
        let spent = Duration::from_nanos(clock.ticks().saturating_sub(began));
        let limits = Limits::of(PATIENCE.saturating_sub(spent)).up_to(trunnel_openapi::LARGEST);
        let mut request = HttpRequest::new(Method::GET, url.clone());
        let wanted = "application/json, application/yaml, text/yaml, */*;q=0.5";
        request
            .headers
            .insert(ACCEPT, HeaderValue::from_static(wanted));
        let answer = outbound
            .send(request, limits)
            .await
            .map_err(|e| unsent(&e))?;
        match (answer.status, target(&url, &answer)) {
            (200..300, _) => return text(answer, url),
            (_, Some(next)) => url = next,
            (status, None) => {
                return Err(fault(&format!(
                    "the server answered {status}, not the document"
                )));
            }
        }
    }
    Err(fault("it redirects more than five times"))
}

fn parse(text: &str) -> Result<Url, Fault> {
    let url = Url::parse(text.trim()).map_err(|error| fault(&format!("it is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(fault("it must begin with https:// or http://"));
    }
    Ok(url)
}

fn target(from: &Url, answer: &HttpAnswer) -> Option<Url> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    let next = from.join(location).ok()?;
    matches!(next.scheme(), "http" | "https").then_some(next)
}

fn text(answer: HttpAnswer, url: Url) -> Result<Fetched, Fault> {
    match String::from_utf8(answer.body.into()) {
        Ok(text) => Ok(Fetched { text, url }),
        Err(_) => Err(fault("what it leads to is no text in UTF-8")),
    }
}

fn unsent(failure: &SendFailure) -> Fault {
    if matches!(failure, SendFailure::TooLarge) {
        return fault("the document is larger than 20 MB");
    }
    fault(&failure.to_string())
}

fn fault(why: &str) -> Fault {
    Fault::field(
        "url",
        format!("The document at `url` cannot be had: {why}."),
    )
}
