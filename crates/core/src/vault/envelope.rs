//! One sealed value: `version, key id, nonce, ciphertext with its tag`.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use trunnel_model::chance::{self, Chance};
use trunnel_model::id::DataKeyId;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE_LEN: usize = 24;
const KEY_LEN: usize = 32;

/// A key in the clear; wiped when dropped, and it never prints.
pub(super) struct Key(Zeroizing<[u8; KEY_LEN]>);

/// Why sealed bytes did not open. It never says more, so that it helps nobody guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    #[error("it is cut short or of an unknown version")]
    Form,
    #[error("it was sealed with another key, for another row, or was changed")]
    Refused,
}

impl Key {
    pub(super) fn generate(chance: &dyn Chance) -> Self {
        Self(Zeroizing::new(chance::bytes(chance)))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, NotOpened> {
        let bytes = <[u8; KEY_LEN]>::try_from(bytes).map_err(|_| NotOpened::Form)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Seals for whoever can name `bound` again. 24 random bytes never repeat, so
    /// nonces need no counting.
    pub(super) fn seal(
        &self,
        id: &DataKeyId,
        bound: &str,
        plain: &[u8],
        chance: &dyn Chance,
    ) -> Vec<u8> {
        let id = id.as_str().as_bytes();
        let nonce = chance::bytes::<NONCE_LEN>(chance);
        let mut sealed = Vec::with_capacity(2 + id.len() + NONCE_LEN + plain.len() + 16);
        sealed.push(VERSION);
        sealed.push(u8::try_from(id.len()).unwrap_or(u8::MAX));
        sealed.extend_from_slice(id);
        sealed.extend_from_slice(&nonce);
        let payload = Payload {
            msg: plain,
            aad: bound.as_bytes(),
        };
        // Sealing fails only for texts of 256 GiB.
        let text = self.cipher().encrypt(&XNonce::from(nonce), payload);
        sealed.extend_from_slice(&text.unwrap_or_default());
        sealed
    }

    pub(super) fn open(&self, bound: &str, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let [VERSION, id_len, rest @ ..] = sealed else {
            return Err(NotOpened::Form);
        };
        let (nonce, text) = rest
            .get(usize::from(*id_len)..)
            .and_then(|rest| rest.split_first_chunk::<NONCE_LEN>())
            .ok_or(NotOpened::Form)?;
        let payload = Payload {
            msg: text,
            aad: bound.as_bytes(),
        };
        self.cipher()
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| NotOpened::Refused)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Randomness that a test chooses.
    struct Bytes(Vec<u8>);

    impl Chance for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            for (to, from) in bytes.iter_mut().zip(self.0.iter().cycle()) {
                *to = *from;
            }
        }
    }

    fn id() -> DataKeyId {
        DataKeyId::parse("dk_0353OnbAP9PoNZqmomwX0K").expect("an id")
    }

    fn seal(key: [u8; 32], nonce: [u8; 24], bound: &str, plain: &[u8]) -> (Key, Vec<u8>) {
        let key = Key::from_bytes(&key).expect("32 bytes");
        let sealed = key.seal(&id(), bound, plain, &Bytes(nonce.to_vec()));
        (key, sealed)
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(key: [u8; 32], nonce: [u8; 24], plain: Vec<u8>, bound: String) {
            let (key, sealed) = seal(key, nonce, &bound, &plain);
            prop_assert_eq!(key.open(&bound, &sealed), Ok(plain));
        }

        #[test]
        fn one_changed_byte_does_not_open(
            key: [u8; 32],
            nonce: [u8; 24],
            plain in prop::collection::vec(any::<u8>(), 0..100),
            at: prop::sample::Index,
            by in 1_u8..,
        ) {
            let (key, mut sealed) = seal(key, nonce, "place", &plain);
            let head = 2 + id().as_str().len();
            let at = at.index(sealed.len());
            sealed[at] ^= by;
            // The key's id is a label in front of what is sealed: it only says which
            // key to take, so a changed one takes the wrong key, or none.
            prop_assume!(!(2..head).contains(&at));
            prop_assert!(key.open("place", &sealed).is_err());
        }

        #[test]
        fn another_place_or_key_does_not_open(
            key: [u8; 32], other: [u8; 32], nonce: [u8; 24], plain: Vec<u8>, a: String, b: String,
        ) {
            prop_assume!(a != b && key != other);
            let (key, sealed) = seal(key, nonce, &a, &plain);
            prop_assert_eq!(key.open(&b, &sealed), Err(NotOpened::Refused));
            let other = Key::from_bytes(&other).expect("32 bytes");
            prop_assert_eq!(other.open(&a, &sealed), Err(NotOpened::Refused));
        }

        #[test]
        fn no_bytes_panic(key: [u8; 32], bytes: Vec<u8>) {
            let key = Key::from_bytes(&key).expect("32 bytes");
            prop_assert!(key.open("place", &bytes).is_err());
        }
    }
}
