//! Where randomness comes from.

/// Fills bytes with randomness. Production hands in the operating system's
/// generator; a test hands in a seeded one and prints the seed.
pub trait Chance: Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}
