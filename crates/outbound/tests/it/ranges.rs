//! Ranges as an operator writes them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use trunnel_outbound::Cidr;

fn complaint(text: &str) -> String {
    text.parse::<Cidr>().unwrap_err().to_string()
}

#[test]
fn a_range_knows_its_edges() {
    let cases = [
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
        (
            "172.16.0.0/12",
            "172.16.0.0",
            "172.31.255.255",
            "172.32.0.0",
        ),
        ("192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("fd00::/8", "fd00::", "fdff:ffff::1", "fe00::"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::1", "2001:db8::2"),
    ];
    for (range, first, last, outside) in cases {
        let range: Cidr = range.parse().unwrap();
        assert!(range.contains(first.parse().unwrap()), "{range} {first}");
        assert!(range.contains(last.parse().unwrap()), "{range} {last}");
        assert!(
            !range.contains(outside.parse().unwrap()),
            "{range} {outside}"
        );
    }
}

#[test]
fn everything_of_one_family_is_not_everything() {
    let all: Cidr = "0.0.0.0/0".parse().unwrap();
    assert!(all.contains("255.255.255.255".parse().unwrap()));
    assert!(!all.contains("::1".parse().unwrap()));
    let all: Cidr = "::/0".parse().unwrap();
    assert!(all.contains("ffff::1".parse().unwrap()));
    assert!(!all.contains("0.0.0.1".parse().unwrap()));
}

#[test]
fn a_bad_range_is_answered_in_plain_words() {
    assert!(complaint("intranet").contains("write it like 10.0.0.0/8"));
    assert!(complaint("").contains("write it like 10.0.0.0/8"));
    assert!(complaint("10.0.0.0/33").contains("a number from 0 to 32"));
    assert!(complaint("fd00::/129").contains("a number from 0 to 128"));
    for prefix in ["", "+8", "-1", "8 ", "eight", "8/8"] {
        assert!(
            complaint(&format!("10.0.0.0/{prefix}")).contains("bad prefix"),
            "{prefix}"
        );
    }
    assert!(complaint("10.1.2.3/8").contains("the range itself is 10.0.0.0/8"));
    assert!(complaint("fd00::1/8").contains("the range itself is fd00::/8"));
    assert!(complaint("::ffff:10.0.0.0/104").contains("write the IPv4 range"));
}

#[test]
fn a_list_is_split_at_commas() {
    let list = Cidr::parse_list(" 10.0.0.0/8, ::1,,127.0.0.1 ,").unwrap();
    let shown: Vec<_> = list.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["10.0.0.0/8", "::1/128", "127.0.0.1/32"]);
    assert!(Cidr::parse_list("").unwrap().is_empty());
    assert!(Cidr::parse_list("10.0.0.0/8,x").is_err());
}

proptest! {
    #[test]
    fn a_range_reads_back_as_it_is_shown(bits: u128, six: bool, prefix in 0u8..=128) {
        let (address, prefix) = if six {
            (IpAddr::V6(Ipv6Addr::from_bits(bits)), prefix)
        } else {
            let low = u32::try_from(bits >> 96).unwrap();
            (IpAddr::V4(Ipv4Addr::from_bits(low)), prefix.min(32))
        };
        // An address inside the range leads to the range by way of the complaint.
        let range = match format!("{address}/{prefix}").parse::<Cidr>() {
            Ok(range) => range,
            Err(trunnel_outbound::CidrError::InsideRange { meant, .. }) => meant,
            Err(other) => return Err(TestCaseError::reject(other.to_string())),
        };
        prop_assert!(range.contains(address));
        prop_assert_eq!(range.to_string().parse::<Cidr>().unwrap(), range);
    }
}
