//! The one guarded way out: HTTP to the outside world.
//!
//! Everything the product sends goes through [`Outbound`]. It decides which
//! addresses may be reached ([`EgressPolicy`]), how long and how much may be
//! read, and it tells a request that was certainly not processed from one whose
//! fate is unknown ([`SendFailure`]).

mod cidr;
mod client;
mod failure;
mod guard;
mod handover;
mod redirect;
mod resolve;
mod trust;

pub use cidr::{Cidr, CidrError};
pub use client::{Limits, Outbound, OutboundSettings};
pub use failure::{SendFailure, SetupFailure, Unreached};
pub use guard::{AddressKind, AddressRefused, EgressPolicy, UrlRefused};
pub use resolve::{Lookup, LookupAnswer, SystemLookup};
