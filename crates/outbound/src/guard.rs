//! Which addresses may be reached: a pure decision, made the same way when a URL
//! is saved, when a connection is made and when a redirect is followed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use crate::cidr::Cidr;

/// What may be reached: everything public, and what the operator allows on top.
#[derive(Debug, Clone, Default)]
pub struct EgressPolicy {
    allow: Vec<Cidr>,
}

/// An address that is not for the outside world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {kind}, and only public addresses are allowed (see TRUNNEL_EGRESS_ALLOW)")]
pub struct AddressRefused {
    pub address: IpAddr,
    pub kind: AddressKind,
}

/// What is special about an address that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    Loopback,
    Unspecified,
    Private,
    SharedCarrier,
    LinkLocal,
    Documentation,
    Benchmark,
    Multicast,
    Reserved,
    /// Carries an IPv4 address inside and would be unwrapped on the way.
    Tunnel,
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "a loopback address",
            Self::Unspecified => "an unspecified address",
            Self::Private => "a private address",
            Self::SharedCarrier => "a carrier's shared address",
            Self::LinkLocal => "a link-local address",
            Self::Documentation => "an address for documentation",
            Self::Benchmark => "an address for benchmarks",
            Self::Multicast => "a multicast address",
            Self::Reserved => "a reserved address",
            Self::Tunnel => "a tunnel address",
        })
    }
}

/// A URL that no request may be sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefused {
    #[error("only http and https addresses are allowed")]
    Scheme,
    #[error("a user name or password in the address is not allowed")]
    Credentials,
    #[error("the address names no host")]
    NoHost,
    #[error("the address cannot be used in a request")]
    Unusable,
    #[error("the address is not this server's own")]
    NotThisInstance,
    #[error(transparent)]
    Address(#[from] AddressRefused),
}

impl EgressPolicy {
    pub fn new(allow: Vec<Cidr>) -> Self {
        Self { allow }
    }

    /// Whether a connection to this address may be made.
    pub fn vet(&self, address: IpAddr) -> Result<(), AddressRefused> {
        if self.allows(address) {
            return Ok(());
        }
        let kind = match address {
            IpAddr::V4(v4) => special_v4(v4),
            IpAddr::V6(v6) => match embedded_v4(v6) {
                // Connecting to it means connecting to the address inside.
                Some(v4) if self.allows(IpAddr::V4(v4)) => None,
                Some(v4) => special_v4(v4),
                None => special_v6(v6),
            },
        };
        kind.map_or(Ok(()), |kind| Err(AddressRefused { address, kind }))
    }

    /// Whether requests may be sent to this URL, as far as can be told without
    /// asking for its addresses: a name is vetted when a connection is made,
    /// because it may resolve differently by then.
    pub fn check_url(&self, url: &Url) -> Result<(), UrlRefused> {
        match host_of(url)? {
            Host::Domain(_) => Ok(()),
            Host::Ipv4(v4) => Ok(self.vet(v4.into())?),
            Host::Ipv6(v6) => Ok(self.vet(v6.into())?),
        }
    }

    /// Whether the URL names an address that the operator has allowed on purpose.
    pub fn allows_host(&self, url: &Url) -> bool {
        match host_of(url) {
            Ok(Host::Ipv4(v4)) => self.allows(v4.into()),
            Ok(Host::Ipv6(v6)) => self.allows(v6.into()),
            Ok(Host::Domain(_)) | Err(_) => false,
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.allow.iter().any(|range| range.contains(address))
    }
}

/// Whether the URL is exactly this server's own address, host and port.
pub(crate) fn check_instance(url: &Url, instance: Option<SocketAddr>) -> Result<(), UrlRefused> {
    let address: IpAddr = match host_of(url)? {
        Host::Domain(_) => return Err(UrlRefused::NotThisInstance),
        Host::Ipv4(v4) => v4.into(),
        Host::Ipv6(v6) => v6.into(),
    };
    let place = url.port_or_known_default().map(|port| (address, port));
    if place.is_some() && place == instance.map(|own| (own.ip(), own.port())) {
        Ok(())
    } else {
        Err(UrlRefused::NotThisInstance)
    }
}

fn host_of(url: &Url) -> Result<Host<&str>, UrlRefused> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(UrlRefused::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlRefused::Credentials);
    }
    url.host().ok_or(UrlRefused::NoHost)
}

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Cidr {
    Cidr::known(IpAddr::V4(Ipv4Addr::new(a, b, c, 0)), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Cidr {
    Cidr::known(IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)), prefix)
}

/// IPv4 that is not globally routable, after the IANA special-purpose registry.
const SPECIAL_V4: &[(Cidr, AddressKind)] = &[
    (v4(0, 0, 0, 8), AddressKind::Unspecified),
    (v4(10, 0, 0, 8), AddressKind::Private),
    (v4(100, 64, 0, 10), AddressKind::SharedCarrier),
    (v4(127, 0, 0, 8), AddressKind::Loopback),
    // The metadata services of the clouds live here.
    (v4(169, 254, 0, 16), AddressKind::LinkLocal),
    (v4(172, 16, 0, 12), AddressKind::Private),
    (v4(192, 0, 0, 24), AddressKind::Reserved),
    (v4(192, 0, 2, 24), AddressKind::Documentation),
    (v4(192, 88, 99, 24), AddressKind::Tunnel),
    (v4(192, 168, 0, 16), AddressKind::Private),
    (v4(198, 18, 0, 15), AddressKind::Benchmark),
    (v4(198, 51, 100, 24), AddressKind::Documentation),
    (v4(203, 0, 113, 24), AddressKind::Documentation),
    (v4(224, 0, 0, 4), AddressKind::Multicast),
    (v4(240, 0, 0, 4), AddressKind::Reserved),
];

/// IPv6 with a name of its own. Everything else outside `2000::/3` is reserved.
const SPECIAL_V6: &[(Cidr, AddressKind)] = &[
    (
        Cidr::known(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 128),
        AddressKind::Unspecified,
    ),
    (
        Cidr::known(IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
        AddressKind::Loopback,
    ),
    (v6(0xfc00, 0, 7), AddressKind::Private),
    (v6(0xfe80, 0, 10), AddressKind::LinkLocal),
    (v6(0xfec0, 0, 10), AddressKind::Private),
    (v6(0xff00, 0, 8), AddressKind::Multicast),
    // Teredo and 6to4 reach an IPv4 address of the caller's choice.
    (v6(0x2001, 0, 32), AddressKind::Tunnel),
    (v6(0x2002, 0, 16), AddressKind::Tunnel),
    (v6(0x2001, 0, 23), AddressKind::Reserved),
    (v6(0x2001, 0x0db8, 32), AddressKind::Documentation),
    (v6(0x3fff, 0, 20), AddressKind::Documentation),
];

/// The one part of the IPv6 space from which public addresses are given out.
const GLOBAL_UNICAST: Cidr = v6(0x2000, 0, 3);

/// NAT64's well-known prefix: on a network without IPv4 every IPv4 host is there.
const NAT64: Cidr = Cidr::known(
    IpAddr::V6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0)),
    96,
);

fn special_v4(address: Ipv4Addr) -> Option<AddressKind> {
    kind_in(SPECIAL_V4, address.into())
}

fn special_v6(address: Ipv6Addr) -> Option<AddressKind> {
    kind_in(SPECIAL_V6, address.into())
        .or_else(|| (!GLOBAL_UNICAST.contains(address.into())).then_some(AddressKind::Reserved))
}

fn kind_in(table: &[(Cidr, AddressKind)], address: IpAddr) -> Option<AddressKind> {
    table
        .iter()
        .find(|(range, _)| range.contains(address))
        .map(|(_, kind)| *kind)
}

fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if NAT64.contains(address.into()) {
        let [.., a, b, c, d] = address.octets();
        return Some(Ipv4Addr::new(a, b, c, d));
    }
    address.to_ipv4_mapped()
}
