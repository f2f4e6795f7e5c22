//! Names to addresses, with the policy in between.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::guard::{AddressRefused, EgressPolicy};

/// The addresses of a name, some time later.
pub type LookupAnswer<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Finds the addresses of a host name. Handed in, so that a test can decide what
/// a name resolves to.
pub trait Lookup: Send + Sync + 'static {
    fn lookup<'a>(&'a self, name: &'a str) -> LookupAnswer<'a>;
}

/// The machine's own name resolution.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup<'a>(&'a self, name: &'a str) -> LookupAnswer<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Resolves for the HTTP client, which then connects to these very addresses and
/// does not ask again: what was vetted is what is reached.
pub(crate) struct VettedResolve {
    pub(crate) policy: Arc<EgressPolicy>,
    pub(crate) lookup: Arc<dyn Lookup>,
}

impl Resolve for VettedResolve {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, lookup) = (Arc::clone(&self.policy), Arc::clone(&self.lookup));
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            vet_all(&policy, &found)?;
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

/// One refused address refuses the name: a name that is both public and private
/// is an attempt to have the private one tried second.
fn vet_all(policy: &EgressPolicy, found: &[IpAddr]) -> Result<(), AddressRefused> {
    found.iter().try_for_each(|address| policy.vet(*address))
}
