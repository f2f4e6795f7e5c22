//! AWS Signature, version 4, of a finished request.
//!
//! ```
//! use http::Method;
//! use trunnel_model::{http::HttpRequest, secret::Secret, time::Timestamp};
//! use trunnel_sign::sigv4::SigV4;
//!
//! let url = url::Url::parse("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")?;
//! let mut request = HttpRequest::new(Method::GET, url);
//! let signer = SigV4 {
//!     access_key: "AKIDEXAMPLE",
//!     secret_key: &Secret::new("a secret key"),
//!     session_token: None,
//!     region: "us-east-1",
//!     service: "iam",
//!     content_header: true,
//! };
//! signer.sign(&mut request, Timestamp::from_millis(1_440_938_160_000))?;
//! assert_eq!(request.headers["x-amz-date"], "20150830T123600Z");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use url::Url;
use zeroize::Zeroizing;

use crate::date;
use crate::digest::{Hash, hmac, sha256};
use crate::encode::{hex, percent};
use crate::fault::{SignFault, quotable, secret_value};
use crate::params;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Headers that stand between two machines and may change on the way.
const UNSIGNED: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// Services whose path is encoded once; all others encode it again.
const SINGLE: &[&str] = &["s3", "s3-object-lambda", "s3-outposts", "s3express"];

/// Who signs, and for what.
#[derive(Debug, Clone, Copy)]
pub struct SigV4<'a> {
    pub access_key: &'a str,
    pub secret_key: &'a Secret,
    pub session_token: Option<&'a Secret>,
    pub region: &'a str,
    pub service: &'a str,
    /// Whether the body's hash travels as `x-amz-content-sha256`. S3 and some others
    /// demand it, the rest allow it.
    pub content_header: bool,
}

impl SigV4<'_> {
    /// Signs the request with all its headers; nothing of it may change afterwards.
    pub fn sign(&self, request: &mut HttpRequest, now: Timestamp) -> Result<(), SignFault> {
        let moment = date::format(now, "%Y%m%dT%H%M%SZ")?;
        let content = hex(&sha256(&request.body));
        self.put_headers(request, &moment, &content)?;
        let headers = canonical_headers(request)?;
        let names: Vec<&str> = headers.keys().map(String::as_str).collect();
        let names = names.join(";");
        let canonical = self.canonical(request, &headers, &names, &content);
        let day = moment.split('T').next().unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!(
            "{ALGORITHM}\n{moment}\n{scope}\n{}",
            hex(&sha256(canonical.as_bytes()))
        );
        let signature = hex(&hmac(Hash::Sha256, &self.key(day), text.as_bytes()));
        let value = format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={names}, Signature={signature}",
            quotable(self.access_key, "access key")?,
            quotable(&scope, "region or service")?,
        );
        request.secret_header(AUTHORIZATION, secret_value(&value, "access key")?);
        Ok(())
    }

    fn put_headers(
        &self,
        request: &mut HttpRequest,
        moment: &str,
        content: &str,
    ) -> Result<(), SignFault> {
        let plain = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| SignFault::new("time", "is no date"))
        };
        request.headers.insert(DATE, plain(moment)?);
        if self.content_header {
            request.headers.insert(CONTENT, plain(content)?);
        }
        if let Some(token) = self.session_token {
            let value = secret_value(token.expose(), "session token")?;
            request.secret_header(TOKEN, value);
        }
        Ok(())
    }

    fn canonical(
        &self,
        request: &HttpRequest,
        headers: &BTreeMap<String, String>,
        names: &str,
        content: &str,
    ) -> String {
        let path = if SINGLE.contains(&self.service) {
            encoded_once(&request.url)
        } else {
            encoded_twice(&request.url)
        };
        let query = request.url.query().unwrap_or_default();
        let query = params::join(params::pairs(query.as_bytes()).collect());
        let lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}"))
            .collect();
        let lines = lines.join("\n");
        let method = request.method.as_str();
        format!("{method}\n{path}\n{query}\n{lines}\n\n{names}\n{content}")
    }

    fn key(&self, day: &str) -> Zeroizing<Vec<u8>> {
        let first = Zeroizing::new(format!("AWS4{}", self.secret_key.expose()));
        let mut key = Zeroizing::new(first.as_bytes().to_vec());
        for part in [day, self.region, self.service, "aws4_request"] {
            key = Zeroizing::new(hmac(Hash::Sha256, &key, part.as_bytes()));
        }
        key
    }
}

/// Names in small letters, in order; values without blanks around and doubled within.
fn canonical_headers(request: &HttpRequest) -> Result<BTreeMap<String, String>, SignFault> {
    let mut found = BTreeMap::new();
    found.insert("host".to_owned(), host(&request.url)?);
    for name in request.headers.keys() {
        if UNSIGNED.contains(&name.as_str()) {
            continue;
        }
        let mut values = Vec::new();
        for value in request.headers.get_all(name) {
            let text = std::str::from_utf8(value.as_bytes())
                .map_err(|_| SignFault::new("header", "holds bytes that are no text"))?;
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            values.push(words.join(" "));
        }
        found.insert(name.as_str().to_owned(), values.join(","));
    }
    Ok(found)
}

fn host(url: &Url) -> Result<String, SignFault> {
    let host = url
        .host_str()
        .ok_or(SignFault::new("URL", "names no host"))?;
    Ok(url
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// S3: the object's name, every byte that is not unreserved encoded, slashes kept.
fn encoded_once(url: &Url) -> String {
    let segments: Vec<String> = url
        .path()
        .split('/')
        .map(|segment| percent(&percent_decode_str(segment).collect::<Vec<u8>>()))
        .collect();
    rooted(&segments.join("/"))
}

/// All others: the path as it is sent, encoded again, empty segments dropped.
fn encoded_twice(url: &Url) -> String {
    let segments: Vec<String> = url
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent(segment.as_bytes()))
        .collect();
    let end = if url.path().ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", segments.join("/"))
}

fn rooted(path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}
