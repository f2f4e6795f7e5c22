//! Passwords: hashed with argon2id, off the threads that serve requests.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use trunnel_model::fault::Fault;
use trunnel_model::secret::Secret;

use crate::Core;
use crate::error::Error;

const SHORTEST: usize = 10;
const LONGEST: usize = 256;

/// Each takes memory and a processor; more at once would only take more memory.
const AT_ONCE: usize = 4;

/// What one guess costs.
#[derive(Debug, Clone, Copy)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
        }
    }
}

/// Who waits for a hash.
pub(crate) struct Hashes(Semaphore);

impl Default for Hashes {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

/// # Errors
/// When nobody should have this password.
pub(super) fn check_password(field: &str, password: &Secret) -> Result<(), Fault> {
    let length = password.expose().chars().count();
    if (SHORTEST..=LONGEST).contains(&length) {
        return Ok(());
    }
    let message = format!("`{field}` must have {SHORTEST} to {LONGEST} characters");
    Err(Fault::field(field, message))
}

impl Core {
    /// What is kept of a password.
    pub(super) async fn hash_password(&self, password: &Secret) -> Result<String, Error> {
        let salt: [u8; 16] = trunnel_model::chance::bytes(self.chance());
        let password = password.clone();
        self.hashing(move |argon| {
            let hash = argon.hash_password_with_salt(password.expose().as_bytes(), &salt);
            hash.map(|hash| hash.to_string())
        })
        .await?
        .map_err(|error| Error::Internal(format!("the password could not be hashed: {error}")))
    }

    /// Whether it is the password. Where there is none to compare with, the same work
    /// is done for nothing, so that the time tells nothing.
    pub(super) async fn is_password(
        &self,
        password: &Secret,
        hash: Option<&str>,
    ) -> Result<bool, Error> {
        if password.expose().chars().count() > LONGEST {
            return Ok(false);
        }
        let Some(hash) = hash else {
            self.hash_password(password).await?;
            return Ok(false);
        };
        let (password, hash) = (password.clone(), hash.to_owned());
        self.hashing(move |argon| {
            let hash = PasswordHash::new(&hash).ok()?;
            let verified = argon.verify_password(password.expose().as_bytes(), &hash);
            Some(verified.is_ok())
        })
        .await?
        .ok_or_else(|| Error::Internal("a password's hash is damaged".to_owned()))
    }

    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'_>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let broken = |why: String| Error::Internal(format!("hashing a password: {why}"));
        let cost = self.settings().members.password_cost;
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)
            .map_err(|error| broken(error.to_string()))?;
        let turn = self.hashes().0.acquire().await;
        let _turn = turn.map_err(|error| broken(error.to_string()))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        tokio::task::spawn_blocking(move || work(&argon))
            .await
            .map_err(|error| broken(error.to_string()))
    }
}
