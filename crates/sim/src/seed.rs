//! Chance that can be had again, in streams that do not disturb each other.

use std::sync::atomic::{AtomicU64, Ordering};

use trunnel_model::chance::Chance;

/// One stream of random numbers, by the algorithm `SplitMix64`.
#[derive(Debug)]
pub(crate) struct Seed(AtomicU64);

impl Seed {
    /// Streams of one seed differ by their name.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let first = Self(AtomicU64::new(
            seed ^ stream.wrapping_mul(0xA076_1D64_78BD_642F),
        ));
        let start = first.next();
        Self(AtomicU64::new(start))
    }

    pub(crate) fn next(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let before = self.0.fetch_add(STEP, Ordering::Relaxed);
        let mut mixed = before.wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    pub(crate) fn one_in(&self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

impl Chance for Seed {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]);
        }
    }
}
