use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use trunnel_sign::inbound::{
    EcdsaRule, Payload, Refusal, TimestampRule, TimestampSource, TimestampUnit,
};

use super::post;
use crate::{at, header_map, secret};

const PRIVATE: &str = include_str!("../keys/p256_pkcs8.pem");
const PUBLIC: &str = include_str!("../keys/p256_public.pem");
const TIME: i64 = 1_772_442_845;

fn rule() -> EcdsaRule {
    EcdsaRule {
        header: "X-Signature".to_owned(),
        payload: Payload::parse("${timestamp}${body}").expect("a payload"),
        timestamp: Some(TimestampRule {
            source: TimestampSource::Header("X-Time".to_owned()),
            unit: TimestampUnit::Seconds,
            window: Some(300),
        }),
    }
}

fn lines(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

fn signature(text: &str) -> String {
    let key = STANDARD.decode(lines(PRIVATE)).expect("base64");
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key, &random);
    let signed = pair.expect("a key").sign(&random, text.as_bytes());
    STANDARD.encode(signed.expect("a signature"))
}

#[test]
fn a_signature_of_the_providers_own_key_is_verified() {
    let signed = signature(&format!("{TIME}{{\"a\":1}}"));
    let time = TIME.to_string();
    let headers = header_map(&[("x-signature", &signed), ("x-time", &time)]);
    let check = |body: &str, key: &str, now: i64| {
        rule().verify(&post(&headers, body), &secret(key), at(now))
    };
    for key in [PUBLIC, &lines(PUBLIC)] {
        assert_eq!(check("{\"a\":1}", key, TIME), Ok(()));
    }
    assert_eq!(check("{\"a\":2}", PUBLIC, TIME), Err(Refusal::Signature));
    let late = Err(Refusal::TooOld(301));
    assert_eq!(check("{\"a\":1}", PUBLIC, TIME + 301), late);
    for bad in [
        "",
        "x",
        "AAAA",
        include_str!("../keys/rsa_public.pem"),
        include_str!("../keys/ed25519_public.pem"),
    ] {
        let refusal = check("{\"a\":1}", bad, TIME).expect_err("refused");
        assert!(matches!(refusal, Refusal::Key(_)), "{refusal}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let key = secret(PUBLIC);
    let check = |headers: &[(&str, &str)]| {
        let headers = header_map(headers);
        rule().verify(&post(&headers, ""), &key, at(TIME))
    };
    let absent = |name: &str| Err(Refusal::HeaderAbsent(name.to_owned()));
    assert_eq!(check(&[("x-signature", "AA==")]), absent("X-Time"));
    assert_eq!(check(&[("x-time", "1")]), absent("X-Signature"));
    for unreadable in ["%%", "AA==", ""] {
        let found = check(&[("x-time", "1"), ("x-signature", unreadable)]);
        assert!(found.is_err(), "{unreadable}");
    }
}
