//! What an answer means.

use proptest::prelude::*;
use serde_json::{Value, json};
use trunnel_catalog::auth::keys::Verification;
use trunnel_catalog::{FailureClass, Outcome, RetryAfter, classify, mapped, read_verification};
use trunnel_model::http::HttpAnswer;

use crate::data::embedded;
use crate::support::{acme, answer};

fn outcome(given: &HttpAnswer) -> Outcome {
    let acme = acme();
    let action = acme.action("change_thing").unwrap();
    classify(&acme, action, acme.option("oauth2").unwrap(), given)
}

/// The part that the caller of the action gets.
fn part(given: &HttpAnswer) -> Value {
    let acme = acme();
    match outcome(given) {
        Outcome::Success(whole) => mapped(acme.action("change_thing").unwrap(), given, whole),
        other @ Outcome::Failure { .. } => panic!("{other:?}"),
    }
}

fn class(status: u16, headers: &[(&'static str, &str)]) -> FailureClass {
    match outcome(&answer(status, headers, "")) {
        Outcome::Failure { class, .. } => class,
        Outcome::Success(value) => panic!("{status} is a success: {value}"),
    }
}

fn later(retry_after: Option<RetryAfter>) -> FailureClass {
    FailureClass::Transient { retry_after }
}

#[test]
fn a_success_is_the_part_that_the_action_is_about() {
    let given = answer(200, &[], r#"{"data":{"thing":{"id":1}},"page":2}"#);
    assert_eq!(part(&given), json!({ "id": 1 }));
    // What the next page is told from is in the rest of it.
    let whole = json!({ "data": { "thing": { "id": 1 } }, "page": 2 });
    assert_eq!(outcome(&given), Outcome::Success(whole));
    let given = answer(201, &[], r#"{"other":1}"#);
    assert_eq!(part(&given), json!({ "other": 1 }));
    assert_eq!(part(&answer(204, &[], "")), Value::Null);
    assert_eq!(part(&answer(200, &[], "plain")), json!("plain"));
}

#[test]
fn statuses_are_classes_of_failure() {
    for status in [408, 425, 429, 500, 502, 503, 599] {
        assert_eq!(class(status, &[]), later(None), "{status}");
    }
    assert_eq!(class(401, &[]), FailureClass::Auth);
    for status in [301, 304, 400, 403, 404, 409, 410, 422] {
        assert_eq!(class(status, &[]), FailureClass::Permanent, "{status}");
    }
}

#[test]
fn a_failure_carries_its_body() {
    let given = answer(422, &[], r#"{"why":"no"}"#);
    let body = json!({ "why": "no" });
    assert_eq!(
        outcome(&given),
        Outcome::Failure {
            class: FailureClass::Permanent,
            status: 422,
            body
        }
    );
}

#[test]
fn a_provider_says_when_to_come_back() {
    let wait = |name, value| class(429, &[(name, value)]);
    assert_eq!(
        wait("retry-after", "30"),
        later(Some(RetryAfter::Seconds(30)))
    );
    assert_eq!(
        wait("retry-after", "0.2"),
        later(Some(RetryAfter::Seconds(1)))
    );
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    assert_eq!(
        wait("retry-after", date),
        later(Some(RetryAfter::Date(date.to_owned())))
    );
    assert_eq!(
        wait("x-reset", "1760000000"),
        later(Some(RetryAfter::Epoch(1_760_000_000)))
    );
    assert_eq!(
        wait("x-reset", "1760000000123"),
        later(Some(RetryAfter::Epoch(1_760_000_000)))
    );
    for bad in ["", "-1", "NaN", "1e300"] {
        assert_eq!(wait("retry-after", bad), later(None), "{bad}");
    }
}

#[test]
fn a_rate_limit_can_look_like_a_missing_permission() {
    assert_eq!(class(403, &[("x-left", "0")]), later(None));
    assert_eq!(class(403, &[("x-left", "10")]), FailureClass::Permanent);
    assert_eq!(
        class(403, &[("retry-after", "5")]),
        later(Some(RetryAfter::Seconds(5)))
    );
}

#[test]
fn an_error_inside_a_200_is_an_error() {
    let catalog = embedded();
    let slack = catalog.get("slack").unwrap();
    let action = slack.action("list_users").unwrap();
    let read = |headers: &[(&'static str, &str)], body: &str| {
        let option = slack.option("oauth2").unwrap();
        classify(slack, action, option, &answer(200, headers, body))
    };
    let class = |body: &str| match read(&[("retry-after", "3")], body) {
        Outcome::Failure {
            class, status: 200, ..
        } => class,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        class(r#"{"ok":false,"error":"token_revoked"}"#),
        FailureClass::Auth
    );
    assert_eq!(
        class(r#"{"ok":false,"error":"ratelimited"}"#),
        later(Some(RetryAfter::Seconds(3)))
    );
    assert_eq!(
        class(r#"{"ok":false,"error":"channel_not_found"}"#),
        FailureClass::Permanent
    );
    assert!(matches!(read(&[], r#"{"ok":true}"#), Outcome::Success(_)));
}

#[test]
fn what_is_no_json_is_kept_as_a_text_of_bounded_length() {
    let mut given = answer(502, &[], "");
    given.body = vec![0xff; 1_000_000].into();
    let Outcome::Failure {
        body: Value::String(text),
        ..
    } = outcome(&given)
    else {
        panic!("no text")
    };
    assert_eq!(text.chars().count(), 64 * 1024);
}

#[test]
fn a_key_is_good_bad_or_neither() {
    let catalog = embedded();
    let read = |slug: &str, status, body: &str| {
        let connector = catalog.get(slug).unwrap();
        let option = connector.option("keybased").unwrap();
        read_verification(connector, option, &answer(status, &[], body))
    };
    let accepted = |identifier: Option<&str>| Verification::Accepted {
        identifier: identifier.map(str::to_owned),
    };
    assert_eq!(
        read("github", 200, r#"{"login":"ada"}"#),
        accepted(Some("ada"))
    );
    assert_eq!(read("github", 401, "{}"), Verification::Rejected);
    assert_eq!(read("github", 403, "{}"), Verification::Rejected);
    assert_eq!(
        read("github", 503, ""),
        Verification::Unclear { retry_after: None }
    );
    assert_eq!(read("sendgrid", 200, r#"{"scopes":[]}"#), accepted(None));
    // A restricted key may lack the right to read the account.
    assert_eq!(read("stripe", 403, r#"{"error":{}}"#), accepted(None));
    assert_eq!(
        read("stripe", 401, r#"{"error":{}}"#),
        Verification::Rejected
    );
}

proptest! {
    #[test]
    fn any_answer_means_something(status in 100u16..1000, body in any::<Vec<u8>>(), wait in "[ -~]{0,12}") {
        let mut given = answer(status, &[("retry-after", &wait), ("x-reset", &wait)], "");
        given.body = body.into();
        let succeeded = matches!(outcome(&given), Outcome::Success(_));
        prop_assert_eq!(succeeded, (200..300).contains(&status));
    }
}
