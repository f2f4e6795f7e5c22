//! Requests to Avanan's Smart API.
//!
//! ```
//! use http::Method;
//! use trunnel_model::{http::HttpRequest, secret::Secret, time::Timestamp};
//! use trunnel_sign::avanan::Avanan;
//!
//! let url = url::Url::parse("https://smart-api-production-1-us.avanan.net/v1.0/auth")?;
//! let mut request = HttpRequest::new(Method::GET, url);
//! let avanan = Avanan { app_id: "app", secret_key: &Secret::new("secret"), sign_path: false };
//! avanan.sign(&mut request, "a-request-id", Timestamp::from_millis(0))?;
//! assert_eq!(request.headers["x-av-date"], "1970-01-01T00:00:00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use http::HeaderName;
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use zeroize::Zeroizing;

use crate::date;
use crate::digest::sha256;
use crate::encode::{base64, hex};
use crate::fault::{SignFault, secret_value};

/// Who signs, and whether the request's path takes part: it does in every call, and
/// does not where the token is fetched.
#[derive(Debug, Clone, Copy)]
pub struct Avanan<'a> {
    pub app_id: &'a str,
    pub secret_key: &'a Secret,
    pub sign_path: bool,
}

impl Avanan<'_> {
    /// Sets `x-av-app-id`, `x-av-req-id`, `x-av-date` and `x-av-sig`. The request's id
    /// must be new every time.
    pub fn sign(
        &self,
        request: &mut HttpRequest,
        request_id: &str,
        now: Timestamp,
    ) -> Result<(), SignFault> {
        let date = date::format(now, "%Y-%m-%dT%H:%M:%S")?;
        let path = if self.sign_path {
            path_and_query(request)
        } else {
            String::new()
        };
        let text = Zeroizing::new(format!(
            "{request_id}{}{date}{path}{}",
            self.app_id,
            self.secret_key.expose()
        ));
        let encoded = Zeroizing::new(base64(text.as_bytes()));
        let signature = hex(&sha256(encoded.as_bytes()));
        let headers = [
            ("x-av-app-id", self.app_id, "application id"),
            ("x-av-req-id", request_id, "request id"),
            ("x-av-date", date.as_str(), "time"),
            ("x-av-sig", signature.as_str(), "signature"),
        ];
        for (name, value, field) in headers {
            let value = secret_value(value, field)?;
            request.secret_header(HeaderName::from_static(name), value);
        }
        Ok(())
    }
}

fn path_and_query(request: &HttpRequest) -> String {
    let url = &request.url;
    url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    )
}
