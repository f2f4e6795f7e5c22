//! Master keys: what the operator keeps.

use std::path::PathBuf;

use sha2::{Digest, Sha256};
use trunnel_model::base62;
use trunnel_model::chance::Chance;
use trunnel_model::secret::Secret;
use zeroize::Zeroizing;

use super::envelope::Key;

/// The master keys at hand. The first seals; the others only open, while a rotation
/// is on its way.
pub struct MasterKeys {
    origin: Origin,
    keys: Vec<(String, Key)>,
}

/// Where the master keys come from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A file with one key a line.
    File(PathBuf),
    /// The environment variable, with keys separated by commas.
    Variable,
}

#[derive(Debug, thiserror::Error)]
pub enum MasterKeysError {
    #[error(
        "this database was sealed with master key {wanted}, and {place} holds {held}. Start with \
         the key that belongs to this database, or restore the database that belongs to this key"
    )]
    Wrong {
        wanted: String,
        place: String,
        held: String,
    },
    #[error("{place}: a master key is 64 hexadecimal digits (32 bytes); line {line} is not")]
    Form { place: String, line: usize },
    #[error("{place} holds no master key")]
    Empty { place: String },
    #[error("{place}: {error}")]
    File {
        place: String,
        #[source]
        error: std::io::Error,
    },
}

impl Origin {
    fn place(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Variable => "TRUNNEL_MASTER_KEY".to_owned(),
        }
    }
}

impl MasterKeys {
    pub fn parse(text: &Secret, origin: Origin) -> Result<Self, MasterKeysError> {
        let place = origin.place();
        let mut keys = Vec::new();
        let lines = text.expose().split([',', '\n']).enumerate();
        for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let bytes = unhex(line.trim()).ok_or_else(|| MasterKeysError::Form {
                place: place.clone(),
                line: at + 1,
            })?;
            let key = Key::from_bytes(&bytes).map_err(|_| MasterKeysError::Form {
                place: place.clone(),
                line: at + 1,
            })?;
            keys.push((name_of(&key), key));
        }
        if keys.is_empty() {
            return Err(MasterKeysError::Empty { place });
        }
        Ok(Self { origin, keys })
    }

    pub fn from_file(path: PathBuf) -> Result<Self, MasterKeysError> {
        let read = std::fs::read_to_string(&path);
        let origin = Origin::File(path);
        let text = read.map_err(|error| MasterKeysError::File {
            place: origin.place(),
            error,
        })?;
        Self::parse(&Secret::new(text), origin)
    }

    /// A new key as the text that a file or the variable holds.
    pub fn generate_text(chance: &dyn Chance) -> Secret {
        let key = Key::generate(chance);
        Secret::new(crate::hex::encode(key.expose()))
    }

    /// A secret that every node with the same first master key derives alike.
    pub fn derive(&self, purpose: &str) -> Secret {
        let digest = Sha256::new()
            .chain_update("trunnel derived secret|")
            .chain_update(purpose)
            .chain_update("|")
            .chain_update(self.first().1.expose())
            .finalize();
        Secret::new(base62::encode(&digest, 43).unwrap_or_default())
    }

    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key that seals, by its public name.
    pub fn first_name(&self) -> &str {
        self.keys.first().map_or("", |(name, _)| name)
    }

    pub(super) fn first(&self) -> (&str, &Key) {
        // `parse` refuses an empty list, and nothing else makes one.
        let (name, key) = &self.keys[0];
        (name, key)
    }

    pub fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|(known, _)| known == name)
    }

    pub(super) fn get(&self, name: &str) -> Result<&Key, MasterKeysError> {
        self.keys
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, key)| key)
            .ok_or_else(|| self.wrong(name))
    }

    pub(super) fn covers(&self, needed: &[String]) -> Result<(), MasterKeysError> {
        needed
            .iter()
            .try_for_each(|name| self.get(name).map(|_| ()))
    }

    /// What the origin holds now; the variable cannot change while we run.
    pub(super) fn read_again(&self) -> Result<Self, MasterKeysError> {
        match &self.origin {
            Origin::File(path) => Self::from_file(path.clone()),
            Origin::Variable => Ok(Self {
                origin: Origin::Variable,
                keys: self
                    .keys
                    .iter()
                    .filter_map(|(name, key)| {
                        Some((name.clone(), Key::from_bytes(key.expose()).ok()?))
                    })
                    .collect(),
            }),
        }
    }

    fn wrong(&self, wanted: &str) -> MasterKeysError {
        let held: Vec<_> = self.keys.iter().map(|(name, _)| name.as_str()).collect();
        MasterKeysError::Wrong {
            wanted: wanted.to_owned(),
            place: self.origin.place(),
            held: held.join(", "),
        }
    }
}

/// A key's public name: it tells keys apart and gives nothing away.
fn name_of(key: &Key) -> String {
    let digest = Sha256::new()
        .chain_update("trunnel master key name")
        .chain_update(key.expose())
        .finalize();
    let short = base62::encode(&digest[..8], 11).unwrap_or_default();
    format!("mk_{short}")
}

fn unhex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |at: u8| char::from(at).to_digit(16);
    let bytes: Option<Vec<u8>> = digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok())
        .collect();
    bytes.map(Zeroizing::new)
}
