//! The little of DER that keys are made of. Anything else is no key.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// The `NULL` that follows RSA's identifier.
pub(crate) const NULL: &[u8] = &[0x05, 0x00];

pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
pub(crate) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(crate) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(crate) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Reads one element after the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The content of the next element, when it has this tag.
    pub(crate) fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        if *found != tag {
            return None;
        }
        let (length, rest) = length(rest)?;
        let content = rest.get(..length)?;
        self.0 = rest.get(length..)?;
        Some(content)
    }

    /// The elements inside of the next one.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.next(tag).map(Self)
    }

    /// A positive integer without its leading zeros.
    pub(crate) fn number(&mut self) -> Option<&'a [u8]> {
        let content = self.next(INTEGER)?;
        let zeros = content.iter().take_while(|byte| **byte == 0).count();
        content.get(zeros..)
    }

    /// The bytes of a bit string that is made of whole bytes.
    pub(crate) fn bits(&mut self) -> Option<&'a [u8]> {
        match self.next(BIT_STRING)?.split_first() {
            Some((0, bytes)) => Some(bytes),
            _ => None,
        }
    }
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let count = usize::from(*first & 0x7f);
    if !(1..=3).contains(&count) {
        return None;
    }
    let (digits, rest) = (rest.get(..count)?, rest.get(count..)?);
    let length = digits
        .iter()
        .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
    Some((length, rest))
}

/// Writes one element.
pub(crate) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => bytes.push(length),
        _ => {
            let digits = content.len().to_be_bytes();
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            let digits = digits.get(zeros..).unwrap_or_default();
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            bytes.extend_from_slice(digits);
        }
    }
    bytes.extend_from_slice(&content);
    bytes
}

/// A `SubjectPublicKeyInfo`: what kind of key, and the key.
pub(crate) fn write_spki(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    let kind = write(SEQUENCE, algorithm);
    let key = write(BIT_STRING, &[&[0], key]);
    write(SEQUENCE, &[&kind, &key])
}
