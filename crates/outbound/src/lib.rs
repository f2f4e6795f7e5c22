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
mod identity;
mod limits;
mod opening;
mod redirect;
mod resolve;
mod trust;
mod upload;
mod whole;

pub use cidr::{Cidr, CidrError};
pub use client::{Outbound, OutboundSettings, is_framing};
pub use failure::{BodyFailure, SendFailure, SetupFailure, StreamFailure, Unreached};
pub use guard::{AddressKind, AddressRefused, EgressPolicy, UrlRefused};
pub use identity::CertificateRefused;
pub use limits::{Limits, StreamLimits};
pub use opening::{AnswerStream, StreamAnswer};
pub use resolve::{Lookup, LookupAnswer, SystemLookup};
pub use trust::Trust;
pub use upload::RequestStream;
