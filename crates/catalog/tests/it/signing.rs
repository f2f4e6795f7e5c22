//! Requests that are signed, and tokens that are made here. The signatures themselves
//! are proved by vectors in `trunnel-sign`; here it is shown what is signed, with what.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use trunnel_catalog::{BuildFault, Connector, Credential, action_request, probe_request};
use trunnel_model::http::{HttpRequest, Redirects};
use trunnel_model::secret::Secret;

use crate::support::{access, acme_by, client, keys, object, typed};

const RSA: &str = include_str!("../../../sign/tests/it/keys/rsa_pkcs8.pem");
const ED25519: &str = include_str!("../../../sign/tests/it/keys/ed25519.pem");

const FIELDS: &str = "  keybased:
    fields:
      - { name: id }
      - { name: secret, type: password }
";

fn signing(lines: &str) -> std::sync::Arc<Connector> {
    acme_by(&format!("{FIELDS}{lines}"))
}

fn call(connector: &Connector, credential: Credential<'_>) -> Result<HttpRequest, BuildFault> {
    let option = &connector.auth[0].id;
    let access = access(connector, option).with_credential(credential);
    let input = object(json!({ "id": 7, "name": "n", "tags": ["a b"] }));
    action_request(
        &access,
        connector.action("change_thing").unwrap(),
        &input,
        None,
    )
}

fn signed(lines: &str, secret: &str) -> HttpRequest {
    let given = keys(&[("id", "AKID"), ("secret", secret)]);
    call(&signing(lines), typed(&given)).unwrap()
}

/// The headers of a request, secret or not: the keys here are nobody's.
fn headers(request: &HttpRequest) -> String {
    let mut lines: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    format!("{} {}\n{}", request.method, request.url, lines.join("\n"))
}

#[test]
fn each_way_signs_the_request_as_it_is_sent() {
    for (name, lines, secret) in [
        (
            "oauth1",
            "    sign: { oauth1: { consumer_key: '${credential.id}', consumer_secret: '${credential.secret}', token: tok, token_secret: '${credential.secret}', realm: '123_SB1', method: HMAC-SHA256 } }\n",
            "s3cret",
        ),
        (
            "oauth1_rsa",
            "    sign: { oauth1: { consumer_key: '${credential.id}', private_key: '${credential.secret}', method: RSA-SHA1 } }\n",
            RSA,
        ),
        (
            "aws_sigv4",
            "    sign: { aws_sigv4: { access_key: '${credential.id}', secret_key: '${credential.secret}', region: eu-central-1, service: execute-api } }\n",
            "s3cret",
        ),
        (
            "wsse",
            "    sign: { wsse: { username: '${credential.id}', password: '${credential.secret}' } }\n",
            "s3cret",
        ),
        (
            "duo",
            "    sign: { duo: { integration_key: '${credential.id}', secret_key: '${credential.secret}' } }\n",
            "s3cret",
        ),
        (
            "avanan",
            "    sign: { avanan: { app_id: '${credential.id}', secret_key: '${credential.secret}' } }\n",
            "s3cret",
        ),
        (
            "http_signature",
            "    sign: { http_signature: { key_id: '${credential.id}', private_key: '${credential.secret}' } }\n",
            ED25519,
        ),
    ] {
        let request = signed(lines, secret);
        // Where a redirect leads is not what was signed.
        assert_eq!(request.redirects, Redirects::Never, "{name}");
        insta::assert_snapshot!(format!("signed_{name}"), headers(&request));
        let text = format!("{request:?}");
        assert!(!text.contains("s3cret"), "{name}: {text}");
    }
}

#[test]
fn what_is_signed_is_the_whole_request() {
    let lines = "    sign: { aws_sigv4: { access_key: '${credential.id}', secret_key: '${credential.secret}', region: r, service: s } }\n";
    let connector = signing(lines);
    let given = keys(&[("id", "AKID"), ("secret", "s3cret")]);
    let access = access(&connector, "keybased").with_credential(typed(&given));
    let action = connector.action("change_thing").unwrap();
    let authorization = |input: Value| {
        let request = action_request(&access, action, &object(input), None).unwrap();
        request.headers["authorization"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    let one = authorization(json!({ "id": 7, "name": "n", "tags": ["a"] }));
    assert_eq!(
        one,
        authorization(json!({ "id": 7, "name": "n", "tags": ["a"] }))
    );
    for other in [
        json!({ "id": 8, "name": "n", "tags": ["a"] }),
        json!({ "id": 7, "name": "m", "tags": ["a"] }),
        json!({ "id": 7, "name": "n", "tags": ["b"] }),
    ] {
        assert_ne!(one, authorization(other.clone()), "{other}");
    }
}

#[test]
fn probes_are_signed_as_well() {
    let lines = "    sign: { duo: { integration_key: '${credential.id}', secret_key: '${credential.secret}' } }\n    verify: { path: /check }\n";
    let connector = signing(lines);
    let given = keys(&[("id", "AKID"), ("secret", "s3cret")]);
    let access = access(&connector, "keybased").with_credential(typed(&given));
    let request = probe_request(&access).unwrap().unwrap();
    assert!(
        request.headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
    assert_eq!(request.redirects, Redirects::Never);
}

#[test]
fn a_key_that_cannot_sign_is_told_without_showing_it() {
    let lines = "    sign: { http_signature: { key_id: '${credential.id}', private_key: '${credential.secret}' } }\n";
    let given = keys(&[("id", "AKID"), ("secret", "n0t-a-key")]);
    let fault = call(&signing(lines), typed(&given))
        .unwrap_err()
        .to_string();
    assert!(
        fault.contains("cannot sign") && !fault.contains("n0t-a-key"),
        "{fault}"
    );
    let given = keys(&[("id", "AKID")]);
    let fault = call(&signing(lines), typed(&given)).unwrap_err();
    let name = "credential.secret".to_owned();
    assert_eq!(fault, BuildFault::Absent { name });
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_token_is_made_for_every_call() {
    let lines = "    token:\n      algorithm: RS256\n      key: ${credential.secret}\n      header: { kid: '${credential.id}' }\n      claims: { iss: '${credential.id}', jti: fixed }\n      lifetime: 600\n";
    let request = signed(lines, RSA);
    let header = &request.headers["authorization"];
    assert!(header.is_sensitive());
    let token = header.to_str().unwrap().strip_prefix("Bearer ").unwrap();
    assert_eq!(
        part(token, 0),
        json!({ "alg": "RS256", "typ": "JWT", "kid": "AKID" })
    );
    // A claim of the file wins over the one that is added.
    let claims =
        json!({ "iss": "AKID", "jti": "fixed", "iat": 1_772_712_000, "exp": 1_772_712_600 });
    assert_eq!(part(token, 1), claims);
    // Nothing is signed but the token, so a redirect within the origin is harmless.
    assert_eq!(request.redirects, Redirects::SameOrigin);
}

#[test]
fn a_made_token_goes_where_the_place_says() {
    let lines = "    token: { algorithm: HS256, key: '${credential.secret}', key_encoding: hex }\n    place: { headers: { X-Token: 'JWT ${access_token}', X-Id: '${credential.id}' } }\n";
    let request = signed(lines, "00ff00ff");
    assert!(
        request.headers["x-token"]
            .to_str()
            .unwrap()
            .starts_with("JWT ey")
    );
    assert_eq!(request.headers["x-id"], "AKID");
    assert!(!request.headers.contains_key("authorization"));
}

#[test]
fn a_certificate_goes_with_every_request() {
    let lines = "    place: { headers: { X-Id: '${credential.id}' } }\n    certificate: { certificate: '${credential.id}', key: '${credential.secret}' }\n    verify: { path: /me }\n";
    let connector = signing(lines);
    let given = keys(&[("id", "CERT"), ("secret", "s3cret")]);
    let access = access(&connector, "keybased").with_credential(typed(&given));
    let probe = probe_request(&access).unwrap().unwrap();
    for request in [call(&connector, typed(&given)).unwrap(), probe] {
        let certificate = request.certificate.as_ref().unwrap();
        assert_eq!(certificate.chain(), "CERT");
        assert_eq!(certificate.key().expose(), "s3cret");
        assert!(!format!("{request:?}").contains("s3cret"));
    }
    let without = keys(&[("id", "CERT")]);
    assert!(call(&connector, typed(&without)).is_err());
}

const OLD: &str = "  old:
    kind: oauth1
    request_url: https://login.acme.example/request
    authorization_url: https://login.acme.example/authorize
    token_url: https://login.acme.example/token
    identity: { path: /me }
";

#[test]
fn three_legs_sign_with_the_developers_client_and_the_customers_token() {
    let connector = acme_by(OLD);
    let (token, token_secret) = (Secret::new("tok"), Secret::new("tok-s3cret"));
    let credential = Credential {
        access_token: Some(&token),
        token_secret: Some(&token_secret),
        client: Some(client()),
        ..Credential::default()
    };
    let request = call(&connector, credential).unwrap();
    let header = request.headers["authorization"].to_str().unwrap();
    let parts: BTreeMap<&str, &str> = header
        .strip_prefix("OAuth ")
        .unwrap()
        .split(", ")
        .filter_map(|part| part.split_once('='))
        .collect();
    assert_eq!(parts["oauth_consumer_key"], "\"client-1\"");
    assert_eq!(parts["oauth_token"], "\"tok\"");
    assert_eq!(parts["oauth_timestamp"], "\"1772712000\"");
    assert_eq!(parts["oauth_signature_method"], "\"HMAC-SHA1\"");
    assert_eq!(request.redirects, Redirects::Never);
    // Another secret of the token is another signature.
    let other = Secret::new("other");
    let changed = Credential {
        token_secret: Some(&other),
        ..credential
    };
    let changed = call(&connector, changed).unwrap();
    assert_ne!(
        changed.headers["authorization"],
        request.headers["authorization"]
    );
    for missing in [
        Credential {
            client: None,
            ..credential
        },
        Credential {
            access_token: None,
            ..credential
        },
    ] {
        assert!(call(&connector, missing).is_err());
    }
}
