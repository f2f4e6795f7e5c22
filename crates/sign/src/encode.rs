//! Bytes as text and back.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use trunnel_model::secret::Secret;
use zeroize::Zeroizing;

use crate::fault::SignFault;

/// The unreserved characters of RFC 3986 stay, everything else is `%XX`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How a shared secret's bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyEncoding {
    /// The text's own bytes.
    #[default]
    Utf8,
    Hex,
    Base64,
}

impl KeyEncoding {
    /// Reads `utf8`, `hex` or `base64`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "utf8" => Some(Self::Utf8),
            "hex" => Some(Self::Hex),
            "base64" => Some(Self::Base64),
            _ => None,
        }
    }

    /// The secret's bytes. An empty secret is refused: everybody knows it.
    pub(crate) fn bytes(
        self,
        secret: &Secret,
        field: &'static str,
    ) -> Result<Zeroizing<Vec<u8>>, SignFault> {
        let text = secret.expose();
        let bytes = match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Hex => unhex(text.trim()).ok_or("is not hexadecimal"),
            Self::Base64 => unbase64(text).ok_or("is not base64"),
        };
        match bytes.map(Zeroizing::new) {
            Ok(bytes) if bytes.is_empty() => Err(SignFault::new(field, "is empty")),
            Ok(bytes) => Ok(bytes),
            Err(problem) => Err(SignFault::new(field, problem)),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| DIGITS.get(usize::from(digit)))
        .collect()
}

/// Both cases are read.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<Vec<u8>>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(
        pairs
            .map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit))
            .collect(),
    )
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn base64_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Exactly the form of tokens: no padding, no other alphabet.
pub(crate) fn unbase64_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Both alphabets, with or without padding and blanks, because people paste it.
pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let plain: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .filter(|c| !c.is_ascii_whitespace())
            .map(|c| match c {
                '-' => '+',
                '_' => '/',
                other => other,
            })
            .collect(),
    );
    LENIENT.decode(plain.as_bytes()).ok()
}

pub(crate) fn percent(bytes: &[u8]) -> String {
    percent_encode(bytes, ENCODED).to_string()
}
