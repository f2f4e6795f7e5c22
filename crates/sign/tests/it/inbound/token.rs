use proptest::prelude::*;
use serde_json::{Map, json};
use trunnel_sign::KeyEncoding;
use trunnel_sign::inbound::{Inbound, JwtRule, Place, Refusal, TokenRule};
use trunnel_sign::jwt::{self, Algorithm};

use super::post;
use crate::{at, header_map, secret};

#[test]
fn a_shared_token_in_each_place() {
    let headers = header_map(&[
        ("x-gitlab-token", "tok"),
        ("authorization", "bearer tok"),
        ("x-other", "Tok"),
    ]);
    let body = "{\"auth\":{\"tokens\":[\"tok\"]},\"token\":\"tok\",\"number\":1}";
    let request = Inbound {
        url: "https://x.example.com/?a=b&token=t%6Fk#f",
        ..post(&headers, body)
    };
    let key = secret("tok");
    let check = |place| TokenRule { place }.verify(&request, &key);
    for place in [
        Place::Header("X-Gitlab-Token".to_owned()),
        Place::Header("Authorization".to_owned()),
        Place::Query("token".to_owned()),
        Place::Body("token".to_owned()),
        Place::Body("auth.tokens.0".to_owned()),
    ] {
        assert_eq!(check(place), Ok(()));
    }
    for (place, expected) in [
        (
            Place::Header("X-Other".to_owned()),
            "the token is not the one that is set for this webhook",
        ),
        (
            Place::Header("X-None".to_owned()),
            "the header `X-None` is missing",
        ),
        (
            Place::Query("none".to_owned()),
            "the query parameter `none` is missing",
        ),
        (
            Place::Query("a".to_owned()),
            "the token is not the one that is set for this webhook",
        ),
        (
            Place::Body("number".to_owned()),
            "`number` in the body is missing",
        ),
        (
            Place::Body("auth.none".to_owned()),
            "`auth.none` in the body is missing",
        ),
    ] {
        assert_eq!(check(place).expect_err("refused").to_string(), expected);
    }
}

#[test]
fn a_signed_token() {
    let key = secret("webhook secret");
    let claims = json!({"iss": "provider", "exp": 1_000});
    let claims = claims.as_object().expect("an object");
    let token = jwt::sign(
        Algorithm::Hs256,
        &key,
        KeyEncoding::Utf8,
        &Map::new(),
        claims,
    );
    let token = token.expect("a token");
    let rule = JwtRule {
        header: "Authorization".to_owned(),
        key_encoding: KeyEncoding::Utf8,
    };
    for value in [
        token.expose().to_owned(),
        format!("Bearer {}", token.expose()),
    ] {
        let headers = header_map(&[("authorization", &value)]);
        let request = post(&headers, "");
        assert_eq!(rule.verify(&request, &key, at(500)).as_ref(), Ok(claims));
        let late = rule.verify(&request, &key, at(2_000)).expect_err("refused");
        assert_eq!(
            late.to_string(),
            "the token is refused: it has ended (`exp`)"
        );
        let forged = rule
            .verify(&request, &secret("x"), at(500))
            .expect_err("refused");
        assert_eq!(
            forged.to_string(),
            "the token is refused: its signature does not match"
        );
    }
    let headers = header_map(&[("authorization", "Basic abc")]);
    assert!(rule.verify(&post(&headers, ""), &key, at(0)).is_err());
}

#[test]
fn an_empty_secret_verifies_nothing() {
    let empty = secret("");
    let token = TokenRule {
        place: Place::Header("x-empty".to_owned()),
    };
    let headers = header_map(&[("x-empty", "")]);
    assert!(matches!(
        token.verify(&post(&headers, ""), &empty),
        Err(Refusal::Key(_))
    ));
}

proptest! {
    #[test]
    fn no_input_panics(name in "\\PC{0,10}", body in "\\PC{0,30}", url in "\\PC{0,20}") {
        let headers = header_map(&[]);
        let request = Inbound { url: &url, ..post(&headers, &body) };
        for place in [Place::Header(name.clone()), Place::Query(name.clone()), Place::Body(name)] {
            let _ = TokenRule { place }.verify(&request, &secret("k"));
        }
    }
}
