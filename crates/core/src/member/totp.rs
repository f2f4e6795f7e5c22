//! Codes of an authenticator: RFC 6238 with SHA-1, six digits and thirty seconds, which
//! is what all of them do.

use ring::hmac;

const DIGITS: u32 = 6;
const STEP_S: i64 = 30;

/// Clocks of telephones differ; one step to each side is let pass.
const LEEWAY: i64 = 1;

/// The time step whose code this is, if it is a current one.
pub(super) fn step_of(secret: &[u8], code: &str, now_s: i64) -> Option<i64> {
    let current = now_s.div_euclid(STEP_S);
    let steps = current - LEEWAY..=current + LEEWAY;
    let mut steps = steps.filter(|step| code_at(secret, *step) == code);
    steps.next()
}

pub(super) fn code_at(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    // Twenty bytes: the last one's lower half names one that has three more behind it.
    let at = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes([
        bytes[at] & 0x7f,
        bytes[at + 1],
        bytes[at + 2],
        bytes[at + 3],
    ]);
    format!("{:06}", number % 10_u32.pow(DIGITS))
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 base32 of a whole number of five bytes, so that there is no padding.
pub(super) fn base32(bytes: &[u8]) -> String {
    bytes
        .chunks(5)
        .flat_map(|chunk| {
            let bits = chunk
                .iter()
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            (0..8).rev().map(move |place| {
                let five = usize::try_from(bits >> (5 * place) & 31).unwrap_or(0);
                char::from(BASE32[five])
            })
        })
        .collect()
}

/// The bytes that [`base32`] wrote.
pub(super) fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 8 * 5);
    for chunk in text.as_bytes().chunks(8) {
        let mut bits = 0_u64;
        for letter in chunk {
            let five = BASE32.iter().position(|known| known == letter)?;
            bits = bits << 5 | u64::try_from(five).ok()?;
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[3..]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{base32, code_at, step_of, unbase32};

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn the_published_codes() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(secret, seconds / 30), code);
            assert_eq!(step_of(secret, code, seconds + 30), Some(seconds / 30));
            assert_eq!(step_of(secret, code, seconds + 60), None);
        }
    }

    #[test]
    fn base32_there_and_back() {
        assert_eq!(
            base32(b"12345678901234567890"),
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
        let back = unbase32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(back.as_deref(), Some(&b"12345678901234567890"[..]));
        assert_eq!(unbase32("1"), None);
    }
}
