//! What is said about a URL before anything is sent to it.

use trunnel_outbound::{AddressKind, Cidr, EgressPolicy, UrlRefused};
use url::Url;

fn check(url: &str) -> Result<(), UrlRefused> {
    EgressPolicy::default().check_url(&Url::parse(url).unwrap())
}

#[test]
fn a_public_address_or_any_name_may_be_saved() {
    for url in [
        "https://example.com/hook?a=b",
        "http://8.8.8.8:8080/",
        "https://[2606:4700::1111]/",
        // Judged when it is resolved.
        "http://localhost:3000/",
    ] {
        assert_eq!(check(url), Ok(()), "{url}");
    }
}

#[test]
fn no_spelling_of_loopback_passes() {
    for url in [
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://127.1/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://%31%32%37.0.0.1/",
        "http://１２７。0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::127.0.0.1]/",
    ] {
        let refused = check(url).expect_err(url);
        assert!(
            matches!(&refused, UrlRefused::Address(a) if a.kind == AddressKind::Loopback),
            "{url}: {refused}"
        );
    }
}

#[test]
fn no_address_that_is_not_public_passes() {
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://0/",
        "http://10.0.0.1/",
        "http://[fd00:ec2::254]/",
        "http://[::127.0.0.1]/",
        "http://[2002:7f00:1::]/",
    ] {
        assert!(matches!(check(url), Err(UrlRefused::Address(_))), "{url}");
    }
}

#[test]
fn only_plain_web_addresses_pass() {
    for url in [
        "ftp://example.com/",
        "file:///etc/passwd",
        "data:,x",
        "gopher://example.com/",
    ] {
        assert_eq!(check(url), Err(UrlRefused::Scheme), "{url}");
    }
    for url in ["https://me@example.com/", "https://:secret@example.com/"] {
        assert_eq!(check(url), Err(UrlRefused::Credentials), "{url}");
    }
}

#[test]
fn the_allow_list_opens_addresses_but_not_schemes() {
    let policy = EgressPolicy::new(Cidr::parse_list("127.0.0.0/8").unwrap());
    let check = |url: &str| policy.check_url(&Url::parse(url).unwrap());
    assert_eq!(check("http://127.1:8080/"), Ok(()));
    assert_eq!(check("ftp://127.0.0.1/"), Err(UrlRefused::Scheme));
}
