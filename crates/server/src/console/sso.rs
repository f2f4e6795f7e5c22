//! Signing in at an identity provider: two navigations of a browser.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use trunnel_core::{Error, SsoReturn};
use trunnel_model::fault::FaultCode;
use trunnel_model::secret::Secret;

use super::caller::Address;
use super::cookie;
use crate::app::Server;
use crate::input::Params;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

const NAME: &str = "trunnel_sso";
const PATH: &str = "/console/api/sso";
/// As long as somebody may take at the provider.
const LIFE_S: u64 = 600;
const HOME: &str = "/console";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(Access::Public, "/console/api/sso/begin", begin)
        .get(Access::Public, "/console/api/sso/callback", callback)
}

async fn begin(
    State(server): State<Server>,
    Address(address): Address,
    params: Params,
) -> Response {
    let counted = server.core.note_attempt(address.as_deref());
    let begun = match counted {
        Ok(()) => server.core.begin_sso().await,
        Err(fault) => Err(fault.into()),
    };
    match begun {
        Err(error) => turned_away(&server, &error),
        Ok(begun) => {
            // Behind the seed, where to go in the end; a path of ours or nothing.
            let next = local(params.text("next"));
            let value = format!("{}.{}", begun.seed.expose(), encoded(&next));
            redirect(
                &server,
                begun.url.as_str(),
                [sso_cookie(&server, &value, LIFE_S)],
            )
        }
    }
}

async fn callback(
    State(server): State<Server>,
    Address(address): Address,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let kept = cookie::named(&headers, NAME);
    let (seed, next) = match kept.as_deref().and_then(|kept| kept.split_once('.')) {
        Some((seed, next)) => (Some(Secret::new(seed)), local(decoded(next))),
        None => (None, HOME.to_owned()),
    };
    let back = SsoReturn {
        seed,
        state: params.text("state"),
        code: params.text("code").map(Secret::new),
        error: params.text("error"),
    };
    match server.core.finish_sso(back, address).await {
        Err(error) => turned_away(&server, &error),
        Ok(begun) => {
            let public_url = &server.core.settings().instance.public_url;
            let cookies = [
                cookie::set(&begun.token, public_url),
                sso_cookie(&server, "", 0),
            ];
            redirect(&server, &next, cookies)
        }
    }
}

/// To the sign-in page, which says why. What is our own failure is in the log.
fn turned_away(server: &Server, error: &Error) -> Response {
    let code = match error {
        Error::Fault(fault) => {
            tracing::info!(
                code = fault.code.as_str(),
                why = fault.message,
                "single sign-on"
            );
            fault.code
        }
        other => {
            tracing::error!(error = %other, "single sign-on");
            FaultCode::InternalServerError
        }
    };
    let page = format!("/console/sign-in?error={}", code.as_str());
    redirect(server, &page, [sso_cookie(server, "", 0)])
}

fn redirect<const N: usize>(server: &Server, to: &str, cookies: [HeaderValue; N]) -> Response {
    // An absolute URL, so that a proxy in front need not know ours.
    let base = server.core.settings().instance.public_url.as_str();
    let to = if to.starts_with('/') {
        format!("{}{to}", base.trim_end_matches('/'))
    } else {
        to.to_owned()
    };
    let Ok(to) = HeaderValue::from_str(&to) else {
        let why = "a redirect could not be written".to_owned();
        return Problem::from(Error::Internal(why)).into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, to);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

fn sso_cookie(server: &Server, value: &str, seconds: u64) -> HeaderValue {
    let public_url = &server.core.settings().instance.public_url;
    cookie::write(NAME, value, seconds, PATH, public_url)
}

/// A path on this server, and on no other.
fn local(next: Option<String>) -> String {
    let fine = |path: &String| {
        path.starts_with(HOME)
            && path.len() <= 500
            && path
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    next.filter(fine).unwrap_or_else(|| HOME.to_owned())
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn decoded(text: &str) -> Option<String> {
    let text = percent_encoding::percent_decode_str(text).decode_utf8();
    text.ok().map(std::borrow::Cow::into_owned)
}
