//! Which addresses the policy lets through.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use trunnel_outbound::{AddressKind, Cidr, EgressPolicy};

fn strict() -> EgressPolicy {
    EgressPolicy::default()
}

fn kind(address: &str) -> AddressKind {
    let refused = strict().vet(address.parse().unwrap());
    refused.expect_err(address).kind
}

fn nat64(v4: Ipv4Addr) -> IpAddr {
    let [a, b, c, d] = v4.octets();
    let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low).into()
}

#[test]
fn both_edges_of_every_special_range_are_refused() {
    let cases = [
        ("0.0.0.0", "0.255.255.255", AddressKind::Unspecified),
        ("10.0.0.0", "10.255.255.255", AddressKind::Private),
        ("100.64.0.0", "100.127.255.255", AddressKind::SharedCarrier),
        ("127.0.0.0", "127.255.255.255", AddressKind::Loopback),
        ("169.254.0.0", "169.254.255.255", AddressKind::LinkLocal),
        ("172.16.0.0", "172.31.255.255", AddressKind::Private),
        ("192.0.0.0", "192.0.0.255", AddressKind::Reserved),
        ("192.0.2.0", "192.0.2.255", AddressKind::Documentation),
        ("192.88.99.0", "192.88.99.255", AddressKind::Tunnel),
        ("192.168.0.0", "192.168.255.255", AddressKind::Private),
        ("198.18.0.0", "198.19.255.255", AddressKind::Benchmark),
        ("198.51.100.0", "198.51.100.255", AddressKind::Documentation),
        ("203.0.113.0", "203.0.113.255", AddressKind::Documentation),
        ("224.0.0.0", "239.255.255.255", AddressKind::Multicast),
        ("240.0.0.0", "255.255.255.255", AddressKind::Reserved),
        ("::", "::", AddressKind::Unspecified),
        ("::1", "::1", AddressKind::Loopback),
        ("::7f00:1", "::ffff:ffff", AddressKind::Reserved),
        (
            "::ffff:10.0.0.0",
            "::ffff:10.255.255.255",
            AddressKind::Private,
        ),
        (
            "64:ff9b::127.0.0.1",
            "64:ff9b::127.255.255.255",
            AddressKind::Loopback,
        ),
        ("64:ff9b:1::", "64:ff9b:1:ffff::1", AddressKind::Reserved),
        ("100::", "100::ffff:ffff:ffff:ffff", AddressKind::Reserved),
        ("2001::", "2001:0:ffff::1", AddressKind::Tunnel),
        ("2001:2::", "2001:1ff:ffff::1", AddressKind::Reserved),
        ("2001:db8::", "2001:db8:ffff::1", AddressKind::Documentation),
        ("2002::", "2002:ffff:ffff::1", AddressKind::Tunnel),
        ("3fff::", "3fff:fff:ffff::1", AddressKind::Documentation),
        ("4000::", "fbff::1", AddressKind::Reserved),
        ("fc00::", "fdff:ffff::1", AddressKind::Private),
        ("fe80::", "febf:ffff::1", AddressKind::LinkLocal),
        ("fec0::", "feff:ffff::1", AddressKind::Private),
        ("ff00::", "ffff:ffff::1", AddressKind::Multicast),
    ];
    for (first, last, expected) in cases {
        assert_eq!(kind(first), expected, "{first}");
        assert_eq!(kind(last), expected, "{last}");
    }
}

#[test]
fn the_neighbours_of_special_ranges_are_public() {
    let public = [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::",
        "2001:db7::1",
        "2001:db9::1",
        "2003::",
        "2606:4700::1111",
        "3ffe:ffff::1",
        "3fff:1000::",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ];
    for address in public {
        assert_eq!(strict().vet(address.parse().unwrap()), Ok(()), "{address}");
    }
}

#[test]
fn the_allow_list_wins_and_allows_no_more_than_it_says() {
    let list = Cidr::parse_list("10.1.0.0/16, ::1, 127.0.0.1").unwrap();
    let policy = EgressPolicy::new(list);
    let vet = |address: &str| policy.vet(address.parse().unwrap());
    for allowed in [
        "10.1.2.3",
        "::1",
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::10.1.0.1",
    ] {
        assert_eq!(vet(allowed), Ok(()), "{allowed}");
    }
    for refused in [
        "10.2.0.0",
        "127.0.0.2",
        "::2",
        "::ffff:127.0.0.2",
        "64:ff9b::10.2.0.1",
    ] {
        assert!(vet(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_refusal_says_what_is_wrong_and_where_to_allow_it() {
    let refused = strict()
        .vet("169.254.169.254".parse().unwrap())
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "169.254.169.254 is a link-local address, and only public addresses are allowed \
         (see TRUNNEL_EGRESS_ALLOW)"
    );
}

proptest! {
    #[test]
    fn what_the_standard_library_calls_special_is_refused(bits: u32, range in 0usize..7) {
        let bases = [0, 0x0a00_0000, 0x7f00_0000, 0xa9fe_0000, 0xac10_0000, 0xc0a8_0000, 0xe000_0000];
        for v4 in [Ipv4Addr::from_bits(bits), Ipv4Addr::from_bits(bases[range] | (bits & 0xffff))] {
            let special = v4.is_private() || v4.is_loopback() || v4.is_link_local()
                || v4.is_documentation() || v4.is_multicast() || v4.is_broadcast()
                || v4.is_unspecified();
            prop_assert!(!special || strict().vet(v4.into()).is_err(), "{v4}");
        }
    }

    #[test]
    fn a_wrapped_address_is_judged_like_the_one_inside(bits: u32, near in 0u32..256) {
        for v4 in [Ipv4Addr::from_bits(bits), Ipv4Addr::from_bits(0x7f00_0000 | near)] {
            let plain = strict().vet(v4.into()).is_ok();
            prop_assert_eq!(strict().vet(v4.to_ipv6_mapped().into()).is_ok(), plain);
            prop_assert_eq!(strict().vet(nat64(v4)).is_ok(), plain);
        }
    }

    #[test]
    fn tunnels_and_unassigned_space_never_pass(bits: u128) {
        let teredo = Ipv6Addr::from_bits(0x2001_0000 << 96 | (bits >> 32));
        let six_to_four = Ipv6Addr::from_bits(0x2002 << 112 | (bits >> 16));
        let compatible = Ipv6Addr::from_bits(bits >> 96);
        for address in [teredo, six_to_four, compatible] {
            prop_assert!(strict().vet(address.into()).is_err(), "{address}");
        }
        let anywhere = Ipv6Addr::from_bits(bits);
        let assigned = bits >> 125 == 1;
        prop_assert!(assigned || strict().vet(anywhere.into()).is_err() , "{anywhere}");
    }

    #[test]
    fn an_allowed_address_passes_alone(bits: u128) {
        let address: IpAddr = Ipv6Addr::from_bits(bits).into();
        let Ok(only) = address.to_string().parse::<Cidr>() else {
            return Err(TestCaseError::reject("mapped"));
        };
        let policy = EgressPolicy::new(vec![only]);
        prop_assert_eq!(policy.vet(address), Ok(()));
        let other: IpAddr = Ipv6Addr::from_bits(bits ^ 1).into();
        prop_assert_eq!(policy.vet(other), strict().vet(other));
    }
}
