//! Tokens made here.

use serde_json::{Map, Value};
use trunnel_model::secret::Secret;
use zeroize::Zeroizing;

use crate::digest::{Hash, hmac};
use crate::encode::{KeyEncoding, base64_url};
use crate::fault::SignFault;
use crate::key::PrivateKey;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
    Rs256,
    Ps256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub const ALL: &[Self] = &[
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Ps256,
        Self::Es256,
        Self::EdDsa,
    ];

    /// Reads the name that stands in a token's header.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == name)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Whether the key is a shared secret, and not a private key in PEM.
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }
}

/// A token with these claims. `alg` is set, and `typ` where the header does not say it.
/// `encoding` counts for shared secrets only; other keys are PEM.
pub fn sign(
    algorithm: Algorithm,
    key: &Secret,
    encoding: KeyEncoding,
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
) -> Result<Secret, SignFault> {
    let mut whole = Map::new();
    whole.insert("alg".to_owned(), Value::from(algorithm.as_str()));
    whole.insert("typ".to_owned(), Value::from("JWT"));
    for (name, value) in header.iter().filter(|(name, _)| *name != "alg") {
        whole.insert(name.clone(), value.clone());
    }
    let signed = Zeroizing::new(format!("{}.{}", encoded(&whole), encoded(claims)));
    let signature = signature(algorithm, key, encoding, signed.as_bytes())?;
    let signature = base64_url(&signature);
    Ok(Secret::new(format!("{}.{signature}", signed.as_str())))
}

fn encoded(object: &Map<String, Value>) -> String {
    let text = Value::Object(object.clone()).to_string();
    base64_url(text.as_bytes())
}

fn signature(
    algorithm: Algorithm,
    key: &Secret,
    encoding: KeyEncoding,
    message: &[u8],
) -> Result<Vec<u8>, SignFault> {
    let shared = |hash| {
        let key = encoding.bytes(key, "signing secret")?;
        Ok(hmac(hash, &key, message))
    };
    match algorithm {
        Algorithm::Hs256 => shared(Hash::Sha256),
        Algorithm::Hs384 => shared(Hash::Sha384),
        Algorithm::Hs512 => shared(Hash::Sha512),
        Algorithm::Rs256 => PrivateKey::parse(key)?.sign_pkcs1(message),
        Algorithm::Ps256 => PrivateKey::parse(key)?.sign_pss(message),
        Algorithm::Es256 => PrivateKey::parse(key)?.sign_p256(message),
        Algorithm::EdDsa => PrivateKey::parse(key)?.sign_ed25519(message),
    }
}
