//! The one test binary of this crate.

mod api_key;
mod base62;
mod environment;
mod fault;
mod id;
mod page;
mod retry;
mod secret;
mod text;

/// Randomness that a test chooses.
pub struct Bytes(pub Vec<u8>);

impl trunnel_model::chance::Chance for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        for (to, from) in bytes.iter_mut().zip(self.0.iter().cycle()) {
            *to = *from;
        }
    }
}
