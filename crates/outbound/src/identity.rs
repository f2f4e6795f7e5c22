//! Who a request comes from, when a certificate says so.
//!
//! Each identity has a client, and so connections and TLS sessions, of its own: a
//! connection that was opened with one customer's certificate never carries another
//! customer's request.

use parking_lot::Mutex;
use reqwest::Client;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, InconsistentKeys};
use sha2::{Digest, Sha256};
use trunnel_model::http::ClientCertificate;

use crate::trust::Trust;

/// How many identities keep their connections. Whoever comes beyond that costs the one
/// that was used the longest ago a handshake.
const MOST: usize = 64;

/// Why a client certificate cannot be used. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateRefused {
    #[error("the client certificate is not in PEM form")]
    CertificateForm,
    #[error("the text of the client certificate holds no certificate")]
    NoCertificate,
    #[error("the client certificate is damaged or of an unknown kind")]
    Certificate,
    #[error("the private key of the client certificate is not in PEM form")]
    KeyForm,
    #[error(
        "the text of the client certificate's private key holds no private key, \
         or one that is encrypted with a password"
    )]
    NoKey,
    #[error("the private key of the client certificate is damaged or of an unknown kind")]
    Key,
    #[error("the private key does not belong to the client certificate")]
    Mismatch,
    #[error("a client certificate can only be shown to an https address")]
    NotTls,
    #[error("no client could be set up with the client certificate")]
    Client,
}

type Fingerprint = [u8; 32];

/// The clients of the identities that were used last.
pub(crate) struct Identities {
    trust: Trust,
    /// The most recently used one is the last.
    kept: Mutex<Vec<(Fingerprint, Client)>>,
}

impl Identities {
    pub(crate) fn new(trust: Trust) -> Self {
        let kept = Mutex::default();
        Self { trust, kept }
    }

    /// The client of this identity, which `build` makes when there is none yet.
    pub(crate) fn client(
        &self,
        certificate: &ClientCertificate,
        build: impl FnOnce(ClientConfig) -> reqwest::Result<Client>,
    ) -> Result<Client, CertificateRefused> {
        let fingerprint = fingerprint(certificate);
        if let Some(client) = find(&mut self.kept.lock(), &fingerprint) {
            return Ok(client);
        }
        // Not under the lock: whoever has a client already need not wait for this.
        let tls = self.tls(certificate)?;
        let client = build(tls).map_err(|_| CertificateRefused::Client)?;
        Ok(self.keep(fingerprint, client))
    }

    /// Keeps the client, unless somebody else has meanwhile made one for the identity.
    fn keep(&self, fingerprint: Fingerprint, client: Client) -> Client {
        let mut kept = self.kept.lock();
        if let Some(earlier) = find(&mut kept, &fingerprint) {
            return earlier;
        }
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push((fingerprint, client.clone()));
        client
    }

    fn tls(&self, certificate: &ClientCertificate) -> Result<ClientConfig, CertificateRefused> {
        let (chain, key) = (chain(certificate)?, key(certificate)?);
        let tls = self.trust.identified(chain, key);
        tls.map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                CertificateRefused::Mismatch
            }
            rustls::Error::InvalidCertificate(_) => CertificateRefused::Certificate,
            _ => CertificateRefused::Key,
        })
    }
}

/// Finds a client and makes it the most recently used one.
fn find(kept: &mut [(Fingerprint, Client)], wanted: &Fingerprint) -> Option<Client> {
    let place = kept.iter().rposition(|(of, _)| of == wanted)?;
    kept[place..].rotate_left(1);
    kept.last().map(|(_, client)| client.clone())
}

/// The lengths keep two texts from passing for two others.
fn fingerprint(certificate: &ClientCertificate) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in [certificate.chain(), certificate.key().expose()] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn chain(of: &ClientCertificate) -> Result<Vec<CertificateDer<'static>>, CertificateRefused> {
    let found = CertificateDer::pem_slice_iter(of.chain().as_bytes());
    let chain: Vec<_> = found
        .collect::<Result<_, _>>()
        .map_err(|_| CertificateRefused::CertificateForm)?;
    if chain.is_empty() {
        return Err(CertificateRefused::NoCertificate);
    }
    Ok(chain)
}

fn key(of: &ClientCertificate) -> Result<PrivateKeyDer<'static>, CertificateRefused> {
    let key = PrivateKeyDer::from_pem_slice(of.key().expose().as_bytes());
    key.map_err(|error| match error {
        pem::Error::NoItemsFound => CertificateRefused::NoKey,
        _ => CertificateRefused::KeyForm,
    })
}
