//! Typed values that are exchanged for a short-lived token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use trunnel_catalog::{
    Access, Connector, Credential, ExchangeStep, Steps, TokenAnswer, TokenFault, TokenFaultKind,
    exchange_request, keep_step, read_token_answer, renewal_request,
};
use trunnel_model::http::{HttpRequest, Redirects};
use trunnel_model::secret::Secret;

use crate::support::{MOMENT, access, acme_by, answer, keys, object, typed};

const HEAD: &str = "  keybased:
    fields:
      - { name: id }
      - { name: secret, type: password }
    exchange:
";

fn exchanging(exchange: &str) -> std::sync::Arc<Connector> {
    let indented: Vec<String> = exchange
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect();
    acme_by(&format!("{HEAD}{}", indented.concat()))
}

fn last(access: &Access<'_>, steps: &Steps) -> HttpRequest {
    match exchange_request(access, steps.len(), steps).unwrap() {
        Some(ExchangeStep::Last(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn given() -> std::collections::BTreeMap<String, Secret> {
    keys(&[("id", "i&d"), ("secret", "s3cret")])
}

fn text(request: &HttpRequest) -> String {
    String::from_utf8(request.body.to_vec()).unwrap()
}

#[test]
fn a_form_is_posted_unless_the_file_says_otherwise() {
    let connector = exchanging(
        "url: https://login.acme.example/token
body: { grant_type: client_credentials, client_id: '${credential.id}', client_secret: '${credential.secret}' }",
    );
    let given = given();
    let access = access(&connector, "keybased").with_credential(typed(&given));
    let request = last(&access, &Steps::new());
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(request.url.as_str(), "https://login.acme.example/token");
    assert_eq!(request.redirects, Redirects::Never);
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        text(&request),
        "grant_type=client_credentials&client_id=i%26d&client_secret=s3cret"
    );
    assert!(!format!("{request:?}").contains("s3cret"));
}

#[test]
fn every_part_of_the_request_can_be_another() {
    let connector = exchanging(
        "method: GET
url: https://${field.region}.acme.example/token || https://acme.example/token
headers: { X-Id: '${credential.id}' }
query: { scope: all, at: '${now}' }
basic: { username: '${credential.id}', password: '${credential.secret}' }
body_type: none",
    );
    let (given, fields) = (given(), object(json!({ "region": "eu" })));
    let access = access(&connector, "keybased")
        .with_fields(&fields)
        .with_credential(typed(&given));
    let request = last(&access, &Steps::new());
    assert_eq!(request.method, http::Method::GET);
    assert_eq!(
        request.url.as_str(),
        "https://eu.acme.example/token?at=1772712000&scope=all"
    );
    assert_eq!(request.headers["x-id"], "i&d");
    assert!(request.headers["x-id"].is_sensitive());
    assert_eq!(request.headers["authorization"], "Basic aSZkOnMzY3JldA==");
    assert!(request.body.is_empty() && !request.headers.contains_key("content-type"));
    let connector = exchanging(
        "url: https://acme.example/token
body_type: json
body: { auth: { id: '${credential.id}', n: 1 } }",
    );
    let access = crate::support::access(&connector, "keybased").with_credential(typed(&given));
    let request = last(&access, &Steps::new());
    assert_eq!(text(&request), r#"{"auth":{"id":"i&d","n":1}}"#);
    assert_eq!(request.headers["content-type"], "application/json");
}

const IN_STEPS: &str = "before:
  - { method: GET, url: 'https://acme.example/discover', body_type: none, keep: { host: data.url } }
  - { url: '${step.host}/login', body: { id: '${credential.id}' }, keep: { session: session.id } }
url: ${step.host}/token
body: { session: '${step.session}', secret: '${credential.secret}' }";

#[test]
fn steps_come_first_and_hand_on_what_they_keep() {
    let connector = exchanging(IN_STEPS);
    let given = given();
    let access = access(&connector, "keybased").with_credential(typed(&given));
    let mut steps = Steps::new();
    let before = |index, steps: &Steps| match exchange_request(&access, index, steps).unwrap() {
        Some(ExchangeStep::Before(request)) => request,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        before(0, &steps).url.as_str(),
        "https://acme.example/discover"
    );
    let found = answer(200, &[], r#"{"data":{"url":"https://eu.acme.example"}}"#);
    keep_step(&access, 0, &found, &mut steps).unwrap();
    let second = before(1, &steps);
    assert_eq!(second.url.as_str(), "https://eu.acme.example/login");
    assert_eq!(second.redirects, Redirects::Never);
    let found = answer(200, &[], r#"{"session":{"id":17}}"#);
    keep_step(&access, 1, &found, &mut steps).unwrap();
    let request = last(&access, &steps);
    assert_eq!(request.url.as_str(), "https://eu.acme.example/token");
    assert_eq!(text(&request), "session=17&secret=s3cret");
}

#[test]
fn a_step_that_fails_says_why() {
    let connector = exchanging(IN_STEPS);
    let given = given();
    let access = access(&connector, "keybased").with_credential(typed(&given));
    let keep = |status, body: &str| {
        keep_step(&access, 0, &answer(status, &[], body), &mut Steps::new()).unwrap_err()
    };
    assert_eq!(
        keep(401, r#"{"error":"invalid_client"}"#).kind,
        TokenFaultKind::ClientRefused
    );
    assert!(matches!(
        keep(503, "").kind,
        TokenFaultKind::Transient { .. }
    ));
    assert_eq!(keep(200, r#"{"data":{}}"#).kind, TokenFaultKind::Nonsense);
    // Without what it keeps, the next one cannot be built.
    assert!(exchange_request(&access, 1, &Steps::new()).is_err());
}

#[test]
fn an_assertion_is_made_for_the_exchange() {
    let connector = exchanging(
        "url: https://acme.example/token
body: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: '${assertion}' }
assertion:
  algorithm: HS256
  key: ${credential.secret}
  header: { kid: k1 }
  claims: { iss: '${credential.id}', aud: https://acme.example, sub: '${field.region}' }
  lifetime: 60",
    );
    let given = given();
    let access = access(&connector, "keybased").with_credential(typed(&given));
    let body = text(&last(&access, &Steps::new()));
    let (_, token) = body.rsplit_once("assertion=").unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!(
        read(parts[0]),
        json!({ "alg": "HS256", "typ": "JWT", "kid": "k1" })
    );
    // What hangs on an absent value is left out, as everywhere.
    let claims = json!({
        "iss": "i&d", "aud": "https://acme.example", "iat": 1_772_712_000, "exp": 1_772_712_060,
        "jti": "0123456789abcdef0123456789abcdef"
    });
    assert_eq!(read(parts[1]), claims);
    assert_eq!(parts.len(), 3);
}

#[test]
fn a_refresh_token_renews_where_the_provider_has_them() {
    let renewing = exchanging(
        "url: https://acme.example/token
body: { secret: '${credential.secret}' }
refresh:
  method: PUT
  url: https://acme.example/renew
  headers: { Authorization: 'Bearer ${access_token}' }
  body: { refresh_token: '${refresh_token}' }",
    );
    let (given, old, refresh) = (given(), Secret::new("old"), Secret::new("r3fresh"));
    let with = |refresh_token| Credential {
        access_token: Some(&old),
        refresh_token,
        ..typed(&given)
    };
    let opened = access(&renewing, "keybased").with_credential(with(Some(&refresh)));
    let request = renewal_request(&opened).unwrap().unwrap();
    assert_eq!(
        (request.method.as_str(), text(&request).as_str()),
        ("PUT", "refresh_token=r3fresh")
    );
    assert_eq!(request.headers["authorization"], "Bearer old");
    // Otherwise the typed values are exchanged anew.
    let opened = access(&renewing, "keybased").with_credential(with(None));
    assert!(renewal_request(&opened).unwrap().is_none());
    let plain =
        exchanging("url: https://acme.example/token\nbody: { secret: '${credential.secret}' }");
    let opened = access(&plain, "keybased").with_credential(with(Some(&refresh)));
    assert!(renewal_request(&opened).unwrap().is_none());
}

#[test]
fn an_option_without_an_exchange_exchanges_nothing() {
    let connector = crate::support::acme();
    let opened = access(&connector, "keybased");
    assert!(
        exchange_request(&opened, 0, &Steps::new())
            .unwrap()
            .is_none()
    );
    assert!(renewal_request(&opened).unwrap().is_none());
}

fn read(exchange: &str, body: &str) -> Result<TokenAnswer, TokenFault> {
    let connector = exchanging(&format!(
        "url: https://acme.example/token\nbody: {{ secret: '${{credential.secret}}' }}\n{exchange}"
    ));
    let option = connector.option("keybased").unwrap();
    read_token_answer(option, &answer(200, &[], body), MOMENT.now)
}

#[test]
fn the_answer_is_read_where_the_file_says() {
    let token = read(
        "answer: { access_token: data.token, refresh_token: data.next, expires_in: data.ttl }
expires_in_unit: milliseconds
metadata: { region: data.region }",
        r#"{"data":{"token":"t","next":"r","ttl":60000,"region":"eu"}}"#,
    )
    .unwrap();
    assert_eq!(token.access_token.expose(), "t");
    assert_eq!(token.refresh_token.unwrap().expose(), "r");
    assert_eq!(token.expires_in_s, Some(60));
    assert_eq!(token.fields, object(json!({ "region": "eu" })));
}

#[test]
fn the_first_path_that_leads_to_a_text_counts() {
    let paths = "answer: { access_token: [data.token, token, access_token] }";
    for (body, token) in [
        (r#"{"token":"b","access_token":"c"}"#, "b"),
        (r#"{"data":{"token":""},"access_token":"c"}"#, "c"),
        (r#"{"data":{"token":"a"},"token":"b"}"#, "a"),
    ] {
        assert_eq!(read(paths, body).unwrap().access_token.expose(), token);
    }
    assert!(read(paths, r#"{"data":{"token":7}}"#).is_err());
}

#[test]
fn the_whole_body_can_be_the_token() {
    let whole = "answer: { access_token: '' }\nlifetime: 3600";
    for (body, token) in [
        ("t0ken\n", "t0ken"),
        ("\"t0ken\"", "t0ken"),
        ("ey.J-h_b=", "ey.J-h_b="),
    ] {
        let read = read(whole, body).unwrap();
        assert_eq!(read.access_token.expose(), token);
        assert_eq!(read.expires_in_s, Some(3600));
    }
    for body in ["", "  ", "<html> no", "two words"] {
        assert!(read(whole, body).is_err(), "{body}");
    }
}

#[test]
fn an_end_is_as_good_as_a_lifetime() {
    for (written, seconds) in [
        ("1772712060", Some(59)),
        ("\"1772712060\"", Some(59)),
        ("1772712060250", Some(60)),
        ("\"2026-03-05T12:01:00.250Z\"", Some(60)),
        ("\"2026-03-05T13:01:00.250+01:00\"", Some(60)),
        ("\"2026-03-05T12:01:00.250\"", Some(60)),
        ("\"2026-03-05 12:01:00\"", Some(59)),
        ("\"2026-03-05T11:00:00Z\"", None),
        ("1", None),
        ("\"soon\"", None),
        ("\"\"", None),
        ("null", None),
        ("9223372036854775807", None),
        ("\"9999-12-31T00:00:00Z\"", None),
    ] {
        let body = format!(r#"{{"access_token":"a","end":{written}}}"#);
        let token = read("answer: { expires_at: end }", &body).unwrap();
        assert_eq!(token.expires_in_s, seconds, "{written}");
    }
    // A lifetime comes first, a default last.
    let body = r#"{"access_token":"a","end":1772712060,"expires_in":7}"#;
    assert_eq!(
        read("answer: { expires_at: end }", body)
            .unwrap()
            .expires_in_s,
        Some(7)
    );
    let default = "answer: { expires_at: end }\nlifetime: 5";
    assert_eq!(
        read(default, r#"{"access_token":"a"}"#)
            .unwrap()
            .expires_in_s,
        Some(5)
    );
}
