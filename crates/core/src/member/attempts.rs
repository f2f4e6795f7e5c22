//! How often one address tries to sign in, on this node.

use std::collections::HashMap;

use parking_lot::Mutex;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::time::Timestamp;

use crate::Core;

const WINDOW_MS: i64 = 60_000;
const PER_WINDOW: u32 = 20;

/// With more addresses than this, those whose minute is over are forgotten.
const MANY: usize = 10_000;

/// When an address's minute began, and how often it tried since.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<String, (Timestamp, u32)>>);

impl Attempts {
    fn count(&self, address: &str, now: Timestamp) -> Result<(), u64> {
        let mut known = self.0.lock();
        if known.len() > MANY {
            known.retain(|_, (began, _)| now.since(*began) < WINDOW_MS);
        }
        let (began, tries) = known.entry(address.to_owned()).or_insert((now, 0));
        if now.since(*began) >= WINDOW_MS {
            (*began, *tries) = (now, 0);
        }
        *tries += 1;
        if *tries <= PER_WINDOW {
            return Ok(());
        }
        let left = WINDOW_MS - now.since(*began);
        Err(((left + 999) / 1000).unsigned_abs())
    }
}

impl Core {
    /// Counts an attempt to come in.
    ///
    /// # Errors
    /// 429 for the rest of a minute in which the address tried too often.
    pub fn note_attempt(&self, address: Option<&str>) -> Result<(), Fault> {
        let counted = self
            .attempts()
            .count(address.unwrap_or_default(), self.now());
        counted.map_err(|seconds| too_many(seconds, "Too many attempts from your address."))
    }
}

pub(super) fn too_many(seconds: u64, what: &str) -> Fault {
    let message = format!("{what} Try again in {seconds} seconds.");
    let mut fault = Fault::new(429, FaultCode::TooManyRequests, message);
    fault.retry_after_s = Some(seconds);
    fault.with("retry_after_s", seconds)
}
