use trunnel_sign::inbound::{
    Encoding, HmacRule, Payload, Refusal, TimestampRule, TimestampSource, TimestampUnit,
};
use trunnel_sign::{Hash, KeyEncoding};

use super::post;
use crate::{at, header_map, secret};

fn rule(payload: &str, unit: TimestampUnit) -> HmacRule {
    HmacRule {
        hash: Hash::Sha1,
        encoding: Encoding::Base64,
        key_encoding: KeyEncoding::Utf8,
        header: "X-Signature".to_owned(),
        prefix: String::new(),
        parts: None,
        signature_part: None,
        payload: Payload::parse(payload).expect("a payload"),
        timestamp: Some(TimestampRule {
            source: TimestampSource::Header("X-Time".to_owned()),
            unit,
            window: Some(300),
        }),
    }
}

#[test]
fn a_date_is_compared_like_a_number() {
    const NOW: i64 = 1_772_442_845;
    // HMAC-SHA1 of `x` with the key `key`.
    let signed = "KgDo6DQ9+GxMGIsmPuyjMa+jFUg=";
    for (unit, text, expected) in [
        (TimestampUnit::Rfc3339, "2026-03-02T09:14:05Z", None),
        (TimestampUnit::Rfc3339, "2026-03-02T10:14:05+01:00", None),
        (TimestampUnit::Rfc3339, "2026-03-02T09:09:05.000Z", None),
        (
            TimestampUnit::Rfc3339,
            "2026-03-02T09:09:04Z",
            Some(Refusal::TooOld(301)),
        ),
        (
            TimestampUnit::Rfc3339,
            "2026-03-02T09:19:06Z",
            Some(Refusal::TooEarly(301)),
        ),
        (TimestampUnit::Milliseconds, "1772442845999", None),
        (
            TimestampUnit::Rfc3339,
            "1772442845",
            Some(Refusal::Unreadable("timestamp".to_owned())),
        ),
        (
            TimestampUnit::Rfc3339,
            "2026-03-02",
            Some(Refusal::Unreadable("timestamp".to_owned())),
        ),
    ] {
        let headers = header_map(&[("x-signature", signed), ("x-time", text)]);
        let found = rule("${body}", unit).verify(&post(&headers, "x"), &secret("key"), at(NOW));
        assert_eq!(found.err(), expected, "{text}");
    }
}

#[test]
fn a_time_in_the_body_is_compared() {
    let time = TimestampRule {
        source: TimestampSource::Body("sent.at".to_owned()),
        unit: TimestampUnit::Milliseconds,
        window: Some(60),
    };
    let rule = HmacRule {
        timestamp: Some(time),
        ..rule("${body}", TimestampUnit::Seconds)
    };
    let check = |body: &str, now: i64| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"key");
        let tag = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            ring::hmac::sign(&key, body.as_bytes()),
        );
        let headers = header_map(&[("x-signature", &tag)]);
        rule.verify(&post(&headers, body), &secret("key"), at(now))
    };
    for body in [r#"{"sent":{"at":1000000}}"#, r#"{"sent":{"at":"1000999"}}"#] {
        assert_eq!(check(body, 1060), Ok(()));
        assert_eq!(check(body, 1061), Err(Refusal::TooOld(61)));
    }
    for body in ["", "{}", "[]", r#"{"sent":{"at":null}}"#, r#"{"sent":7}"#] {
        assert_eq!(check(body, 1000), Err(Refusal::TimeAbsent), "{body}");
    }
}

#[test]
fn a_form_is_signed_by_its_sorted_entries() {
    let rule = HmacRule {
        timestamp: None,
        ..rule("${url}${form}", TimestampUnit::Seconds)
    };
    let signed = |text: &str| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"key");
        base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            ring::hmac::sign(&key, text.as_bytes()),
        )
    };
    let tag = signed(&format!("{}a1a2bx y", super::URL));
    let headers = header_map(&[("x-signature", &tag)]);
    let check = |body: &str| rule.verify(&post(&headers, body), &secret("key"), at(0));
    for body in ["b=x+y&a=2&a=1", "a=1&a=2&b=x%20y", "a=2&b=x+y&a=%31"] {
        assert_eq!(check(body), Ok(()), "{body}");
    }
    for body in ["b=x+y&a=2", "a=1&a=2&b=x+y&c=", ""] {
        assert_eq!(check(body), Err(Refusal::Signature), "{body}");
    }
}
