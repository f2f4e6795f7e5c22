//! OAuth 1.0a (RFC 5849): the `Authorization` header of a finished request.
//!
//! ```
//! use http::Method;
//! use trunnel_model::{http::HttpRequest, secret::Secret, time::Timestamp};
//! use trunnel_sign::oauth1::{OAuth1, SignatureMethod};
//!
//! let url = url::Url::parse("https://api.example.com/1/items?page=2")?;
//! let mut request = HttpRequest::new(Method::GET, url);
//! let signer = OAuth1 {
//!     method: SignatureMethod::HmacSha256,
//!     consumer_key: "consumer",
//!     consumer_secret: &Secret::new("consumer secret"),
//!     token: Some("token"),
//!     token_secret: Some(&Secret::new("token secret")),
//!     private_key: None,
//!     realm: Some("1234567_SB1"),
//!     extra: &[],
//!     version: true,
//! };
//! signer.sign(&mut request, "a nonce", Timestamp::from_millis(1_700_000_000_000))?;
//! assert!(request.headers.contains_key("authorization"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use http::header::AUTHORIZATION;
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use zeroize::Zeroizing;

use crate::digest::{Hash, hmac};
use crate::encode::{base64, percent};
use crate::fault::{SignFault, quotable, secret_value};
use crate::key::{PrivateKey, sign_rsa_sha1};
use crate::params::{self, Pair};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureMethod {
    HmacSha1,
    HmacSha256,
    RsaSha1,
    Plaintext,
}

impl SignatureMethod {
    /// Reads the name that travels in the header.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::HmacSha1,
            Self::HmacSha256,
            Self::RsaSha1,
            Self::Plaintext,
        ]
        .into_iter()
        .find(|method| method.as_str() == name)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::RsaSha1 => "RSA-SHA1",
            Self::Plaintext => "PLAINTEXT",
        }
    }
}

/// Who signs, and how.
#[derive(Debug, Clone, Copy)]
pub struct OAuth1<'a> {
    pub method: SignatureMethod,
    pub consumer_key: &'a str,
    pub consumer_secret: &'a Secret,
    pub token: Option<&'a str>,
    pub token_secret: Option<&'a Secret>,
    /// PEM; only `RSA-SHA1` needs it.
    pub private_key: Option<&'a Secret>,
    /// Stands in the header and is not signed; `NetSuite` wants the account's id here.
    pub realm: Option<&'a str>,
    /// Further parameters of the header, such as `oauth_callback` or `oauth_verifier`.
    pub extra: &'a [(&'a str, &'a str)],
    /// Whether `oauth_version` is sent; nearly all providers expect or allow it.
    pub version: bool,
}

impl OAuth1<'_> {
    /// Signs the request as it is: nothing of its method, URL or form may change
    /// afterwards. The nonce must be new for every request of the same second.
    pub fn sign(
        &self,
        request: &mut HttpRequest,
        nonce: &str,
        now: Timestamp,
    ) -> Result<(), SignFault> {
        let mut parameters = self.parameters(nonce, now);
        let signature = match self.method {
            SignatureMethod::Plaintext => self.key().to_string(),
            _ => self.signature(&base_string(request, &parameters)?)?,
        };
        parameters.push(("oauth_signature".to_owned(), signature));
        let header = Zeroizing::new(self.header(&parameters)?);
        let value = secret_value(&header, "OAuth header")?;
        request.secret_header(AUTHORIZATION, value);
        Ok(())
    }

    fn parameters(&self, nonce: &str, now: Timestamp) -> Vec<Pair> {
        let seconds = now.as_seconds().to_string();
        let own = [
            ("oauth_consumer_key", Some(self.consumer_key)),
            ("oauth_token", self.token),
            ("oauth_signature_method", Some(self.method.as_str())),
            ("oauth_timestamp", Some(seconds.as_str())),
            ("oauth_nonce", Some(nonce)),
            ("oauth_version", self.version.then_some("1.0")),
        ];
        let own = own
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        own.chain(self.extra.iter().copied())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Both secrets, also where there is no token yet.
    fn key(&self) -> Zeroizing<String> {
        let token = self.token_secret.map_or("", Secret::expose);
        Zeroizing::new(format!(
            "{}&{}",
            percent(self.consumer_secret.expose().as_bytes()),
            percent(token.as_bytes())
        ))
    }

    fn signature(&self, base: &str) -> Result<String, SignFault> {
        let key = self.key();
        let bytes = match self.method {
            SignatureMethod::HmacSha256 => hmac(Hash::Sha256, key.as_bytes(), base.as_bytes()),
            SignatureMethod::RsaSha1 => {
                let pem = self.private_key.ok_or(SignFault::new(
                    "private key",
                    "is missing; RSA-SHA1 signs with it",
                ))?;
                sign_rsa_sha1(&PrivateKey::parse(pem)?, base.as_bytes())?
            }
            SignatureMethod::HmacSha1 | SignatureMethod::Plaintext => {
                hmac(Hash::Sha1, key.as_bytes(), base.as_bytes())
            }
        };
        Ok(base64(&bytes))
    }

    fn header(&self, parameters: &[Pair]) -> Result<String, SignFault> {
        let realm = match self.realm {
            Some(realm) => Some(format!("realm=\"{}\"", quotable(realm, "realm")?)),
            None => None,
        };
        let rest = parameters.iter().map(|(name, value)| {
            format!(
                "{}=\"{}\"",
                percent(name.as_bytes()),
                percent(value.as_bytes())
            )
        });
        let all: Vec<String> = realm.into_iter().chain(rest).collect();
        Ok(format!("OAuth {}", all.join(", ")))
    }
}

/// What is signed (RFC 5849, section 3.4.1): the method, the URL without its query, and
/// every parameter of query, form and header, in one order and one spelling.
/// `parameters` are those of the header, not encoded yet.
pub fn base_string(
    request: &HttpRequest,
    parameters: &[(String, String)],
) -> Result<String, SignFault> {
    let own = parameters
        .iter()
        .map(|(name, value)| (percent(name.as_bytes()), percent(value.as_bytes())));
    let mut all = params::of_request(request);
    all.extend(own);
    Ok(format!(
        "{}&{}&{}",
        percent(request.method.as_str().to_ascii_uppercase().as_bytes()),
        percent(address(request)?.as_bytes()),
        percent(params::join(all).as_bytes())
    ))
}

/// Scheme, host, a port that is not the usual one, path.
fn address(request: &HttpRequest) -> Result<String, SignFault> {
    let url = &request.url;
    let host = url
        .host_str()
        .ok_or(SignFault::new("URL", "names no host"))?;
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let path = if url.path().is_empty() {
        "/"
    } else {
        url.path()
    };
    Ok(format!("{}://{host}{port}{path}", url.scheme()))
}
