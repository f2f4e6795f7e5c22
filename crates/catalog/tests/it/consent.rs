//! Consent and tokens at providers that have their own idea of OAuth 2.0.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trunnel_catalog::{
    Access, AuthorizationRequest, Connector, Credential, Grant, TokenHint, authorization_url,
    read_token_answer, revocation_request, token_request,
};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;

use crate::support::{MOMENT, access, acme_by, answer, client, object};

fn connector(lines: &str) -> std::sync::Arc<Connector> {
    acme_by(&format!(
        "  oauth2:
    authorization_url: https://login.acme.example/authorize?kind=app
    token_url: https://login.acme.example/token?v=2
    revocation_url: https://login.acme.example/revoke
{lines}"
    ))
}

fn by_client(connector: &Connector) -> Access<'_> {
    access(connector, &connector.auth[0].id).with_credential(Credential {
        client: Some(client()),
        ..Credential::default()
    })
}

fn consent(lines: &str) -> String {
    let connector = connector(lines);
    let scopes = ["a:b".to_owned(), "c".to_owned()];
    let request = AuthorizationRequest {
        redirect_uri: "https://trunnel.example/callback",
        scopes: &scopes,
        state: "st&te",
        code_challenge: None,
    };
    authorization_url(&by_client(&connector), &request)
        .unwrap()
        .to_string()
}

fn code(lines: &str) -> HttpRequest {
    let connector = connector(lines);
    let code = Secret::new("c0de");
    let grant = Grant::Code {
        code: &code,
        redirect_uri: "https://trunnel.example/callback",
        code_verifier: None,
    };
    token_request(&by_client(&connector), grant).unwrap()
}

const COMMON: &str =
    "response_type=code&client_id=client-1&redirect_uri=https%3A%2F%2Ftrunnel.example%2Fcallback";

#[test]
fn a_consent_page_can_be_behind_a_fragment() {
    assert_eq!(
        consent("    authorization_fragment: /oauth/authorize\n"),
        format!(
            "https://login.acme.example/authorize?kind=app#/oauth/authorize?{COMMON}\
             &scope=a%3Ab%20c&state=st%26te"
        )
    );
    // What is raw stays raw there as well.
    let raw = "    authorization_fragment: /x\n    raw_params: [scope]\n    scope_separator: '+'\n";
    assert!(consent(raw).ends_with(&format!("#/x?{COMMON}&state=st%26te&scope=a:b+c")));
}

#[test]
fn some_parameters_are_not_encoded() {
    assert_eq!(
        consent("    raw_params: [scope]\n    scope_separator: ','\n"),
        format!("https://login.acme.example/authorize?kind=app&{COMMON}&state=st%26te&scope=a:b,c")
    );
}

#[test]
fn an_empty_parameter_can_be_left_out() {
    let empty = "    authorization_params: { prompt: '', scope: '' }\n";
    let url = consent(empty);
    assert!(
        url.contains("&prompt=") && url.contains("&scope=&"),
        "{url}"
    );
    let url = consent(&format!("{empty}    skip_empty: [scope]\n"));
    assert!(url.contains("&prompt=") && !url.contains("scope"), "{url}");
}

#[test]
fn a_nonce_is_made_for_every_consent() {
    let url = consent("    authorization_params: { nonce: '${random}', until: '${date+7}' }\n");
    assert!(
        url.contains(&format!("&nonce={}&until=2026-03-12", MOMENT.random)),
        "{url}"
    );
}

fn form(request: &HttpRequest) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect()
}

fn query(request: &HttpRequest) -> BTreeMap<String, String> {
    request.url.query_pairs().into_owned().collect()
}

#[test]
fn a_token_can_be_asked_for_in_a_url() {
    for (lines, method) in [
        ("    token_method: GET\n", http::Method::GET),
        ("    token_body: query\n", http::Method::POST),
    ] {
        let request = code(lines);
        assert_eq!(request.method, method);
        let query = query(&request);
        assert_eq!((query["v"].as_str(), query["code"].as_str()), ("2", "c0de"));
        assert_eq!(query["client_secret"], "s3cret");
        assert!(request.body.is_empty() && !request.headers.contains_key("content-type"));
        assert!(!format!("{request:?}").contains("s3cret"));
    }
    let request = code("");
    assert_eq!(request.url.as_str(), "https://login.acme.example/token?v=2");
    assert_eq!(form(&request)["code"], "c0de");
    // The developer's client in the header leaves the query without it.
    let request = code("    token_method: GET\n    client_auth: basic\n");
    assert!(!query(&request).contains_key("client_secret"));
    assert!(request.headers["authorization"].is_sensitive());
}

#[test]
fn the_code_can_come_under_another_name() {
    let plain = connector("");
    assert_eq!(plain.auth[0].oauth2().unwrap().code_param, "code");
    let other = connector("    code_param: spapi_oauth_code\n");
    assert_eq!(
        other.auth[0].oauth2().unwrap().code_param,
        "spapi_oauth_code"
    );
    // To the token endpoint it goes under the standard one.
    assert_eq!(
        form(&code("    code_param: spapi_oauth_code\n"))["code"],
        "c0de"
    );
}

#[test]
fn a_revocation_is_written_as_token_requests_are() {
    let token = Secret::new("t0ken");
    let connector = connector("    token_body: json\n    token_headers: { X-T: t }\n");
    let request = revocation_request(&by_client(&connector), &token, TokenHint::Access).unwrap();
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["token"], "t0ken");
    assert_eq!(body["token_type_hint"], "access_token");
    assert_eq!(request.headers["x-t"], "t");
}

fn read(lines: &str, body: &Value) -> trunnel_catalog::TokenAnswer {
    let connector = connector(lines);
    let body = answer(200, &[], &body.to_string());
    read_token_answer(&connector.auth[0], &body, MOMENT.now).unwrap()
}

#[test]
fn an_answer_is_read_as_the_provider_writes_it() {
    let lines = "    token_answer: { access_token: [authed_user.token, bot.token], refresh_token: next, expires_in: ttl, scope: granted.list }
    expires_in_unit: milliseconds
    metadata: { home: team.url }
";
    let body = json!({
        "bot": { "token": "b" }, "next": "r", "ttl": 3_600_000, "granted": { "list": ["x", "y z"] },
        "team": { "url": "https://h.example" }
    });
    let token = read(lines, &body);
    assert_eq!(token.access_token.expose(), "b");
    assert_eq!(token.refresh_token.unwrap().expose(), "r");
    assert_eq!(token.expires_in_s, Some(3600));
    assert_eq!(token.scopes.unwrap(), ["x", "y z"]);
    assert_eq!(token.fields, object(json!({ "home": "https://h.example" })));
    // Less than a second of it is not a lifetime.
    let body = json!({ "bot": { "token": "b" }, "ttl": 999 });
    assert_eq!(read(lines, &body).expires_in_s, None);
    let end = "    token_answer: { expires_at: end }\n    default_lifetime: 5\n";
    let body = json!({ "access_token": "a", "end": "2026-03-05T12:01:00.250Z" });
    assert_eq!(read(end, &body).expires_in_s, Some(60));
    assert_eq!(
        read(end, &json!({ "access_token": "a" })).expires_in_s,
        Some(5)
    );
}

#[test]
fn a_device_asks_with_its_own_grant() {
    let connector = acme_by(
        "  box:
    kind: device
    device_url: https://login.acme.example/device
    token_url: https://login.acme.example/token
    client_auth: none
",
    );
    let code = Secret::new("dev1ce");
    let grant = Grant::Device { device_code: &code };
    let request = token_request(&by_client(&connector), grant).unwrap();
    let form = form(&request);
    assert_eq!(
        form["grant_type"],
        "urn:ietf:params:oauth:grant-type:device_code"
    );
    assert_eq!(
        (form["device_code"].as_str(), form["client_id"].as_str()),
        ("dev1ce", "client-1")
    );
    assert!(!form.contains_key("client_secret"));
}

#[test]
fn without_the_developers_client_nothing_is_asked() {
    let connector = connector("");
    let opened = access(&connector, "oauth2");
    let request = AuthorizationRequest {
        redirect_uri: "https://trunnel.example/callback",
        scopes: &[],
        state: "s",
        code_challenge: None,
    };
    assert!(authorization_url(&opened, &request).is_err());
    let code = Secret::new("c");
    assert!(
        token_request(
            &opened,
            Grant::Refresh {
                refresh_token: &code
            }
        )
        .is_err()
    );
    assert!(revocation_request(&opened, &code, TokenHint::Access).is_none());
}
