mod rsa;

use proptest::prelude::*;
use trunnel_model::secret::Secret;
use trunnel_sign::oauth1::{OAuth1, SignatureMethod, base_string};

use crate::{at, header, keys, request, secret};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// One parameter of the header, decoded.
fn parameter(header: &str, name: &str) -> Option<String> {
    let list = header.strip_prefix("OAuth ")?;
    list.split(", ").find_map(|entry| {
        let (found, value) = entry.split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        let decoded = percent_decode(value);
        (found == name).then_some(decoded)
    })
}

fn percent_decode(text: &str) -> String {
    let plus = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("x={plus}").as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect()
}

fn signer<'a>(method: SignatureMethod, consumer: &'a Secret, token: &'a Secret) -> OAuth1<'a> {
    OAuth1 {
        method,
        consumer_key: "dpf43f3p2l4k3l03",
        consumer_secret: consumer,
        token: Some("nnch734d00sl2jdk"),
        token_secret: Some(token),
        private_key: None,
        realm: None,
        extra: &[],
        version: false,
    }
}

#[test]
fn the_base_string_of_the_rfc() {
    // RFC 5849, section 3.4.1.1.
    let url = "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b";
    let request = request("POST", url, &[FORM], "c2&a3=2+q");
    let own = [
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(
        base_string(&request, &own).expect("a host"),
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D\
         %253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce\
         %3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26\
         oauth_token%3Dkkk9d7dh3k39sjv7"
    );
}

#[test]
fn the_address_of_the_rfc() {
    // RFC 5849, section 3.4.1.2: usual ports and the query go, small letters, `%20` stays.
    for (url, expected) in [
        (
            "http://EXAMPLE.COM:80/r%20v/X?id=123",
            "http%3A%2F%2Fexample.com%2Fr%2520v%2FX",
        ),
        (
            "https://www.example.net:8080/?q=1",
            "https%3A%2F%2Fwww.example.net%3A8080%2F",
        ),
        ("https://example.net:443", "https%3A%2F%2Fexample.net%2F"),
    ] {
        let base = base_string(&request("GET", url, &[], ""), &[]).expect("a host");
        assert_eq!(base.split('&').nth(1), Some(expected), "{url}");
    }
}

#[test]
fn the_requests_of_the_rfc() {
    // RFC 5849, section 1.2: fetching the photo, and the token before it.
    let consumer = secret("kd94hf93k423kf44");
    let token = secret("pfkkdhi9sl3r4s00");
    let mut photo = request(
        "GET",
        "http://photos.example.net/photos?file=vacation.jpg&size=original",
        &[],
        "",
    );
    let signer = OAuth1 {
        realm: Some("Photos"),
        ..signer(SignatureMethod::HmacSha1, &consumer, &token)
    };
    signer
        .sign(&mut photo, "chapoH", at(137_131_202))
        .expect("signed");
    let value = header(&photo, "authorization");
    assert!(value.starts_with("OAuth realm=\"Photos\", "), "{value}");
    assert_eq!(
        parameter(value, "oauth_signature").as_deref(),
        Some("MdpQcU8iPSUjWoN/UDMsK2sui9I=")
    );

    let temporary = secret("hdhd0244k9j7ao03");
    let mut exchange = request("POST", "https://photos.example.net/token", &[], "");
    let signer = OAuth1 {
        token: Some("hh5s93j4hdidpola"),
        token_secret: Some(&temporary),
        extra: &[("oauth_verifier", "hfdp7dh39dks9884")],
        ..signer
    };
    signer
        .sign(&mut exchange, "walatlh", at(137_131_201))
        .expect("signed");
    assert!(
        header(&exchange, "authorization")
            .contains("oauth_signature=\"gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D\"")
    );
}

#[test]
fn the_published_example_of_twitter() {
    let mut update = request(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
        &[FORM],
        "status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
    );
    let signer = OAuth1 {
        method: SignatureMethod::HmacSha1,
        consumer_key: "xvz1evFS4wEEPTGEFPHBog",
        consumer_secret: &secret("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
        token: Some("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
        token_secret: Some(&secret("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE")),
        private_key: None,
        realm: None,
        extra: &[],
        version: true,
    };
    let nonce = "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg";
    signer
        .sign(&mut update, nonce, at(1_318_622_958))
        .expect("signed");
    assert_eq!(
        parameter(header(&update, "authorization"), "oauth_signature").as_deref(),
        Some("hCtSmYh+iHYCEqBWrE7C7hYmtUk=")
    );
}

#[test]
fn netsuite_names_its_account_as_realm_and_does_not_sign_it() {
    let mut list = request(
        "GET",
        "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/customer\
         ?limit=5&q=name%20IS%20%22%C3%84%22",
        &[("content-type", "application/json")],
        "{\"ignored\":1}",
    );
    let (consumer, token) = (secret("cs"), secret("ts"));
    let signer = OAuth1 {
        consumer_key: "ck",
        token: Some("tk"),
        realm: Some("1234567_SB1"),
        version: true,
        ..signer(SignatureMethod::HmacSha256, &consumer, &token)
    };
    signer
        .sign(&mut list, "n0nce", at(1_700_000_000))
        .expect("signed");
    // The signature was computed with another implementation.
    assert_eq!(
        header(&list, "authorization"),
        "OAuth realm=\"1234567_SB1\", oauth_consumer_key=\"ck\", oauth_token=\"tk\", \
         oauth_signature_method=\"HMAC-SHA256\", oauth_timestamp=\"1700000000\", \
         oauth_nonce=\"n0nce\", oauth_version=\"1.0\", \
         oauth_signature=\"rfALrVa3hv%2Bg3Xqtwejw1zqNer%2Bu6yHRJ1ZDBKIOFU0%3D\""
    );
}

#[test]
fn plaintext_is_the_two_secrets() {
    let (consumer, token) = (secret("djr9rjt0jd78jf88"), secret("jj&99"));
    let mut call = request("GET", "https://api.example.com/", &[], "");
    signer(SignatureMethod::Plaintext, &consumer, &token)
        .sign(&mut call, "n", at(1))
        .expect("signed");
    let value = header(&call, "authorization");
    assert!(
        value.contains("oauth_signature=\"djr9rjt0jd78jf88%26jj%252699\""),
        "{value}"
    );
    // Before there is a token, the separator still stands.
    let signer = OAuth1 {
        token: None,
        token_secret: None,
        extra: &[("oauth_callback", "https://trunnel.example.com/back?a=1")],
        ..signer(SignatureMethod::Plaintext, &consumer, &token)
    };
    signer.sign(&mut call, "n", at(1)).expect("signed");
    let value = header(&call, "authorization");
    assert!(
        value.contains("oauth_signature=\"djr9rjt0jd78jf88%26\""),
        "{value}"
    );
    assert!(!value.contains("oauth_token"), "{value}");
    assert!(
        value.contains("oauth_callback=\"https%3A%2F%2Ftrunnel.example.com%2Fback%3Fa%3D1\""),
        "{value}"
    );
    let shown = format!("{:?}", call.headers);
    assert!(!shown.contains("djr9rjt0jd78jf88"), "{shown}");
}

#[test]
fn a_fault_names_the_field_and_shows_nothing_of_it() {
    let (consumer, token) = (secret("cs"), secret("ts"));
    let base = signer(SignatureMethod::RsaSha1, &consumer, &token);
    let mut call = request("GET", "https://api.example.com/", &[], "");
    for (key, expected) in [
        (None, "the private key is missing; RSA-SHA1 signs with it"),
        (
            Some("hunter2"),
            "the private key is no PEM text; it must begin with",
        ),
        (
            Some(keys::P256),
            "the private key is no RSA key, which this signature needs",
        ),
        (
            Some(keys::ENCRYPTED),
            "the private key is protected by a password",
        ),
    ] {
        let key = key.map(secret);
        let signer = OAuth1 {
            private_key: key.as_ref(),
            ..base
        };
        let fault = signer
            .sign(&mut call, "n", at(1))
            .expect_err("refused")
            .to_string();
        assert!(fault.starts_with(expected), "{fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
    let signer = OAuth1 {
        method: SignatureMethod::HmacSha1,
        realm: Some("a\", oauth_token=\"x"),
        ..base
    };
    let fault = signer.sign(&mut call, "n", at(1)).expect_err("refused");
    assert_eq!(fault.field, "realm");
    assert!(
        !call.headers.contains_key("authorization"),
        "a refusal signs nothing"
    );
}

#[test]
fn methods_are_read_by_their_names() {
    for name in ["HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT"] {
        let method = SignatureMethod::parse(name).expect("known");
        assert_eq!(method.as_str(), name);
    }
    assert_eq!(SignatureMethod::parse("hmac-sha1"), None);
}

proptest! {
    /// The order and the spelling of the parameters do not matter.
    #[test]
    fn one_request_has_one_base_string(
        mut pairs in proptest::collection::vec(("\\PC{0,8}", "\\PC{0,8}"), 0..6),
        turn in 0_usize..6,
    ) {
        let address = "https://api.example.com/a/b";
        let spelled = |pairs: &[(String, String)]| {
            let mut url = url::Url::parse(address).expect("a URL");
            url.query_pairs_mut().extend_pairs(pairs);
            base_string(&request("GET", url.as_str(), &[], ""), &[]).expect("a host")
        };
        let first = spelled(&pairs);
        if !pairs.is_empty() {
            let turn = turn % pairs.len();
            pairs.rotate_left(turn);
        }
        prop_assert_eq!(&first, &spelled(&pairs));
        // As a form, and as parameters of the header, they are the same pairs again.
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&pairs)
            .finish();
        let form = request("GET", address, &[FORM], &body);
        prop_assert_eq!(&first, &base_string(&form, &[]).expect("a host"));
        let bare = request("GET", address, &[], "");
        prop_assert_eq!(&first, &base_string(&bare, &pairs).expect("a host"));
    }

    #[test]
    fn a_base_string_has_three_plain_parts(query in "\\PC{0,30}", body in "\\PC{0,30}") {
        let mut url = url::Url::parse("https://api.example.com/x").expect("a URL");
        url.set_query(Some(&query));
        let base = base_string(&request("PUT", url.as_str(), &[FORM], &body), &[]);
        let base = base.expect("a host");
        prop_assert_eq!(base.split('&').count(), 3);
        prop_assert!(base.chars().all(|c| c.is_ascii_alphanumeric() || "-._~%&".contains(c)));
    }
}
