//! The contacts API: what a provider is for.

pub(crate) mod auth;
pub(crate) mod contacts;
pub(crate) mod error;
mod fields;
pub(crate) mod me;
