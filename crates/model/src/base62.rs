//! Fixed-width base62: digits, capitals, small letters, in ASCII order.
//!
//! The width is fixed so that a value has exactly one spelling and texts sort
//! as their numbers do.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Writes a big-endian number as exactly `width` characters.
///
/// Returns `None` when the number does not fit; 256 bits take 43, 128 bits 22
/// and 32 bits 6 characters.
pub fn encode(bytes: &[u8], width: usize) -> Option<String> {
    if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
        return encode_u128(u128::from_be_bytes(bytes), width);
    }
    let mut number = bytes.to_vec();
    let mut text = vec![b'0'; width];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[usize::from(divide(&mut number))];
    }
    if number.iter().any(|byte| *byte != 0) {
        return None;
    }
    String::from_utf8(text).ok()
}

/// The same for ids, which every request makes: ten characters at a time fit into
/// a machine word.
fn encode_u128(mut number: u128, width: usize) -> Option<String> {
    const TEN: u128 = 62_u128.pow(10);
    let mut text = vec![b'0'; width];
    for places in text.rchunks_mut(10) {
        // Below 62^10, so it fits.
        let mut part = u64::try_from(number % TEN).unwrap_or(u64::MAX);
        number /= TEN;
        for place in places.iter_mut().rev() {
            *place = ALPHABET[usize::try_from(part % 62).unwrap_or(0)];
            part /= 62;
        }
        if part != 0 {
            return None;
        }
    }
    (number == 0).then(|| String::from_utf8(text).ok())?
}

/// Divides in place by 62 and returns the remainder.
fn divide(number: &mut [u8]) -> u8 {
    let mut remainder = 0_u16;
    for byte in number {
        let value = (remainder << 8) | u16::from(*byte);
        // Both fit: the remainder is below 62, so the quotient is below 256.
        *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
        remainder = value % 62;
    }
    u8::try_from(remainder).unwrap_or(u8::MAX)
}

/// Whether every character belongs to the alphabet.
pub fn is_base62(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
