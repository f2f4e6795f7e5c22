//! Where providers send a customer's browser back to.

use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use trunnel_core::{Callback, Error};
use trunnel_model::chance;

use crate::app::Server;
use crate::input::{Params, PathText};
use crate::layer::request::RequestInfo;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default().get(Access::Public, "/api/v1/{slug}/callback", callback)
}

async fn callback(
    State(server): State<Server>,
    Extension(info): Extension<RequestInfo>,
    PathText(slug): PathText,
    RawQuery(query): RawQuery,
) -> Response {
    // Written by a provider, for a customer to see the end of: no JSON error here.
    let Params(query) = Params::lenient(&query.unwrap_or_default());
    let callback = Callback {
        slug,
        query,
        address: info.address().map(ToOwned::to_owned),
    };
    let nonce = chance::secret_text(&*server.core.chance_handle());
    match server.core.finish_oauth(callback).await {
        Ok(result) => {
            let text = format!(
                "{} is connected. You can close this window.",
                result.app_name
            );
            page(StatusCode::OK, "Connected", &text, &nonce, true)
        }
        Err(Error::Fault(fault)) => {
            let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST);
            tracing::info!(
                code = fault.code.as_str(),
                message = fault.message,
                "not connected"
            );
            page(status, "Not connected", &fault.message, &nonce, false)
        }
        Err(error) => {
            tracing::error!(%error, "a callback failed");
            let text = "Something went wrong on the server. Start again in a moment.";
            page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Not connected",
                text,
                &nonce,
                false,
            )
        }
    }
}

/// The page tells the window that opened it, which learns only whether it worked,
/// and closes itself after a success. Where the Connect portal sent its own tab here, for
/// want of a second window, the page leads back to it.
fn page(status: StatusCode, title: &str, text: &str, nonce: &str, connected: bool) -> Response {
    let (title, text) = (escape(title), escape(text));
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style nonce=\"{nonce}\">\
         :root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;display:grid;\
         place-items:center;min-height:90vh;margin:0;padding:1rem}}main{{max-width:26rem;\
         text-align:center}}h1{{font-size:1.4rem}}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p></main><script nonce=\"{nonce}\">\
         const connected={connected};\
         if(window.opener){{window.opener.postMessage({{type:'trunnel:oauth',connected}},'*');\
         if(connected)window.close();}}\
         else{{let back=null;try{{back=sessionStorage.getItem('trunnel-portal-return');}}catch{{}}\
         if(back&&back.startsWith('/connect/')){{if(connected)location.replace(back);\
         else{{const link=document.createElement('a');link.href=back;link.textContent='Back';\
         document.querySelector('main').append(link);}}}}}}</script></body></html>"
    );
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                c => escaped.push(c),
            }
            escaped
        })
}
