//! Requests to Cisco Duo's Admin API.
//!
//! ```
//! use http::Method;
//! use trunnel_model::{http::HttpRequest, secret::Secret, time::Timestamp};
//! use trunnel_sign::duo::Duo;
//!
//! let url = url::Url::parse("https://api-1234.duosecurity.com/admin/v1/users?limit=10")?;
//! let mut request = HttpRequest::new(Method::GET, url);
//! let duo = Duo { integration_key: "DIXXX", secret_key: &Secret::new("secret") };
//! duo.sign(&mut request, Timestamp::from_millis(0))?;
//! assert_eq!(request.headers["date"], "Thu, 01 Jan 1970 00:00:00 -0000");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use http::HeaderValue;
use http::header::{AUTHORIZATION, DATE};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use zeroize::Zeroizing;

use crate::date;
use crate::digest::{Hash, hmac};
use crate::encode::{base64, hex};
use crate::fault::{SignFault, secret_value};
use crate::params;

/// Who signs.
#[derive(Debug, Clone, Copy)]
pub struct Duo<'a> {
    pub integration_key: &'a str,
    pub secret_key: &'a Secret,
}

impl Duo<'_> {
    /// Signs date, method, host, path and parameters; a JSON body has no part in it.
    pub fn sign(&self, request: &mut HttpRequest, now: Timestamp) -> Result<(), SignFault> {
        if self.integration_key.contains(':') {
            return Err(SignFault::new("integration key", "must not hold a colon"));
        }
        let date = date::format(now, "%a, %d %b %Y %H:%M:%S -0000")?;
        let host = request
            .url
            .host_str()
            .ok_or(SignFault::new("URL", "names no host"))?;
        let canonical = [
            date.as_str(),
            &request.method.as_str().to_ascii_uppercase(),
            &host.to_ascii_lowercase(),
            request.url.path(),
            &params::join(params::of_request(request)),
        ]
        .join("\n");
        let key = self.secret_key.expose().as_bytes();
        let signature = hex(&hmac(Hash::Sha1, key, canonical.as_bytes()));
        let pair = Zeroizing::new(format!("{}:{signature}", self.integration_key));
        let basic = format!("Basic {}", base64(pair.as_bytes()));
        let date =
            HeaderValue::from_str(&date).map_err(|_| SignFault::new("time", "is no date"))?;
        request.headers.insert(DATE, date);
        request.secret_header(AUTHORIZATION, secret_value(&basic, "integration key")?);
        Ok(())
    }
}
