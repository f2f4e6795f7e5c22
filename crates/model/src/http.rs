//! One HTTP exchange with the outside world, as values.
//!
//! `catalog` builds requests without sending them and `outbound` sends them
//! without knowing what they mean; these are the words they share.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use crate::secret::Secret;

/// Where a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Egress {
    /// Anywhere public: every address is vetted before it is connected to.
    Public,
    /// This very server, for the built-in Playground; nothing else asks for it.
    Instance,
}

/// What to do when the far side answers with a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// The redirect is the answer.
    Never,
    /// Followed while it stays on the origin the credential is meant for.
    SameOrigin,
}

/// The certificate with which a request proves who sends it, and its private key.
///
/// Both are PEM text as someone pasted it; whether they are any good is found out when
/// they are used. Clones are cheap, and the `Debug` shows nothing of either.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate(Arc<CertificateParts>);

#[derive(PartialEq, Eq)]
struct CertificateParts {
    chain: String,
    key: Secret,
}

impl ClientCertificate {
    /// `chain` starts with the certificate itself, and those that vouch for it follow.
    pub fn new(chain: impl Into<String>, key: Secret) -> Self {
        let chain = chain.into();
        Self(Arc::new(CertificateParts { chain, key }))
    }

    pub fn chain(&self) -> &str {
        &self.0.chain
    }

    pub fn key(&self) -> &Secret {
        &self.0.key
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(***)")
    }
}

/// A request that is ready to be sent.
///
/// Its `Debug` leaves out the query, the header values and the body, because any
/// of them may carry a credential.
#[derive(Clone)]
pub struct HttpRequest {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub egress: Egress,
    pub redirects: Redirects,
    /// By which this side proves itself in TLS.
    pub certificate: Option<ClientCertificate>,
}

impl HttpRequest {
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            egress: Egress::Public,
            redirects: Redirects::Never,
            certificate: None,
        }
    }

    /// Adds a header whose value no log may show.
    pub fn secret_header(&mut self, name: HeaderName, mut value: HeaderValue) {
        value.set_sensitive(true);
        self.headers.insert(name, value);
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = format!(
            "{}{}",
            self.url.origin().ascii_serialization(),
            self.url.path()
        );
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("place", &place)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A whole answer, body included.
#[derive(Clone)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl HttpAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
