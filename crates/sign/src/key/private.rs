//! Private keys of the kinds that providers ask for.

use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding,
};
use trunnel_model::secret::Secret;
use zeroize::Zeroizing;

use super::der::{self, Reader};
use super::pem::{self, Block};
use crate::encode::{unbase64, unhex};
use crate::fault::SignFault;

const NO_PEM: &str = "is no PEM text; it must begin with `-----BEGIN PRIVATE KEY-----`, \
                      `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN EC PRIVATE KEY-----`";
const ENCRYPTED: &str = "is protected by a password; store it without one";
const UNREADABLE: &str = "is damaged, or of a kind that cannot be used here";
const NO_POINT: &str = "lacks its public half; write it again with `openssl pkey`";
const NOT_RSA: &str = "is no RSA key, which this signature needs";
const NOT_P256: &str = "is no elliptic-curve key on P-256, which this signature needs";
const NOT_ED25519: &str = "is no Ed25519 key, which this signature needs";
const RSA_SIZE: &str = "is no sound RSA key of 2048 to 4096 bits";

const fn fault(problem: &'static str) -> SignFault {
    SignFault::new("private key", problem)
}

pub(crate) enum PrivateKey {
    /// As PKCS#1 writes it.
    Rsa(Zeroizing<Vec<u8>>),
    P256 {
        scalar: Zeroizing<Vec<u8>>,
        point: Vec<u8>,
    },
    Ed25519(Zeroizing<Vec<u8>>),
}

impl PrivateKey {
    /// The first private key of a PEM text: PKCS#8, PKCS#1 or SEC1.
    pub(crate) fn parse(pem: &Secret) -> Result<Self, SignFault> {
        // The older dress of an encrypted key, whose lines are not all base64.
        if pem.expose().contains("Proc-Type: 4,ENCRYPTED") {
            return Err(fault(ENCRYPTED));
        }
        let blocks = pem::blocks(pem.expose());
        let block = blocks
            .iter()
            .find(|block| block.label.ends_with("PRIVATE KEY"))
            .ok_or(fault(NO_PEM))?;
        Self::from_block(block)
    }

    /// An Ed25519 key in PEM, or its 32 bytes (64 with the public half) in base64 or
    /// hexadecimal.
    pub(crate) fn parse_ed25519(text: &Secret) -> Result<Self, SignFault> {
        let plain = text.expose().trim();
        if plain.contains("-----BEGIN ") {
            return Self::parse(text);
        }
        let bytes = unhex(plain).or_else(|| unbase64(plain));
        let bytes = Zeroizing::new(bytes.ok_or(fault(NOT_ED25519))?);
        match bytes.len() {
            32 | 64 => seed(bytes.get(..32).unwrap_or_default()),
            _ => pkcs8(&bytes),
        }
    }

    fn from_block(block: &Block<'_>) -> Result<Self, SignFault> {
        match block.label {
            "PRIVATE KEY" => pkcs8(&block.der),
            "RSA PRIVATE KEY" => rsa(&block.der),
            "EC PRIVATE KEY" => sec1(&block.der, None),
            "ENCRYPTED PRIVATE KEY" => Err(fault(ENCRYPTED)),
            _ => Err(fault(UNREADABLE)),
        }
    }

    pub(crate) fn sign_pkcs1(&self, message: &[u8]) -> Result<Vec<u8>, SignFault> {
        self.sign_rsa(&RSA_PKCS1_SHA256, message)
    }

    pub(crate) fn sign_pss(&self, message: &[u8]) -> Result<Vec<u8>, SignFault> {
        self.sign_rsa(&RSA_PSS_SHA256, message)
    }

    fn sign_rsa(
        &self,
        padding: &'static dyn RsaEncoding,
        message: &[u8],
    ) -> Result<Vec<u8>, SignFault> {
        let pair = self.rsa_pair()?;
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| fault(UNREADABLE))?;
        Ok(signature)
    }

    fn rsa_pair(&self) -> Result<RsaKeyPair, SignFault> {
        RsaKeyPair::from_der(self.rsa()?).map_err(|_| fault(RSA_SIZE))
    }

    pub(crate) fn rsa(&self) -> Result<&[u8], SignFault> {
        match self {
            Self::Rsa(der) => Ok(der),
            Self::P256 { .. } | Self::Ed25519(_) => Err(fault(NOT_RSA)),
        }
    }

    /// The two numbers of the signature side by side, as tokens want them.
    pub(crate) fn sign_p256(&self, message: &[u8]) -> Result<Vec<u8>, SignFault> {
        let Self::P256 { scalar, point } = self else {
            return Err(fault(NOT_P256));
        };
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let chance = SystemRandom::new();
        EcdsaKeyPair::from_private_key_and_public_key(kind, scalar, point, &chance)
            .map_err(|_| fault(UNREADABLE))?
            .sign(&chance, message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| fault(UNREADABLE))
    }

    pub(crate) fn sign_ed25519(&self, message: &[u8]) -> Result<Vec<u8>, SignFault> {
        Ok(self.ed25519_pair()?.sign(message).as_ref().to_vec())
    }

    pub(crate) fn ed25519_pair(&self) -> Result<Ed25519KeyPair, SignFault> {
        match self {
            Self::Ed25519(seed) => {
                Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| fault(UNREADABLE))
            }
            Self::Rsa(_) | Self::P256 { .. } => Err(fault(NOT_ED25519)),
        }
    }
}

fn pkcs8(bytes: &[u8]) -> Result<PrivateKey, SignFault> {
    let mut parts = Reader::new(bytes)
        .enter(der::SEQUENCE)
        .ok_or(fault(UNREADABLE))?;
    parts.number().ok_or(fault(UNREADABLE))?;
    let mut kind = parts.enter(der::SEQUENCE).ok_or(fault(UNREADABLE))?;
    let name = kind.next(der::OID).ok_or(fault(UNREADABLE))?;
    let key = parts.next(der::OCTET_STRING).ok_or(fault(UNREADABLE))?;
    match name {
        der::RSA => rsa(key),
        der::EC => sec1(key, kind.next(der::OID)),
        der::ED25519 => Reader::new(key)
            .next(der::OCTET_STRING)
            .map_or(Err(fault(UNREADABLE)), seed),
        _ => Err(fault(UNREADABLE)),
    }
}

fn rsa(bytes: &[u8]) -> Result<PrivateKey, SignFault> {
    let numbers = Reader::new(bytes).enter(der::SEQUENCE);
    if numbers.and_then(|mut numbers| numbers.number()).is_none() {
        return Err(fault(UNREADABLE));
    }
    Ok(PrivateKey::Rsa(Zeroizing::new(bytes.to_vec())))
}

/// The curve is named outside (PKCS#8) or inside (SEC1).
fn sec1(bytes: &[u8], curve: Option<&[u8]>) -> Result<PrivateKey, SignFault> {
    const CURVE: u8 = 0xa0;
    const POINT: u8 = 0xa1;
    let mut parts = Reader::new(bytes)
        .enter(der::SEQUENCE)
        .ok_or(fault(UNREADABLE))?;
    parts.number().ok_or(fault(UNREADABLE))?;
    let number = parts.next(der::OCTET_STRING).ok_or(fault(UNREADABLE))?;
    let inside = parts
        .enter(CURVE)
        .and_then(|mut curve| curve.next(der::OID));
    if curve.or(inside) != Some(der::P256) {
        return Err(fault(NOT_P256));
    }
    let padding = 32_usize
        .checked_sub(number.len())
        .ok_or(fault(UNREADABLE))?;
    let point = parts
        .enter(POINT)
        .and_then(|mut point| point.bits())
        .ok_or(fault(NO_POINT))?;
    Ok(PrivateKey::P256 {
        scalar: Zeroizing::new([&vec![0; padding], number].concat()),
        point: point.to_vec(),
    })
}

fn seed(bytes: &[u8]) -> Result<PrivateKey, SignFault> {
    if bytes.len() != 32 {
        return Err(fault(UNREADABLE));
    }
    Ok(PrivateKey::Ed25519(Zeroizing::new(bytes.to_vec())))
}
