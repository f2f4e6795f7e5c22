//! Address ranges, as an operator writes them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    network: IpAddr,
    prefix: u8,
}

/// Why a text is not a range. The message quotes the text and says what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    #[error("`{0}` is not an IP address or range; write it like 10.0.0.0/8, fd00::/8 or 10.1.2.3")]
    NotAnAddress(String),
    #[error("`{text}` has a bad prefix length; after the slash goes a number from 0 to {most}")]
    BadPrefix { text: String, most: u8 },
    #[error("`{text}` points inside a range; the range itself is {meant}")]
    InsideRange { text: String, meant: Cidr },
    #[error("`{0}` is an IPv4 address in IPv6 form; write the IPv4 range instead")]
    Mapped(String),
}

impl Cidr {
    /// Reads a comma separated list, as settings hold it. Blank entries are skipped.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, CidrError> {
        let entries = text.split(',').map(str::trim);
        entries
            .filter(|entry| !entry.is_empty())
            .map(str::parse)
            .collect()
    }

    /// A range known to be well formed when it is written into the program.
    pub(crate) const fn known(network: IpAddr, prefix: u8) -> Self {
        Self { network, prefix }
    }

    /// Whether the address lies in this range. A range of one family never
    /// contains an address of the other.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                bits(address) & mask(self.network, self.prefix) == bits(self.network)
            }
            _ => false,
        }
    }
}

const fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The network bits of a prefix, right-aligned for the address's family.
fn mask(family: IpAddr, prefix: u8) -> u128 {
    let width = width(family);
    let all = u128::MAX >> (128 - width);
    let host = u128::MAX
        .checked_shr(u32::from(128 - width + prefix))
        .unwrap_or(0);
    all & !host
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let keep = u32::MAX.checked_shl(u32::from(32 - prefix)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & keep).into())
        }
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask(address, prefix))),
    }
}

fn prefix_of(text: &str, written: &str, most: u8) -> Result<u8, CidrError> {
    // `parse` alone would let `+8` through.
    let digits = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
    let number = written
        .parse()
        .ok()
        .filter(|number| digits && *number <= most);
    number.ok_or_else(|| CidrError::BadPrefix {
        text: text.to_owned(),
        most,
    })
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let (address, written) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| CidrError::NotAnAddress(text.to_owned()))?;
        // Addresses are judged in their IPv4 form, so such a range would never match.
        if matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some()) {
            return Err(CidrError::Mapped(text.to_owned()));
        }
        let most = width(address);
        let prefix = written.map_or(Ok(most), |written| prefix_of(text, written, most))?;
        let meant = Self {
            network: masked(address, prefix),
            prefix,
        };
        if meant.network == address {
            Ok(meant)
        } else {
            Err(CidrError::InsideRange {
                text: text.to_owned(),
                meant,
            })
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}
