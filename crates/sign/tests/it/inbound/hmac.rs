use proptest::prelude::*;
use trunnel_sign::inbound::{
    Encoding, HmacRule, Inbound, Payload, Refusal, TimestampRule, TimestampSource, TimestampUnit,
};
use trunnel_sign::{Hash, KeyEncoding};

use super::{URL, post};
use crate::{at, header_map, secret};

fn rule(header: &str, payload: &str) -> HmacRule {
    HmacRule {
        hash: Hash::Sha256,
        encoding: Encoding::Hex,
        key_encoding: KeyEncoding::Utf8,
        header: header.to_owned(),
        prefix: String::new(),
        parts: None,
        signature_part: None,
        payload: Payload::parse(payload).expect("a payload"),
        timestamp: None,
    }
}

fn time(source: TimestampSource, unit: TimestampUnit) -> TimestampRule {
    TimestampRule {
        source,
        unit,
        window: Some(300),
    }
}

fn slack() -> HmacRule {
    let source = TimestampSource::Header("X-Slack-Request-Timestamp".to_owned());
    HmacRule {
        prefix: "v0=".to_owned(),
        timestamp: Some(time(source, TimestampUnit::Seconds)),
        ..rule("X-Slack-Signature", "v0:${timestamp}:${body}")
    }
}

const SLACK_BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
    &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
    &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F\
    T1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.\
    803a0bc887a14d10d2c447fce8b6703c";
const SLACK_SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
const SLACK_KEY: &str = "8f742231b10e8888abcd99yyyzzz85a5";

#[test]
fn a_documented_request_with_a_window() {
    let headers = header_map(&[
        ("x-slack-request-timestamp", "1531420618"),
        ("x-slack-signature", SLACK_SIGNATURE),
    ]);
    let request = post(&headers, SLACK_BODY);
    let (rule, key) = (slack(), secret(SLACK_KEY));
    let signed = 1_531_420_618;
    for (now, expected) in [
        (signed, Ok(())),
        (signed + 300, Ok(())),
        (signed - 300, Ok(())),
        (signed + 301, Err(Refusal::TooOld(301))),
        (signed - 301, Err(Refusal::TooEarly(301))),
    ] {
        assert_eq!(rule.verify(&request, &key, at(now)), expected);
    }
    // A wrong signature is said first: the time of a forgery says nothing.
    let other = secret("another");
    assert_eq!(
        rule.verify(&request, &other, at(0)),
        Err(Refusal::Signature)
    );
    let longer = format!("{SLACK_BODY}&x");
    let changed = post(&headers, &longer);
    assert_eq!(
        rule.verify(&changed, &key, at(signed)),
        Err(Refusal::Signature)
    );
}

#[test]
fn what_is_missing_is_named() {
    let key = secret(SLACK_KEY);
    let check = |headers: &[(&str, &str)]| {
        let headers = header_map(headers);
        let answer = slack().verify(&post(&headers, SLACK_BODY), &key, at(1_531_420_618));
        answer.expect_err("refused").to_string()
    };
    let (time, signature) = ("x-slack-request-timestamp", "x-slack-signature");
    let absent = "the header `X-Slack-Request-Timestamp` is missing";
    assert_eq!(check(&[(signature, SLACK_SIGNATURE)]), absent);
    let absent = "the header `X-Slack-Signature` is missing";
    assert_eq!(check(&[(time, "1531420618")]), absent);
    let twice = check(&[
        (time, "1"),
        (signature, SLACK_SIGNATURE),
        (signature, "v0=00"),
    ]);
    assert_eq!(twice, "the header `X-Slack-Signature` came more than once");
    for unreadable in ["", "v0=", "v0=xyz", "a2114d57", "v1=00"] {
        let said = check(&[(time, "1531420618"), (signature, unreadable)]);
        assert!(
            said == "`X-Slack-Signature` cannot be read" || said.contains("does not match"),
            "{unreadable}: {said}"
        );
        assert!(!said.contains(SLACK_KEY), "{said}");
    }
}

#[test]
fn an_empty_secret_verifies_nothing() {
    let empty = secret("");
    // HMAC-SHA256 of an empty body with an empty key.
    let signature = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    let headers = header_map(&[("x-signature", signature)]);
    let request = post(&headers, "");
    let refusal = rule("x-signature", "${body}").verify(&request, &empty, at(0));
    let said = refusal.expect_err("refused").to_string();
    assert_eq!(
        said,
        "the request cannot be verified: the webhook secret is empty"
    );
}

fn stripe() -> HmacRule {
    HmacRule {
        parts: Some(",".to_owned()),
        signature_part: Some("v1".to_owned()),
        timestamp: Some(time(
            TimestampSource::Part("t".to_owned()),
            TimestampUnit::Seconds,
        )),
        ..rule("stripe-signature", "${timestamp}.${body}")
    }
}

#[test]
fn parts_of_one_header_and_two_secrets_at_a_time() {
    let new = "830effa15a2837a1255e71d7e6536f8d8dca8d76c9690f37bf648306d998dfb3";
    let old = "19ba26ec17fc1d669efd043b897a630ed12f38e7ad371c6b410f5e93155c5a8e";
    let value = format!("t=1700000000, v1={old},v1={new},v0={new}");
    let headers = header_map(&[("stripe-signature", &value)]);
    let request = post(&headers, "{\"id\":1}");
    let now = at(1_700_000_100);
    for key in ["whsec_x", "whsec_old"] {
        assert_eq!(stripe().verify(&request, &secret(key), now), Ok(()));
    }
    assert_eq!(
        stripe().verify(&request, &secret("x"), now),
        Err(Refusal::Signature)
    );
    for (value, expected) in [
        (
            format!("t=1700000000,v0={new}"),
            Refusal::PartAbsent("v1".to_owned()),
        ),
        (format!("v1={new}"), Refusal::PartAbsent("t".to_owned())),
        // The time is signed: moving it breaks the signature.
        (format!("t=1700000001,v1={new}"), Refusal::Signature),
    ] {
        let headers = header_map(&[("stripe-signature", &value)]);
        let answer = stripe().verify(&post(&headers, "{\"id\":1}"), &secret("whsec_x"), now);
        assert_eq!(answer, Err(expected));
    }
}

#[test]
fn method_address_and_time_in_milliseconds() {
    let source = TimestampSource::Header("x-hubspot-request-timestamp".to_owned());
    let rule = HmacRule {
        encoding: Encoding::Base64,
        timestamp: Some(time(source, TimestampUnit::Milliseconds)),
        ..rule(
            "x-hubspot-signature-v3",
            "${method}${url}${body}${timestamp}",
        )
    };
    let headers = header_map(&[
        ("x-hubspot-request-timestamp", "1700000000123"),
        (
            "x-hubspot-signature-v3",
            "APG5qJ/7jnETfKajLvlt5mOi49TL1ogDEtovzVXzi9w=",
        ),
    ]);
    let url = "https://hooks.example.com/h/1?x=1";
    let request = Inbound {
        url,
        ..post(&headers, "[{\"a\":1}]")
    };
    let key = secret("client secret");
    assert_eq!(rule.verify(&request, &key, at(1_700_000_300)), Ok(()));
    assert_eq!(
        rule.verify(&request, &key, at(1_700_000_301)),
        Err(Refusal::TooOld(301))
    );
    let elsewhere = Inbound {
        url: URL,
        ..request
    };
    assert_eq!(
        rule.verify(&elsewhere, &key, at(1_700_000_000)),
        Err(Refusal::Signature)
    );
}

#[test]
fn a_list_of_signatures_behind_a_prefix_and_a_secret_in_base64() {
    let rule = HmacRule {
        encoding: Encoding::Base64,
        key_encoding: KeyEncoding::Base64,
        prefix: "v1,".to_owned(),
        parts: Some(" ".to_owned()),
        timestamp: Some(time(
            TimestampSource::Header("webhook-timestamp".to_owned()),
            TimestampUnit::Seconds,
        )),
        ..rule(
            "webhook-signature",
            "${header.webhook-id}.${timestamp}.${body}",
        )
    };
    let headers = header_map(&[
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        (
            "webhook-signature",
            "v1a,xxx v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
    ]);
    let request = post(&headers, "{\"test\": 2432232314}");
    let key = secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assert_eq!(rule.verify(&request, &key, at(1_614_265_330)), Ok(()));
}

#[test]
fn other_hashes_and_a_payload_of_the_callers() {
    // RFC 2202 and RFC 4231, test case 2.
    let key = secret("Jefe");
    for (hash, encoding, signature) in [
        (
            Hash::Sha1,
            Encoding::Hex,
            "EFFCDF6AE5EB2FA2D27416D5F184DF9C259A7C79",
        ),
        (Hash::Sha1, Encoding::Base64, "7/zfauXrL6LSdBbV8YTfnCWafHk="),
        (
            Hash::Sha512,
            Encoding::Hex,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65\
             f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ] {
        let rule = HmacRule {
            hash,
            encoding,
            ..rule("x-signature", "${body}")
        };
        let headers = header_map(&[("x-signature", signature)]);
        let message = "what do ya want for nothing?";
        assert_eq!(rule.verify(&post(&headers, message), &key, at(0)), Ok(()));
        let other = post(&headers, "another body");
        assert_eq!(
            rule.verify_payload(&other, message.as_bytes(), &key, at(0)),
            Ok(())
        );
    }
    assert_eq!(Hash::parse("sha512"), Some(Hash::Sha512));
    assert_eq!(Hash::parse("md5"), None);
    assert_eq!(Encoding::parse("base64"), Some(Encoding::Base64));
}

#[test]
fn a_shortened_signature_is_no_signature() {
    let headers = header_map(&[("x-signature", "effcdf6a")]);
    let rule = HmacRule {
        hash: Hash::Sha1,
        ..rule("x-signature", "${body}")
    };
    let request = post(&headers, "what do ya want for nothing?");
    assert_eq!(
        rule.verify(&request, &secret("Jefe"), at(0)),
        Err(Refusal::Signature)
    );
}

#[test]
fn payloads_are_checked_when_they_are_read() {
    assert!(Payload::parse("v0:${timestamp}:${body}").is_ok_and(|p| p.needs_timestamp()));
    assert!(Payload::parse("${url}").is_ok_and(|p| !p.covers_body() && !p.needs_timestamp()));
    let fault = Payload::parse("${body").expect_err("refused");
    assert_eq!(
        fault.to_string(),
        "the payload holds a `${` without its `}`"
    );
    for wrong in ["${secret}", "${header.}", "${}"] {
        let fault = Payload::parse(wrong).expect_err("refused").to_string();
        assert!(
            fault.starts_with("the payload holds an unknown placeholder"),
            "{fault}"
        );
    }
}

#[test]
fn a_payload_whose_time_nobody_gives_is_refused() {
    let headers = header_map(&[("x-signature", "00")]);
    let answer =
        rule("x-signature", "${timestamp}").verify(&post(&headers, ""), &secret("k"), at(0));
    assert_eq!(answer, Err(Refusal::TimeAbsent));
}

fn tag(hash: ring::hmac::Algorithm, key: &str, message: &[u8]) -> String {
    let key = ring::hmac::Key::new(hash, key.as_bytes());
    let tag = ring::hmac::sign(&key, message);
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_what_is_changed_does_not(
        key in "\\PC{1,20}",
        body: Vec<u8>,
        at_byte: usize,
    ) {
        let signature = tag(ring::hmac::HMAC_SHA256, &key, &body);
        let headers = header_map(&[("x-signature", &signature)]);
        let rule = rule("x-signature", "${body}");
        let request = Inbound { body: &body, ..post(&headers, "") };
        prop_assert_eq!(rule.verify(&request, &secret(&key), at(0)), Ok(()));
        let mut changed = body.clone();
        if changed.is_empty() {
            changed.push(0);
        } else {
            let at_byte = at_byte % changed.len();
            changed[at_byte] ^= 1;
        }
        let request = Inbound { body: &changed, ..request };
        prop_assert_eq!(rule.verify(&request, &secret(&key), at(0)), Err(Refusal::Signature));
    }

    #[test]
    fn no_input_panics(
        value in "[ -~]{0,40}",
        payload in "\\PC{0,20}",
        separator in "\\PC{0,2}",
        body in "\\PC{0,30}",
        url in "\\PC{0,20}",
        ms: i64,
    ) {
        let headers = header_map(&[("x-signature", &value)]);
        let request = Inbound { url: &url, ..post(&headers, &body) };
        let now = trunnel_model::time::Timestamp::from_millis(ms);
        let _ = Payload::parse(&payload);
        let rule = HmacRule {
            parts: Some(separator),
            ..stripe()
        };
        let rule = HmacRule { header: "x-signature".to_owned(), ..rule };
        let _ = rule.verify(&request, &secret("k"), now);
    }
}
