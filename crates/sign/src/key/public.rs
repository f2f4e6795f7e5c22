//! Public keys, given or taken from a private one.

use ring::signature::KeyPair as _;
use trunnel_model::secret::Secret;

use super::der::{self, Reader};
use super::pem::{self, Block};
use super::private::PrivateKey;
use crate::fault::SignFault;

const fn fault(problem: &'static str) -> SignFault {
    SignFault::new("public key", problem)
}

/// The `SubjectPublicKeyInfo` of a private or a public key in PEM.
pub(crate) fn spki(pem: &Secret) -> Result<Vec<u8>, SignFault> {
    match public_block(&pem::blocks(pem.expose())) {
        Some(block) if block.label == "PUBLIC KEY" => Ok(block.der.to_vec()),
        Some(block) => Ok(rsa_spki(&block.der)),
        None => of_private(&PrivateKey::parse(pem)?),
    }
}

/// An RSA public key as PKCS#1 writes it, from a PEM text.
pub(crate) fn rsa_public_key(pem: &str) -> Result<Vec<u8>, SignFault> {
    let blocks = pem::blocks(pem);
    let block = public_block(&blocks).ok_or(fault(
        "is no PEM text; it must begin with `-----BEGIN PUBLIC KEY-----`",
    ))?;
    if block.label == "RSA PUBLIC KEY" {
        return Ok(block.der.to_vec());
    }
    rsa_inside(&block.der)
        .map(<[u8]>::to_vec)
        .ok_or(fault("is no RSA key, which this signature needs"))
}

fn public_block<'a, 'b>(blocks: &'a [Block<'b>]) -> Option<&'a Block<'b>> {
    blocks
        .iter()
        .find(|block| matches!(block.label, "PUBLIC KEY" | "RSA PUBLIC KEY"))
}

fn rsa_inside(spki: &[u8]) -> Option<&[u8]> {
    let mut parts = Reader::new(spki).enter(der::SEQUENCE)?;
    let name = parts.enter(der::SEQUENCE)?.next(der::OID)?;
    parts.bits().filter(|_| name == der::RSA)
}

fn rsa_spki(key: &[u8]) -> Vec<u8> {
    der::write_spki(&[&der::write(der::OID, &[der::RSA]), der::NULL], key)
}

fn of_private(key: &PrivateKey) -> Result<Vec<u8>, SignFault> {
    match key {
        PrivateKey::Rsa(private) => rsa_half(private)
            .map(|public| rsa_spki(&public))
            .ok_or(SignFault::new("private key", "is damaged")),
        PrivateKey::P256 { point, .. } => {
            let kind = der::write(der::OID, &[der::EC]);
            let curve = der::write(der::OID, &[der::P256]);
            Ok(der::write_spki(&[&kind, &curve], point))
        }
        PrivateKey::Ed25519(_) => {
            let kind = der::write(der::OID, &[der::ED25519]);
            let pair = key.ed25519_pair()?;
            Ok(der::write_spki(&[&kind], pair.public_key().as_ref()))
        }
    }
}

/// Modulus and exponent of a private key, as a public key of their own.
fn rsa_half(private: &[u8]) -> Option<Vec<u8>> {
    let mut numbers = Reader::new(private).enter(der::SEQUENCE)?;
    numbers.next(der::INTEGER)?;
    let modulus = der::write(der::INTEGER, &[numbers.next(der::INTEGER)?]);
    let exponent = der::write(der::INTEGER, &[numbers.next(der::INTEGER)?]);
    Some(der::write(der::SEQUENCE, &[&modulus, &exponent]))
}
