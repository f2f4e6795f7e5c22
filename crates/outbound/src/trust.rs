//! Whom to believe in a TLS handshake, and whom to be in one.

use std::fmt;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};

use crate::failure::SetupFailure;

/// The certificate authorities that servers are verified against.
#[derive(Clone)]
pub struct Trust(Arc<RootCertStore>);

impl Trust {
    /// The machine's authorities, or Mozilla's list where the machine has none, as in a
    /// minimal container.
    pub fn of_machine() -> Self {
        Self(Arc::new(roots()))
    }

    /// Only the authorities of this PEM text. Handed in, so that a test can be one.
    pub fn only(pem: &str) -> Result<Self, SetupFailure> {
        let mut store = RootCertStore::empty();
        for found in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let authority = found.map_err(|error| SetupFailure::Tls(error.to_string()))?;
            let added = store.add(authority);
            added.map_err(|error| SetupFailure::Tls(error.to_string()))?;
        }
        Ok(Self(Arc::new(store)))
    }

    /// TLS in which nobody shows a certificate but the server.
    pub(crate) fn anonymous(&self) -> Result<ClientConfig, SetupFailure> {
        let builder = self.builder();
        let builder = builder.map_err(|error| SetupFailure::Tls(error.to_string()))?;
        Ok(builder.with_no_client_auth())
    }

    /// TLS in which this certificate is shown to a server that asks. Each has its own
    /// memory of sessions: a resumed one would vouch for whoever began it.
    pub(crate) fn identified(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<ClientConfig, rustls::Error> {
        self.builder()?.with_client_auth_cert(chain, key)
    }

    fn builder(&self) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions()?;
        Ok(builder.with_root_certificates(Arc::clone(&self.0)))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("authorities", &self.0.len())
            .finish()
    }
}

fn roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, ignored) = store.add_parsable_certificates(found.certs);
    tracing::debug!(added, ignored, "certificate authorities of this machine");
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        tracing::info!("this machine has no certificate authorities; using the built-in list");
    }
    store
}
