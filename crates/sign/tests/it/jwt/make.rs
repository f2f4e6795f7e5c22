use proptest::prelude::*;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::{Map, json};
use trunnel_sign::KeyEncoding;
use trunnel_sign::jwt::{Algorithm, sign};

use super::{claims, object, signed};
use crate::{base64, keys, pem_bytes, secret};

#[test]
fn the_token_that_everybody_knows() {
    let claims = json!({"sub": "1234567890", "name": "John Doe", "iat": 1_516_239_022});
    let key = secret("your-256-bit-secret");
    let token = sign(
        Algorithm::Hs256,
        &key,
        KeyEncoding::Utf8,
        &Map::new(),
        &object(&claims),
    );
    assert_eq!(
        token.expect("a token").expose(),
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
         eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.\
         SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    );
}

/// Signatures of another implementation, over the same header and claims.
#[test]
fn signatures_that_leave_no_choice_are_those_of_others() {
    let kid = json!({"kid": "k1", "alg": "none"});
    for (algorithm, key, header, expected) in [
        (
            Algorithm::Rs256,
            keys::RSA,
            &kid,
            "HiyLQpGi-Hvv4mxlBaGHpTi2GPHSWK1DSdnxzQd962olZQIBN0tZKXXOz7GvATbQ6h5-FkFQB6_Yo38hgUNCuDet\
             jFi9I1OsZj8hddu1iudc5Q6L37-YwPv96HupPsAVf2Zgt_65y0Chscx0m1BkSbD9f56gT-gH3pikTa8u2_o6UMM-\
             p_C5kGyrJVvPhpyQAtaPkvot1PLOQmcnALatRTCptr2iWiP_6kj383mCwdvfaKUULzGyhmowQFf9mKtbJIA5lcMl\
             XVNu3F8_e2_SgCAdjz5zBmuv_jx7GE1zk54-Xtg8Zi8KEKTLfTg0jZXFOOYZ4zXgvVxPrRI0x7VdJg",
        ),
        (
            Algorithm::EdDsa,
            keys::ED25519,
            &kid,
            "9d82-5-HJ8W1fJwri-g4hd8eGkUUpUs--T1lGVY3L4QahIela9EQh7J_NOABY_oz95uxB9upg_rWIctKV4a7BQ",
        ),
        (
            Algorithm::Hs384,
            "a shared secret",
            &json!({}),
            "3JztmnbFRAeeYojOjpnmNUwE0lhJ3xJBNhMhfUJLi4mq0Q1ewsSKDDBMmHWBG4D2",
        ),
        (
            Algorithm::Hs512,
            "a shared secret",
            &json!({}),
            "qF7unfgVaetwveuW9m3CCOsKIMpEC-dmqk3ukmILTs-tw1CgkaCLZsgmqK7hzdb6Br6gEqr9ysLa72QR9zRBKA",
        ),
    ] {
        let token = signed(algorithm, key, header).expect("a token");
        let signature = token.rsplit_once('.').expect("three parts").1;
        assert_eq!(signature, expected, "{}", algorithm.as_str());
    }
}

fn holds(token: &str, algorithm: &'static dyn VerificationAlgorithm, public: &[u8]) {
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    UnparsedPublicKey::new(algorithm, public)
        .verify(message.as_bytes(), &base64_url(signature))
        .expect("it verifies");
}

fn base64_url(text: &str) -> Vec<u8> {
    let mut padded = text.replace('-', "+").replace('_', "/");
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    base64(&padded)
}

#[test]
fn salted_signatures_verify_with_the_public_key() {
    let rsa = pem_bytes(keys::RSA_PUBLIC_PKCS1);
    for pem in [keys::RSA, keys::RSA_PKCS1] {
        let token = signed(Algorithm::Ps256, pem, &json!({})).expect("a token");
        holds(&token, &RSA_PSS_2048_8192_SHA256, &rsa);
    }
    // The point is the last 65 bytes of the public key.
    let spki = pem_bytes(keys::P256_PUBLIC);
    let point = &spki[spki.len() - 65..];
    for pem in [keys::P256, keys::P256_SEC1] {
        let token = signed(Algorithm::Es256, pem, &json!({})).expect("a token");
        holds(&token, &ECDSA_P256_SHA256_FIXED, point);
    }
}

#[test]
fn a_wrong_key_is_named_and_not_shown() {
    for (algorithm, key, expected) in [
        (
            Algorithm::Rs256,
            "hunter2",
            "the private key is no PEM text",
        ),
        (
            Algorithm::Rs256,
            keys::RSA_PUBLIC,
            "the private key is no PEM text",
        ),
        (
            Algorithm::Rs256,
            keys::P256,
            "the private key is no RSA key, which",
        ),
        (
            Algorithm::Rs256,
            keys::RSA_1024,
            "the private key is no sound RSA key of 2048 to 4096 bits",
        ),
        (
            Algorithm::Ps256,
            keys::ENCRYPTED,
            "the private key is protected by a password",
        ),
        (
            Algorithm::Rs256,
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n\
             AAAA\n-----END RSA PRIVATE KEY-----",
            "the private key is protected by a password",
        ),
        (
            Algorithm::Es256,
            keys::RSA,
            "the private key is no elliptic-curve key on P-256",
        ),
        (
            Algorithm::Es256,
            keys::P384,
            "the private key is no elliptic-curve key on P-256",
        ),
        (
            Algorithm::Es256,
            keys::P256_NO_PUBLIC,
            "the private key lacks its public half",
        ),
        (
            Algorithm::EdDsa,
            keys::RSA,
            "the private key is no Ed25519 key",
        ),
        (Algorithm::Hs256, "", "the signing secret is empty"),
    ] {
        let fault = signed(algorithm, key, &json!({}))
            .expect_err("refused")
            .to_string();
        assert!(fault.starts_with(expected), "{fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}

#[test]
fn a_shared_secret_may_be_hexadecimal_or_base64() {
    let made = |key: &str, encoding| {
        let token = sign(
            Algorithm::Hs256,
            &secret(key),
            encoding,
            &Map::new(),
            &claims(),
        );
        token.map(|token| token.expose().to_owned())
    };
    let plain = made("key!", KeyEncoding::Utf8).expect("a token");
    for (key, encoding) in [
        ("6b657921", KeyEncoding::Hex),
        ("6B657921", KeyEncoding::Hex),
        ("a2V5IQ==", KeyEncoding::Base64),
        ("a2V5IQ", KeyEncoding::Base64),
    ] {
        assert_eq!(made(key, encoding).as_ref(), Ok(&plain), "{key}");
    }
    let fault = made("6b6", KeyEncoding::Hex).expect_err("refused");
    assert_eq!(fault.to_string(), "the signing secret is not hexadecimal");
    let fault = made("???", KeyEncoding::Base64).expect_err("refused");
    assert_eq!(fault.to_string(), "the signing secret is not base64");
}

#[test]
fn algorithms_are_read_by_their_names() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::parse(algorithm.as_str()), Some(*algorithm));
    }
    assert_eq!(Algorithm::parse("none"), None);
    assert!(Algorithm::Hs512.is_shared());
    assert!(!Algorithm::Es256.is_shared());
}

proptest! {
    // Reading an RSA key checks its numbers, which takes a while.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A damaged key is refused or is another key, but never a panic.
    #[test]
    fn no_damage_panics(at_char in 0_usize..1700, to in "[A-Za-z0-9+/=\n]") {
        for (algorithm, pem) in [
            (Algorithm::Rs256, keys::RSA),
            (Algorithm::Es256, keys::P256),
            (Algorithm::EdDsa, keys::ED25519),
        ] {
            let mut pem = pem.to_owned();
            let at_char = at_char % pem.len();
            pem.replace_range(at_char..=at_char, &to);
            let _ = signed(algorithm, &pem, &json!({}));
        }
    }
}
