//! How a finished request is signed, and with which certificate it is sent.

use super::consent::SignatureMethod;
use crate::template::Template;

/// How a finished request is signed.
#[derive(Debug)]
pub enum Sign {
    OAuth1 {
        signature: SignatureMethod,
        consumer_key: Template,
        consumer_secret: Option<Template>,
        token: Option<Template>,
        token_secret: Option<Template>,
        private_key: Option<Template>,
        realm: Option<Template>,
    },
    AwsSigV4 {
        access_key: Template,
        secret_key: Template,
        session_token: Option<Template>,
        region: Template,
        service: Template,
    },
    /// `X-WSSE` with a digest of the password.
    Wsse {
        username: Template,
        password: Template,
    },
    Duo {
        integration_key: Template,
        secret_key: Template,
    },
    Avanan {
        app_id: Template,
        secret_key: Template,
    },
    /// RFC 9421 with Ed25519.
    HttpSignature {
        key_id: Template,
        private_key: Template,
    },
}

/// The certificate by which this side proves itself in TLS, as PEM.
#[derive(Debug)]
pub struct CertificateTemplate {
    pub(crate) certificate: Template,
    pub(crate) key: Template,
}
