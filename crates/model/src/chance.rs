//! Where randomness comes from.

/// Fills bytes with randomness. Production hands in the operating system's
/// generator; a test hands in a seeded one and prints the seed.
pub trait Chance: Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` random bytes.
pub fn bytes<const N: usize>(chance: &dyn Chance) -> [u8; N] {
    let mut bytes = [0; N];
    chance.fill(&mut bytes);
    bytes
}

/// A secret of 256 random bits as 43 base62 characters.
pub fn secret_text(chance: &dyn Chance) -> String {
    // 43 base62 characters hold any 256-bit number.
    crate::base62::encode(&bytes::<32>(chance), 43).unwrap_or_default()
}
