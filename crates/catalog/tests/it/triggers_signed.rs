//! Every connector's proof, made here from its file as a provider would make it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use trunnel_catalog::trigger::{Refusal, WebhookKey};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_sign::KeyEncoding;
use trunnel_sign::jwt::{Algorithm, sign};

use crate::triggers::{Request, of, request_of, telling, triggers, written};

/// Base64 of some bytes, so that it is a key in every encoding.
const KEY: &str = "c2VjcmV0LW9mLXRoZS13ZWJob29r";
const NOW: i64 = 1_772_442_845;

const P256: &str = include_str!("../../../sign/tests/it/keys/p256_pkcs8.pem");
const P256_PUBLIC: &str = include_str!("../../../sign/tests/it/keys/p256_public.pem");

fn now() -> Timestamp {
    Timestamp::from_millis(NOW * 1000)
}

/// A request that the provider has signed at `at` seconds.
fn signed(file: &Value, request: &Request, at: i64) -> Request {
    let verify = &file["verify"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(hmac) = verify["hmac"].as_object() {
        return with_hmac(&Value::Object(hmac.clone()), request, at);
    }
    if let Some(rule) = verify["ecdsa"].as_object() {
        let rule = Value::Object(rule.clone());
        let (request, stamp) = stamped(&rule, request, at);
        let pem: String = P256.lines().filter(|line| !line.starts_with('-')).collect();
        let key = STANDARD.decode(pem).unwrap();
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(kind, &key, &random).unwrap();
        let payload = payload(&rule, &request, &stamp);
        let signature = pair.sign(&random, &payload).unwrap();
        return request.and(&text(&rule["header"]), &STANDARD.encode(signature));
    }
    if let Some(jwt) = verify["jwt"].as_object() {
        let claims = json!({ "exp": at + 60 });
        let key = Secret::new(KEY);
        let token = sign(
            Algorithm::Hs256,
            &key,
            KeyEncoding::Utf8,
            &serde_json::Map::new(),
            claims.as_object().unwrap(),
        );
        return request
            .clone()
            .and(&text(&jwt["header"]), token.unwrap().expose());
    }
    let token = &verify["token"];
    let mut request = request.clone();
    if let Some(name) = token["header"].as_str() {
        return request.and(name, KEY);
    }
    if let Some(name) = token["query"].as_str() {
        request.url = format!("{}&{name}={KEY}", request.url);
        return request;
    }
    let path = format!("/{}", text(&token["body"]).replace('.', "/"));
    let mut body: Value = serde_json::from_slice(&request.body).unwrap();
    *body.pointer_mut(&path).unwrap() = json!(KEY);
    request.body = body.to_string().into_bytes();
    request
}

fn with_hmac(rule: &Value, request: &Request, at: i64) -> Request {
    let (request, stamp) = stamped(rule, request, at);
    let kind = match rule["algorithm"].as_str().unwrap() {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        _ => hmac::HMAC_SHA256,
    };
    let key = match rule["key_encoding"].as_str() {
        Some("base64") => STANDARD.decode(KEY).unwrap(),
        _ => KEY.as_bytes().to_vec(),
    };
    let tag = hmac::sign(
        &hmac::Key::new(kind, &key),
        &payload(rule, &request, &stamp),
    );
    let tag = match rule["encoding"].as_str().unwrap() {
        "hex" => tag.as_ref().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        }),
        _ => STANDARD.encode(tag),
    };
    let prefix = rule["prefix"].as_str().unwrap_or_default();
    let mut value = format!("{prefix}{tag}");
    if let Some(part) = rule["signature_part"].as_str() {
        value = format!("{part}={value}");
    }
    if let Some(part) = rule["timestamp"]["part"].as_str() {
        let separator = rule["parts"].as_str().unwrap();
        value = format!("{part}={stamp}{separator}{value}");
    }
    request.and(rule["header"].as_str().unwrap(), &value)
}

/// The request with its time, where it has one, and that time.
fn stamped(rule: &Value, request: &Request, at: i64) -> (Request, String) {
    let time = &rule["timestamp"];
    let stamp = match time["unit"].as_str() {
        Some("milliseconds") => (at * 1000).to_string(),
        Some("rfc3339") => {
            let date = chrono::DateTime::from_timestamp(at, 0).unwrap();
            date.to_rfc3339()
        }
        _ => at.to_string(),
    };
    let mut request = request.clone();
    if let Some(name) = time["header"].as_str() {
        request = request.and(name, &stamp);
    }
    if let Some(member) = time["body"].as_str() {
        let mut body: Value = serde_json::from_slice(&request.body).unwrap();
        body[member] = json!(stamp.parse::<i64>().unwrap());
        request.body = body.to_string().into_bytes();
    }
    (request, stamp)
}

fn payload(rule: &Value, request: &Request, stamp: &str) -> Vec<u8> {
    let template = rule["payload"].as_str().unwrap_or("${body}");
    let mut text = template
        .replace("${timestamp}", stamp)
        .replace("${method}", request.method.as_str())
        .replace("${url}", &request.url)
        .replace("${body}", std::str::from_utf8(&request.body).unwrap());
    // A header that takes part is there whatever it says.
    while let Some((_, rest)) = text.split_once("${header.") {
        let name = rest.split('}').next().unwrap().to_owned();
        let value = request.headers.get(&name).unwrap().to_str().unwrap();
        text = text.replace(&format!("${{header.{name}}}"), value);
    }
    let mut entries: Vec<_> = url::form_urlencoded::parse(&request.body).collect();
    entries.sort();
    let form: String = entries
        .iter()
        .flat_map(|(name, value)| [name, value])
        .map(|part| &**part)
        .collect();
    text.replace("${form}", &form).into_bytes()
}

fn key(file: &Value) -> Secret {
    if file["verify"]["ecdsa"].is_object() {
        Secret::new(P256_PUBLIC)
    } else {
        Secret::new(KEY)
    }
}

/// The request with the headers that its signature covers.
fn plain(file: &Value) -> Request {
    let mut request = request_of(file, &file["triggers"][0]);
    let rule = file["verify"]["hmac"]["payload"]
        .as_str()
        .unwrap_or_default();
    if let Some((_, rest)) = rule.split_once("${header.") {
        request = request.and(rest.split('}').next().unwrap(), "1772442845");
    }
    request
}

#[test]
fn every_connectors_proof_is_accepted_and_nothing_else_is() {
    for connector in telling() {
        let (slug, file) = (&connector.slug, written(&connector.slug));
        let triggers = triggers(&connector);
        let check = |request: &Request, key: &Secret, at: Timestamp| {
            triggers.verify(&request.inbound(), std::slice::from_ref(key), at)
        };
        let (plain, key) = (plain(&file), key(&file));
        let good = signed(&file, &plain, NOW);
        assert_eq!(check(&good, &key, now()), Ok(()), "{slug}");
        // While the secret is changed, one of several fits, in any order.
        let other = Secret::new("YW5vdGhlcg==");
        let both = [other.clone(), key.clone()];
        assert_eq!(
            triggers.verify(&good.inbound(), &both, now()),
            Ok(()),
            "{slug}"
        );
        assert!(
            triggers.verify(&good.inbound(), &[], now()).is_err(),
            "{slug}"
        );
        assert!(check(&plain, &key, now()).is_err(), "{slug} unsigned");
        assert!(
            check(&good, &other, now()).is_err(),
            "{slug} another secret"
        );
        assert!(
            check(&good, &Secret::new(""), now()).is_err(),
            "{slug} no secret"
        );
        let rule = &file["verify"];
        let covers_body = rule["hmac"].is_object() || rule["ecdsa"].is_object();
        if covers_body {
            let mut changed = good.clone();
            changed.body.push(b' ');
            assert_eq!(
                check(&changed, &key, now()),
                Err(Refusal::Signature),
                "{slug}"
            );
        }
        let window = [&rule["hmac"], &rule["ecdsa"]]
            .iter()
            .find_map(|rule| rule["timestamp"]["window"].as_i64());
        if let Some(window) = window {
            let at = |seconds: i64| Timestamp::from_millis((NOW + seconds) * 1000);
            assert_eq!(check(&good, &key, at(window)), Ok(()), "{slug}");
            let late = Refusal::TooOld(window + 1);
            assert_eq!(check(&good, &key, at(window + 1)), Err(late), "{slug}");
            let early = Refusal::TooEarly(window + 1);
            assert_eq!(check(&good, &key, at(-window - 1)), Err(early), "{slug}");
            // The time is what was signed, not what is said now.
            let (moved, _) = stamped(&rule["hmac"], &good, NOW + window);
            if moved.headers != good.headers {
                assert!(check(&moved, &key, at(window)).is_err(), "{slug}");
            }
        }
    }
}

#[test]
fn a_form_is_signed_by_what_it_holds() {
    // The request of Twilio's documentation.
    let body = "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234\
        &From=%2B14158675310&To=%2B18005551212";
    let mut request = Request::form(body).and("x-twilio-signature", "GvWf1cFY/Q7PnoempGyD5oXAezc=");
    request.url = "https://mycompany.com/myapp.php?foo=1&bar=2".to_owned();
    let connector = of("twilio");
    let token = [Secret::new("12345")];
    let check = |request: &Request| triggers(&connector).verify(&request.inbound(), &token, now());
    assert_eq!(check(&request), Ok(()));
    let mut moved = request.clone();
    moved.url.push('3');
    assert_eq!(check(&moved), Err(Refusal::Signature));
    request.body.extend_from_slice(b"&Digits=1");
    assert_eq!(check(&request), Err(Refusal::Signature));
}

#[test]
fn a_public_key_that_is_none_verifies_nothing() {
    let file = written("sendgrid");
    let good = signed(&file, &plain(&file), NOW);
    let connector = of("sendgrid");
    for bad in [
        "",
        "x",
        "bm8gcHVibGljIGtleQ==",
        include_str!("../../../sign/tests/it/keys/rsa_public.pem"),
    ] {
        let refusal = triggers(&connector).verify(&good.inbound(), &[Secret::new(bad)], now());
        assert!(matches!(refusal, Err(Refusal::Key(_))), "{refusal:?}");
    }
    // As SendGrid shows it: base64 without lines.
    let shown: String = P256_PUBLIC
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let verified = triggers(&connector).verify(&good.inbound(), &[Secret::new(shown)], now());
    assert_eq!(verified, Ok(()));
}

#[test]
fn the_key_of_each_is_known() {
    for (slug, key) in [
        ("slack", WebhookKey::WebhookSecret),
        ("hubspot", WebhookKey::ClientSecret),
        ("sendgrid", WebhookKey::WebhookSecret),
    ] {
        assert_eq!(triggers(&of(slug)).key(), Some(key), "{slug}");
    }
    assert!(triggers(&of("asana")).needs_secret_address());
    assert!(!triggers(&of("slack")).needs_secret_address());
    assert_eq!(triggers(&of("slack")).account_field(), Some("team_id"));
}
