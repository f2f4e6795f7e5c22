//! HTTP Message Signatures (RFC 9421) with Ed25519.
//!
//! ```
//! use http::Method;
//! use trunnel_model::{http::HttpRequest, secret::Secret, time::Timestamp};
//! use trunnel_sign::http_signature::{COMMON, HttpSignature};
//!
//! let url = url::Url::parse("https://acme.streamline.ai/api/v0/request-forms")?;
//! let mut request = HttpRequest::new(Method::GET, url);
//! let signer = HttpSignature {
//!     key_id: "slak_123",
//!     key: &Secret::new("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="),
//!     label: "sig",
//!     components: COMMON,
//!     name_algorithm: true,
//!     lifetime: Some(60),
//! };
//! signer.sign(&mut request, Timestamp::from_millis(1_700_000_000_000))?;
//! assert!(request.headers.contains_key("signature-input"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use url::Position;

use crate::digest::sha256;
use crate::encode::base64;
use crate::fault::{SignFault, quotable, secret_value};
use crate::key::PrivateKey;

const DIGEST: &str = "content-digest";

/// What is usually signed: where the request goes, and what it carries.
pub const COMMON: &[&str] = &["@method", "@target-uri", "content-digest", "content-type"];

/// Who signs, and what.
#[derive(Debug, Clone, Copy)]
pub struct HttpSignature<'a> {
    pub key_id: &'a str,
    /// PEM, or the key's 32 bytes in base64 or hexadecimal.
    pub key: &'a Secret,
    /// Names the signature in both headers.
    pub label: &'a str,
    /// `@method`, `@target-uri`, `@authority`, `@path`, `@query`, or names of headers in
    /// small letters. `content-digest` is computed; a missing `content-type` is JSON.
    pub components: &'a [&'a str],
    /// Whether the parameters say `alg="ed25519"`.
    pub name_algorithm: bool,
    /// Seconds until the signature ends.
    pub lifetime: Option<i64>,
}

impl HttpSignature<'_> {
    /// Sets `signature-input` and `signature`, and the headers that they need.
    pub fn sign(&self, request: &mut HttpRequest, now: Timestamp) -> Result<(), SignFault> {
        self.complete(request)?;
        let parameters = self.parameters(now)?;
        let mut lines = Vec::new();
        for component in self.components {
            let value = value_of(request, component)?;
            lines.push(format!("\"{component}\": {value}"));
        }
        lines.push(format!("\"@signature-params\": {parameters}"));
        let base = lines.join("\n");
        let key = PrivateKey::parse_ed25519(self.key)?;
        let signature = base64(&key.sign_ed25519(base.as_bytes())?);
        let label = self.checked_label()?;
        let headers = [
            ("signature-input", format!("{label}={parameters}")),
            ("signature", format!("{label}=:{signature}:")),
        ];
        for (name, value) in headers {
            let value = secret_value(&value, "key id")?;
            request.secret_header(HeaderName::from_static(name), value);
        }
        Ok(())
    }

    /// Adds the headers that are signed and that the request does not have yet.
    fn complete(&self, request: &mut HttpRequest) -> Result<(), SignFault> {
        if self.components.contains(&DIGEST) {
            let digest = format!("sha-256=:{}:", base64(&sha256(&request.body)));
            let value = HeaderValue::from_str(&digest)
                .map_err(|_| SignFault::new("digest", "is no header"))?;
            request
                .headers
                .insert(HeaderName::from_static(DIGEST), value);
        }
        if self.components.contains(&"content-type") {
            request
                .headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("application/json"));
        }
        Ok(())
    }

    fn parameters(&self, now: Timestamp) -> Result<String, SignFault> {
        let names: Vec<String> = self
            .components
            .iter()
            .map(|component| quotable(component, "component").map(|name| format!("\"{name}\"")))
            .collect::<Result<_, _>>()?;
        let algorithm = if self.name_algorithm {
            ";alg=\"ed25519\""
        } else {
            ""
        };
        let created = now.as_seconds();
        let expires = self
            .lifetime
            .map(|seconds| format!(";expires={}", created.saturating_add(seconds)))
            .unwrap_or_default();
        let key_id = quotable(self.key_id, "key id")?;
        let names = names.join(" ");
        Ok(format!(
            "({names}){algorithm};created={created}{expires};keyid=\"{key_id}\""
        ))
    }

    fn checked_label(&self) -> Result<&str, SignFault> {
        let fits = self.label.starts_with(|c: char| c.is_ascii_lowercase())
            && self
                .label
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
        if fits {
            Ok(self.label)
        } else {
            Err(SignFault::new(
                "label",
                "must be small letters, digits, hyphens and underscores",
            ))
        }
    }
}

fn value_of(request: &HttpRequest, component: &str) -> Result<String, SignFault> {
    let url = &request.url;
    match component {
        "@method" => Ok(request.method.as_str().to_owned()),
        "@target-uri" => Ok(url[..Position::AfterQuery].to_owned()),
        "@authority" => Ok(url[Position::BeforeHost..Position::AfterPort].to_owned()),
        "@path" => Ok(url.path().to_owned()),
        "@query" => Ok(format!("?{}", url.query().unwrap_or_default())),
        name => header(request, name),
    }
}

/// All values of the header, in their order.
fn header(request: &HttpRequest, name: &str) -> Result<String, SignFault> {
    let values: Vec<&str> = request
        .headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().map(str::trim))
        .collect::<Result<_, _>>()
        .map_err(|_| SignFault::new("header", "holds bytes that are no text"))?;
    if values.is_empty() {
        return Err(SignFault::new(
            "component",
            "names a header that the request does not have",
        ));
    }
    Ok(values.join(", "))
}
