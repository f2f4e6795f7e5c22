//! Sealing and opening of secrets.
//!
//! A master key seals data keys, one per environment at a time, and a data key
//! seals everything that environment must keep secret. What a secret belongs to
//! (table, environment, row) is bound into it, so that bytes moved to another row
//! do not open.

mod envelope;
mod master;
mod rotate;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use trunnel_model::chance::Chance;
use trunnel_model::id::DataKeyId;
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::time::{Clock, Timestamp};
use trunnel_store::data_key::{self, StoredDataKey};
use trunnel_store::sealed::{Place, Sealed};
use trunnel_store::{Db, StoreError};

use envelope::Key;
pub use envelope::NotOpened;
pub use master::{MasterKeys, MasterKeysError, Origin};
pub use rotate::{Progress, rotate};

/// How long a node may go on sealing with a data key that has been retired
/// elsewhere. A rotation waits for longer than this before it looks a last time.
pub(crate) const CURRENT_FOR_MS: i64 = 5_000;

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Master(#[from] MasterKeysError),
    #[error("the secret of {table} {id} does not open: {why}")]
    Secret {
        table: &'static str,
        id: String,
        why: NotOpened,
    },
    #[error("data key {id} does not open: {why}")]
    DataKey { id: DataKeyId, why: NotOpened },
    #[error("data key {0} is not there")]
    NoDataKey(DataKeyId),
    #[error("the environment has no data key")]
    NoCurrentKey,
    #[error("the secret of {0} is not text")]
    NotText(&'static str),
}

/// Opens and seals; cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    db: Db,
    master: RwLock<MasterKeys>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    /// Data keys in the clear. They never change, so they are never stale.
    open: RwLock<HashMap<DataKeyId, Arc<Key>>>,
    current: RwLock<HashMap<Scope, (DataKeyId, Timestamp)>>,
}

/// Seals with one environment's current data key, without asking the database, so
/// that it can be used inside a transaction.
pub struct Sealer {
    scope: Scope,
    id: DataKeyId,
    key: Arc<Key>,
    chance: Arc<dyn Chance>,
}

impl Sealer {
    pub fn seal(&self, place: Place, id: &str, plain: &str) -> Sealed {
        let bound = bound_to(place, &self.scope, id);
        Sealed {
            bytes: self
                .key
                .seal(&self.id, &bound, plain.as_bytes(), &*self.chance),
            data_key: self.id.clone(),
        }
    }
}

impl Vault {
    pub fn new(db: Db, master: MasterKeys, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        Self(Arc::new(Inner {
            db,
            master: RwLock::new(master),
            clock,
            chance,
            open: RwLock::default(),
            current: RwLock::default(),
        }))
    }

    /// Checks that every data key of the database can be opened with a master key
    /// that is at hand.
    ///
    /// # Errors
    /// A sentence for the operator that names the missing key.
    pub async fn check(&self) -> Result<(), VaultError> {
        let needed = data_key::master_keys(&self.0.db).await?;
        self.0.master.read().covers(&needed)?;
        Ok(())
    }

    /// A new data key for an environment, to be added to the database by the caller.
    pub fn new_data_key(&self, scope: &Scope) -> (StoredDataKey, Sealer) {
        let now = self.0.clock.now();
        let id = DataKeyId::new(now, &*self.0.chance);
        let key = Arc::new(Key::generate(&*self.0.chance));
        let (master_key, sealed) = {
            let masters = self.0.master.read();
            let (name, master) = masters.first();
            let bound = data_key_bound(scope, &id);
            (
                name.to_owned(),
                master.seal(&id, &bound, key.expose(), &*self.0.chance),
            )
        };
        let stored = StoredDataKey {
            id: id.clone(),
            master_key,
            sealed,
            created_at: now,
            retired_at: None,
        };
        let sealer = Sealer {
            scope: scope.clone(),
            id,
            key,
            chance: Arc::clone(&self.0.chance),
        };
        (stored, sealer)
    }

    pub async fn sealer(&self, scope: &Scope) -> Result<Sealer, VaultError> {
        let id = self.current(scope).await?;
        Ok(Sealer {
            scope: scope.clone(),
            key: self.key(scope, &id).await?,
            id,
            chance: Arc::clone(&self.0.chance),
        })
    }

    pub async fn open(
        &self,
        scope: &Scope,
        place: Place,
        id: &str,
        sealed: &Sealed,
    ) -> Result<Secret, VaultError> {
        let key = self.key(scope, &sealed.data_key).await?;
        open_with(&key, scope, place, id, sealed)
    }

    /// Opens with a data key that is known already: inside a transaction nothing
    /// else may be asked. [`Vault::learn`] makes it known.
    pub fn open_now(
        &self,
        scope: &Scope,
        place: Place,
        id: &str,
        sealed: &Sealed,
    ) -> Result<Secret, VaultError> {
        let key = self.0.open.read().get(&sealed.data_key).map(Arc::clone);
        let key = key.ok_or_else(|| VaultError::NoDataKey(sealed.data_key.clone()))?;
        open_with(&key, scope, place, id, sealed)
    }

    /// Makes every data key of the environment known.
    pub async fn learn(&self, scope: &Scope) -> Result<(), VaultError> {
        for stored in data_key::list(&self.0.db, scope).await? {
            self.key(scope, &stored.id).await?;
        }
        Ok(())
    }

    async fn current(&self, scope: &Scope) -> Result<DataKeyId, VaultError> {
        let now = self.0.clock.now();
        if let Some((id, until)) = self.0.current.read().get(scope)
            && *until > now
        {
            return Ok(id.clone());
        }
        let stored = data_key::current(&self.0.db, scope)
            .await?
            .ok_or(VaultError::NoCurrentKey)?;
        let until = now.plus_millis(CURRENT_FOR_MS);
        self.0
            .current
            .write()
            .insert(scope.clone(), (stored.id.clone(), until));
        Ok(stored.id)
    }

    async fn key(&self, scope: &Scope, id: &DataKeyId) -> Result<Arc<Key>, VaultError> {
        if let Some(key) = self.0.open.read().get(id) {
            return Ok(Arc::clone(key));
        }
        let stored = data_key::find(&self.0.db, scope, id)
            .await?
            .ok_or_else(|| VaultError::NoDataKey(id.clone()))?;
        let key = Arc::new(self.unwrap(scope, &stored)?);
        self.0.open.write().insert(id.clone(), Arc::clone(&key));
        Ok(key)
    }

    /// Opens a data key. A master key that is not known may have been added to the
    /// key file since start, by a rotation; so the file is read again once.
    fn unwrap(&self, scope: &Scope, stored: &StoredDataKey) -> Result<Key, VaultError> {
        if !self.0.master.read().has(&stored.master_key) {
            let again = self.0.master.read().read_again()?;
            *self.0.master.write() = again;
        }
        let masters = self.0.master.read();
        let opened = masters
            .get(&stored.master_key)?
            .open(&data_key_bound(scope, &stored.id), &stored.sealed)
            .and_then(|plain| Key::from_bytes(&plain));
        opened.map_err(|why| VaultError::DataKey {
            id: stored.id.clone(),
            why,
        })
    }
}

fn open_with(
    key: &Key,
    scope: &Scope,
    place: Place,
    id: &str,
    sealed: &Sealed,
) -> Result<Secret, VaultError> {
    let plain = key
        .open(&bound_to(place, scope, id), &sealed.bytes)
        .map_err(|why| VaultError::Secret {
            table: place.table(),
            id: id.to_owned(),
            why,
        })?;
    String::from_utf8(plain)
        .map(Secret::new)
        .map_err(|_| VaultError::NotText(place.table()))
}

/// What a secret is bound to. The lengths make two different rows never sound alike.
fn bound_to(place: Place, scope: &Scope, id: &str) -> String {
    let (table, environment) = (place.table(), scope.environment().name());
    format!("{table}|{}|{environment}|{}|{id}", scope.app(), id.len())
}

fn data_key_bound(scope: &Scope, id: &DataKeyId) -> String {
    format!(
        "data_key|{}|{}|{id}",
        scope.app(),
        scope.environment().name()
    )
}
