//! RSA signatures over SHA-1 (RFC 8017, PKCS#1 v1.5), which OAuth 1.0a asks for.
//!
//! The TLS library has no such signature any more, and the usual RSA library has an
//! open advisory about its timing. What is left is small: a padding and one
//! exponentiation, which here takes a time that depends on sizes only.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use zeroize::Zeroizing;

use super::der::{self, Reader};
use super::private::PrivateKey;
use crate::digest::sha1;
use crate::fault::SignFault;

/// `DigestInfo` of SHA-1, up to the hash itself.
const DIGEST_INFO: &[u8] = &[
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];

const BROKEN: SignFault = SignFault::new("private key", "is damaged");
/// Registered with the provider years ago, some are shorter than one would make today.
const SIZE: SignFault = SignFault::new("private key", "is no RSA key of 1024 to 4096 bits");

/// The numbers that a signature is made and checked with.
struct Numbers<'a> {
    modulus: &'a [u8],
    public: &'a [u8],
    private: &'a [u8],
}

impl<'a> Numbers<'a> {
    fn read(pkcs1: &'a [u8]) -> Option<Self> {
        let mut numbers = Reader::new(pkcs1).enter(der::SEQUENCE)?;
        numbers.number()?;
        Some(Self {
            modulus: numbers.number()?,
            public: numbers.number()?,
            private: numbers.number()?,
        })
    }
}

/// Signs, and checks the signature before it is given out: a wrong one, made from a
/// key whose parts do not fit or by a failing machine, can give the key away.
pub(crate) fn sign(key: &PrivateKey, message: &[u8]) -> Result<Vec<u8>, SignFault> {
    let numbers = Numbers::read(key.rsa()?).ok_or(BROKEN)?;
    let length = numbers.modulus.len();
    if !(128..=512).contains(&length) {
        return Err(SIZE);
    }
    let bits = u32::try_from(length * 8).map_err(|_| SIZE)?;
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).map_err(|_| BROKEN);
    let modulus = Odd::new(number(numbers.modulus)?);
    let params = BoxedMontyParams::new(Option::from(modulus).ok_or(BROKEN)?);
    let padded = number(&padded(message, length)?)?;
    let private = Zeroizing::new(number(numbers.private)?);
    let power = |base: &BoxedUint, exponent: &BoxedUint| {
        BoxedMontyForm::new(base.clone(), &params)
            .pow(exponent)
            .retrieve()
    };
    let signature = power(&padded, &private);
    if power(&signature, &number(numbers.public)?) != padded {
        return Err(BROKEN);
    }
    // Whole machine words come back; the signature is as long as the modulus.
    let bytes = signature.to_be_bytes();
    let surplus = bytes.len().saturating_sub(length);
    Ok(bytes.get(surplus..).unwrap_or_default().to_vec())
}

/// `00 01 FF .. FF 00`, the `DigestInfo` and the hash, as long as the modulus.
fn padded(message: &[u8], length: usize) -> Result<Vec<u8>, SignFault> {
    let hash = sha1(message);
    let filling = length
        .checked_sub(DIGEST_INFO.len() + hash.len() + 3)
        .ok_or(SIZE)?;
    Ok([
        &[0, 1],
        vec![0xff; filling].as_slice(),
        &[0],
        DIGEST_INFO,
        &hash,
    ]
    .concat())
}
