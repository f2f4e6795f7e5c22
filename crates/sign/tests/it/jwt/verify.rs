use proptest::prelude::*;
use serde_json::{Map, Value, json};
use trunnel_sign::KeyEncoding;
use trunnel_sign::jwt::{Algorithm, JwtRefusal, VerifyKey, sign, verify};

use super::{claims, object, signed};
use crate::{at, keys, secret};

/// RFC 7515, appendix A.1.
const RFC: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                   eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                   dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const RFC_KEY: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

#[test]
fn the_token_of_the_rfc_is_believed_until_it_ends() {
    let key = secret(RFC_KEY);
    let key = VerifyKey::Hs256 {
        secret: &key,
        encoding: KeyEncoding::Base64,
    };
    let end = 1_300_819_380;
    let read = verify(RFC, &key, at(end)).expect("believed");
    assert_eq!(read["iss"], "joe");
    // A minute's grace for clocks that differ, and no more.
    assert!(verify(RFC, &key, at(end + 59)).is_ok());
    assert_eq!(verify(RFC, &key, at(end + 60)), Err(JwtRefusal::Expired));
}

#[test]
fn times_and_header_are_checked() {
    let key = secret("k");
    let verifier = VerifyKey::Hs256 {
        secret: &key,
        encoding: KeyEncoding::Utf8,
    };
    let check = |header: Value, claims: Value, now| {
        let utf8 = KeyEncoding::Utf8;
        let token = sign(
            Algorithm::Hs256,
            &key,
            utf8,
            &object(&header),
            &object(&claims),
        );
        verify(token.expect("a token").expose(), &verifier, at(now)).err()
    };
    assert_eq!(check(json!({}), json!({}), 0), None);
    assert_eq!(check(json!({}), json!({"nbf": 1000}), 940), None);
    assert_eq!(
        check(json!({}), json!({"nbf": 1000}), 939),
        Some(JwtRefusal::TooEarly)
    );
    assert_eq!(
        check(json!({}), json!({"exp": 1000.5}), 1060),
        Some(JwtRefusal::Expired)
    );
    assert_eq!(
        check(json!({}), json!({"exp": "soon"}), 0),
        Some(JwtRefusal::Claim("exp"))
    );
    assert_eq!(
        check(json!({}), json!({"exp": null}), 0),
        Some(JwtRefusal::Claim("exp"))
    );
    assert_eq!(
        check(json!({"crit": ["b64"]}), json!({}), 0),
        Some(JwtRefusal::Critical)
    );
}

#[test]
fn the_header_of_a_token_chooses_nothing() {
    // A token that calls the public key a shared secret, the classic forgery.
    let forged = signed(Algorithm::Hs256, keys::RSA_PUBLIC, &json!({})).expect("a token");
    let rsa = VerifyKey::Rs256 {
        public_key: keys::RSA_PUBLIC,
    };
    assert_eq!(
        verify(&forged, &rsa, at(0)),
        Err(JwtRefusal::Algorithm("RS256"))
    );
    let key = secret("k");
    let shared = VerifyKey::Hs256 {
        secret: &key,
        encoding: KeyEncoding::Utf8,
    };
    let none = "eyJhbGciOiJub25lIn0.e30.";
    assert_eq!(
        verify(none, &shared, at(0)),
        Err(JwtRefusal::Algorithm("HS256"))
    );
    let empty = secret("");
    let shared = VerifyKey::Hs256 {
        secret: &empty,
        encoding: KeyEncoding::Utf8,
    };
    let unsigned = "eyJhbGciOiJIUzI1NiJ9.e30.";
    assert!(matches!(
        verify(unsigned, &shared, at(0)),
        Err(JwtRefusal::Key(_))
    ));
}

#[test]
fn rs256_is_verified_with_either_form_of_the_public_key() {
    let token = signed(Algorithm::Rs256, keys::RSA, &json!({})).expect("a token");
    let now = at(1_700_000_000);
    for public_key in [keys::RSA_PUBLIC, keys::RSA_PUBLIC_PKCS1] {
        let key = VerifyKey::Rs256 { public_key };
        assert_eq!(verify(&token, &key, now), Ok(claims()));
        let (message, _) = token.rsplit_once('.').expect("three parts");
        let forged = format!("{message}.AAAA");
        assert_eq!(verify(&forged, &key, now), Err(JwtRefusal::Signature));
    }
    let key = VerifyKey::Rs256 {
        public_key: keys::P256_PUBLIC,
    };
    assert!(matches!(verify(&token, &key, now), Err(JwtRefusal::Key(_))));
}

proptest! {
    #[test]
    fn what_is_signed_is_read_back(key in "\\PC{1,20}", name in "[a-z]{1,8}", value in "\\PC{0,20}") {
        prop_assume!(name != "exp" && name != "nbf");
        let key = secret(&key);
        let claims = object(&json!({ name: value }));
        let token = sign(Algorithm::Hs256, &key, KeyEncoding::Utf8, &Map::new(), &claims);
        let token = token.expect("a token");
        let verifier = VerifyKey::Hs256 { secret: &key, encoding: KeyEncoding::Utf8 };
        prop_assert_eq!(verify(token.expose(), &verifier, at(0)), Ok(claims));
    }

    #[test]
    fn one_changed_character_is_refused(at_char in 0_usize..200, to in "[A-Za-z0-9_-]") {
        let token = signed(Algorithm::Hs256, "k", &json!({})).expect("a token");
        let at_char = at_char % token.len();
        prop_assume!(token[at_char..=at_char] != to);
        let mut changed = token;
        changed.replace_range(at_char..=at_char, &to);
        let key = secret("k");
        let verifier = VerifyKey::Hs256 { secret: &key, encoding: KeyEncoding::Utf8 };
        prop_assert!(verify(&changed, &verifier, at(1_700_000_000)).is_err());
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}", parts in "[A-Za-z0-9_.-]{0,60}", pem in "\\PC{0,30}") {
        let key = secret("k");
        let shared = VerifyKey::Hs256 { secret: &key, encoding: KeyEncoding::Hex };
        let rsa = VerifyKey::Rs256 { public_key: &pem };
        for token in [&text, &parts] {
            prop_assert!(verify(token, &shared, at(0)).is_err());
            prop_assert!(verify(token, &rsa, at(0)).is_err());
        }
    }
}
