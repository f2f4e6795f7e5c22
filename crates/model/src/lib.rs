//! The words of the domain, as types that cannot hold a bad value.
//!
//! Nothing here does I/O or asks the machine for the time or for randomness:
//! both are passed in as [`time::Clock`] and [`chance::Chance`].

pub mod api_key;
pub mod base62;
pub mod chance;
pub mod environment;
pub mod id;
pub mod scope;
pub mod secret;
pub mod time;
