//! A small but genuine provider inside the binary: an OAuth 2.0 authorization
//! server, key-based access and a contacts API, so that the whole loop of a
//! connection runs with no outside network.
//!
//! It is a stranger to the rest of the product: it shares the database and the
//! listener, and everything else reaches it over HTTP as it reaches any provider.
//! All of its state is in the database, secrets as SHA-256 only; the one exception
//! is the fault switches, which belong to a single process under test.

mod api;
mod body;
mod email;
mod faults;
mod keys;
mod minted;
mod oauth;
mod pages;
mod params;
mod routes;
mod scopes;
mod visitor;

use std::sync::Arc;

use trunnel_model::chance::Chance;
use trunnel_model::secret::Secret;
use trunnel_model::time::{Clock, Sleep, Timestamp};
use trunnel_store::playground::Client;
use trunnel_store::{Db, StoreError, playground as store};
use url::Url;

use faults::Faults;
pub use routes::{ROUTES, router};

/// The client that every developer app of the instance may share in test.
pub const SHARED_CLIENT_ID: &str = "playground-shared";

/// The password of everybody. The Playground checks who someone says they are, not
/// whether it is true; there is nothing in it that needs guarding.
pub const DEMO_PASSWORD: &str = "playground";

/// Clients and keys that there may be, of each: anyone can make them, and they stay.
const MAX_MADE: i64 = 10_000;

/// What the Playground needs from the world.
pub struct PlaygroundParts {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub sleep: Arc<dyn Sleep>,
    /// Where browsers and clients find this server; the issuer is derived from it.
    pub public_url: Url,
    /// Whether the fault switches can be reached.
    pub faults: bool,
}

/// The provider; cheap to clone.
#[derive(Clone)]
pub struct Playground(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    sleep: Arc<dyn Sleep>,
    public_url: Url,
    issuer: String,
    faults: Option<Faults>,
}

/// Why the shared client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SharedClientError {
    #[error("`{uri}` cannot be a redirect URI: {why}")]
    RedirectUri { uri: String, why: &'static str },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Playground {
    pub fn new(parts: PlaygroundParts) -> Self {
        let issuer = format!(
            "{}/playground",
            parts.public_url.as_str().trim_end_matches('/')
        );
        Self(Arc::new(Inner {
            db: parts.db,
            clock: parts.clock,
            chance: parts.chance,
            sleep: parts.sleep,
            public_url: parts.public_url,
            issuer,
            faults: parts.faults.then(Faults::default),
        }))
    }

    /// Makes the shared client exist with exactly this redirect URI and secret. For
    /// every start of every node: it changes nothing when nothing has changed.
    pub async fn ensure_shared_client(
        &self,
        redirect_uri: &str,
        secret: &Secret,
    ) -> Result<(), SharedClientError> {
        oauth::client::check_redirect_uri(redirect_uri).map_err(|why| {
            SharedClientError::RedirectUri {
                uri: redirect_uri.to_owned(),
                why,
            }
        })?;
        let client = Client {
            id: SHARED_CLIENT_ID.to_owned(),
            name: "Trunnel (shared test client)".to_owned(),
            secret_hash: minted::hash(secret.expose()).to_vec(),
            redirect_uris: vec![redirect_uri.to_owned()],
        };
        if store::find_client(self.db(), SHARED_CLIENT_ID)
            .await?
            .as_ref()
            == Some(&client)
        {
            return Ok(());
        }
        let now = self.now();
        self.db()
            .write(move |tx| Box::pin(async move { store::put_client(tx, &client, now).await }))
            .await?;
        Ok(())
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn chance(&self) -> &dyn Chance {
        self.0.chance.as_ref()
    }

    fn sleep(&self) -> &dyn Sleep {
        self.0.sleep.as_ref()
    }

    fn public_url(&self) -> &Url {
        &self.0.public_url
    }

    /// Who answers, as RFC 8414 and RFC 9207 name it.
    fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The fault switches, when this process was started with them.
    fn faults(&self) -> Option<&Faults> {
        self.0.faults.as_ref()
    }
}
