//! Randomness that can be had again.

use std::sync::atomic::{AtomicU64, Ordering};

use trunnel_model::chance::Chance;

use crate::environment;

/// Draws from a seed. The seed is printed, so that a failing run can be repeated
/// with `TRUNNEL_TEST_SEED`.
///
/// Tasks that draw at the same time share one sequence in whatever order they come;
/// only a test that draws from one task repeats to the byte.
#[derive(Debug)]
pub struct SeededChance {
    state: AtomicU64,
}

impl SeededChance {
    /// The seed of `TRUNNEL_TEST_SEED`, else a random one.
    #[expect(
        clippy::new_without_default,
        reason = "each one is different; no default is one"
    )]
    pub fn new() -> Self {
        Self::from_seed(
            environment::variable("TRUNNEL_TEST_SEED").map_or_else(any_seed, |text| {
                text.parse()
                    .expect("TRUNNEL_TEST_SEED is a whole number from 0 to 2^64 - 1")
            }),
        )
    }

    pub fn from_seed(seed: u64) -> Self {
        // The test harness shows this only of a test that fails.
        eprintln!("TRUNNEL_TEST_SEED={seed} repeats this test's random choices");
        Self {
            state: AtomicU64::new(seed),
        }
    }

    /// The next number of the sequence, by the algorithm `SplitMix64`.
    pub fn next(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let before = self.state.fetch_add(STEP, Ordering::Relaxed);
        let mut mixed = before.wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]);
        }
    }
}

fn any_seed() -> u64 {
    getrandom::u64().expect("the operating system has randomness")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sequence's published first numbers for seed 1234567.
    #[test]
    fn it_is_splitmix64() {
        let chance = SeededChance::from_seed(1_234_567);
        let drawn = [chance.next(), chance.next(), chance.next()];
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn a_seed_gives_the_same_bytes_again_and_another_seed_others() {
        let draw = |seed| {
            let mut bytes = [0; 19];
            SeededChance::from_seed(seed).fill(&mut bytes);
            bytes
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(draw(7)[16..], [0; 3]);
    }
}
