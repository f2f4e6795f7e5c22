//! Whom to believe in a TLS handshake.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use crate::failure::SetupFailure;

/// TLS with the machine's certificate authorities, or with Mozilla's list where
/// the machine has none, as in a minimal container.
pub(crate) fn client_config() -> Result<ClientConfig, SetupFailure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupFailure::Tls(error.to_string()))?;
    Ok(builder
        .with_root_certificates(roots())
        .with_no_client_auth())
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
