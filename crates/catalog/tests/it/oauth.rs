//! Asking for consent, exchanging, renewing, ending; and reading the answers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use trunnel_catalog::{
    Access, AuthorizationRequest, Connector, Credential, Fields, Grant, OAuthClient, TokenAnswer,
    TokenFault, TokenFaultKind, TokenHint, authorization_url, probe_request, read_fields,
    read_identifier, read_token_answer, redirect_fields, revocation_request, scopes_for,
    token_request,
};
use trunnel_model::http::{Egress, HttpRequest, Redirects};
use trunnel_model::secret::Secret;

use crate::support::{
    ACTION, CONNECTOR, MOMENT, access, acme, answer, client, load, object, token, with,
};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// A connection of which there is nothing yet but the developer's client.
fn by_client<'a>(connector: &'a Connector, client: &'a OAuthClient) -> Access<'a> {
    access(connector, "oauth2").with_credential(Credential {
        client: Some(client),
        ..Credential::default()
    })
}

fn consent(connector: &Connector) -> url::Url {
    let scopes = ["read".to_owned(), "a b".to_owned()];
    let request = AuthorizationRequest {
        redirect_uri: "https://trunnel.example/callback",
        scopes: &scopes,
        state: "st&te",
        code_challenge: Some("chall"),
    };
    authorization_url(&by_client(connector, client()), &request).unwrap()
}

fn exchange(connector: &Connector, client: &OAuthClient) -> HttpRequest {
    let (code, verifier) = (Secret::new("c0de"), Secret::new("v3rifier"));
    let grant = Grant::Code {
        code: &code,
        redirect_uri: "https://trunnel.example/callback",
        code_verifier: Some(&verifier),
    };
    token_request(&by_client(connector, client), grant).unwrap()
}

fn changed(old: &str, new: &str) -> std::sync::Arc<Connector> {
    load(&with(CONNECTOR, old, new), ACTION)
        .unwrap()
        .get("acme")
        .unwrap()
        .clone()
}

fn with_key(line: &str) -> std::sync::Arc<Connector> {
    changed("    refresh_url:", &format!("    {line}\n    refresh_url:"))
}

fn body(request: &HttpRequest) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect()
}

#[test]
fn consent_is_asked_with_everything_that_was_given() {
    assert_eq!(
        consent(&acme()).as_str(),
        "https://login.acme.example/authorize?kind=app&response_type=code&client_id=client-1\
         &redirect_uri=https%3A%2F%2Ftrunnel.example%2Fcallback&scope=read%20a%20b&state=st%26te\
         &code_challenge=chall&code_challenge_method=S256"
    );
}

#[test]
fn a_connector_can_change_the_parameters_of_consent() {
    let connector = with_key(
        "authorization_params: { response_type: token, prompt: consent, app: 'x${client_id}' }",
    );
    let url = consent(&connector);
    let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs["response_type"], "token");
    assert_eq!(pairs["app"], "xclient-1");
    assert_eq!(
        url.query_pairs()
            .filter(|(name, _)| name == "response_type")
            .count(),
        1
    );
}

#[test]
fn without_pkce_neither_challenge_nor_verifier_is_sent() {
    let connector = with_key("pkce: false");
    assert!(!consent(&connector).as_str().contains("challenge"));
    assert!(!body(&exchange(&connector, client())).contains_key("code_verifier"));
    assert_eq!(
        body(&exchange(&acme(), client()))["code_verifier"],
        "v3rifier"
    );
}

#[test]
fn mandatory_scopes_come_first_and_none_twice() {
    let selected = ["write", "read", " custom ", "", "write"].map(str::to_owned);
    let acme = acme();
    let scopes = scopes_for(acme.option("oauth2").unwrap().scopes().unwrap(), &selected);
    assert_eq!(scopes, ["read", "write", "custom"]);
}

#[test]
fn a_token_request_follows_no_redirect_and_goes_to_public_places() {
    let request = exchange(&acme(), client());
    assert_eq!(
        (request.redirects, request.egress),
        (Redirects::Never, Egress::Public)
    );
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(body(&request)["client_secret"], "s3cret");
}

#[test]
fn the_client_proves_itself_as_the_provider_wants() {
    let odd = OAuthClient {
        id: "id:1".to_owned(),
        secret: Some(Secret::new("s e/c")),
        auth: None,
    };
    let request = exchange(&with_key("client_auth: basic"), &odd);
    let header = &request.headers["authorization"];
    // id%3A1:s+e%2Fc
    assert_eq!(header.to_str().unwrap(), "Basic aWQlM0ExOnMrZSUyRmM=");
    assert!(header.is_sensitive());
    assert!(!body(&request).contains_key("client_secret"));
    let request = exchange(&with_key("client_auth: none"), client());
    assert!(!body(&request).contains_key("client_secret"));
    assert_eq!(body(&request)["client_id"], "client-1");
    // A public client has no secret to prove itself with.
    let public = OAuthClient {
        id: "public".to_owned(),
        secret: None,
        auth: None,
    };
    for connector in [acme(), with_key("client_auth: basic")] {
        let request = exchange(&connector, &public);
        assert_eq!(body(&request)["client_id"], "public");
        assert!(!request.headers.contains_key("authorization"));
    }
}

#[test]
fn a_token_request_has_headers_of_its_own() {
    let request = exchange(
        &with_key("token_headers: { X-Token: 'for ${client_id}' }"),
        client(),
    );
    assert_eq!(request.headers["x-token"], "for client-1");
    // Those of the API could make a token endpoint answer in another format.
    assert!(!request.headers.contains_key("acme-version"));
}

#[test]
fn a_token_request_can_be_json() {
    let request = exchange(&with_key("token_body: json"), client());
    assert_eq!(request.headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["grant_type"], "authorization_code");
}

#[test]
fn renewal_goes_to_its_own_place_with_its_own_parameters() {
    let connector = with_key("refresh_params: { expires_in: 60 }");
    let token = Secret::new("r3fresh");
    let grant = Grant::Refresh {
        refresh_token: &token,
    };
    let request = token_request(&by_client(&connector, client()), grant).unwrap();
    assert_eq!(request.url.as_str(), "https://login.acme.example/refresh");
    let body = body(&request);
    assert_eq!(body["expires_in"], "60");
    // What was granted is asked for by saying nothing (RFC 6749, section 6).
    assert!(!body.contains_key("scope"));
    assert_eq!(body["refresh_token"], "r3fresh");
}

#[test]
fn a_token_is_ended_where_the_provider_lets_one() {
    let token = Secret::new("t0ken");
    let revoke = |connector: &Connector| {
        revocation_request(&by_client(connector, client()), &token, TokenHint::Refresh)
    };
    let request = revoke(&acme()).unwrap();
    assert_eq!(body(&request)["token"], "t0ken");
    assert_eq!(body(&request)["token_type_hint"], "refresh_token");
    assert_eq!(request.redirects, Redirects::Never);
    let without = changed(
        "    revocation_url: https://login.acme.example/revoke\n",
        "",
    );
    assert!(revoke(&without).is_none());
}

fn read(
    connector: &Connector,
    status: u16,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Result<TokenAnswer, TokenFault> {
    let option = connector.option("oauth2").unwrap();
    read_token_answer(option, &answer(status, headers, body), MOMENT.now)
}

#[test]
fn a_token_answer_is_read_with_its_metadata() {
    let body = json!({
        "access_token": "a", "refresh_token": "r", "expires_in": 3600, "scope": "read write",
        "team": { "url": "https://acme.example" }
    });
    let token = read(&acme(), 200, JSON, &body.to_string()).unwrap();
    assert_eq!(token.access_token.expose(), "a");
    assert_eq!(token.refresh_token.unwrap().expose(), "r");
    assert_eq!(token.expires_in_s, Some(3600));
    assert_eq!(token.scopes.unwrap(), ["read", "write"]);
    assert_eq!(
        token.fields,
        object(json!({ "home": "https://acme.example" }))
    );
}

#[test]
fn the_paths_of_a_token_answer_can_be_others() {
    let connector =
        with_key("token_answer: { access_token: data.0.token, expires_in: data.0.ttl }");
    let token = read(
        &connector,
        200,
        JSON,
        r#"{"data":[{"token":"t","ttl":"60"}]}"#,
    )
    .unwrap();
    assert_eq!(
        (token.access_token.expose(), token.expires_in_s),
        ("t", Some(60))
    );
}

#[test]
fn a_form_is_an_answer_too() {
    let form = &[(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    let token = read(
        &acme(),
        200,
        form,
        "access_token=gho_1&scope=repo%2Cgist&token_type=bearer",
    )
    .unwrap();
    assert_eq!(token.access_token.expose(), "gho_1");
    assert_eq!(token.scopes.unwrap(), ["repo", "gist"]);
    let fault = read(&acme(), 200, form, "error=bad_refresh_token").unwrap_err();
    assert_eq!(fault.kind, TokenFaultKind::GrantDead);
}

#[test]
fn odd_lifetimes_are_read_or_ignored() {
    for (written, seconds) in [
        ("3600", Some(3600)),
        ("\"3600\"", Some(3600)),
        ("\" 60.9 \"", Some(60)),
        ("-5", None),
        ("0", None),
        ("1e300", None),
        ("\"NaN\"", None),
        ("\"never\"", None),
        ("null", None),
        ("{}", None),
        ("true", None),
    ] {
        let body = format!(r#"{{"access_token":"a","expires_in":{written}}}"#);
        assert_eq!(
            read(&acme(), 200, JSON, &body).unwrap().expires_in_s,
            seconds,
            "{written}"
        );
    }
    let connector = with_key("default_lifetime: 7200");
    let token = read(&connector, 200, JSON, r#"{"access_token":"a"}"#).unwrap();
    assert_eq!(token.expires_in_s, Some(7200));
}

#[test]
fn only_a_word_of_the_provider_ends_a_grant() {
    use TokenFaultKind::{ClientRefused, GrantDead, Nonsense, Transient};
    let later = Transient {
        retry_after_s: None,
    };
    for (status, body, kind) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"gone"}"#,
            GrantDead,
        ),
        (401, r#"{"error":"invalid_grant"}"#, GrantDead),
        (200, r#"{"error":"bad_verification_code"}"#, GrantDead),
        (
            200,
            r#"{"ok":false,"error":"invalid_refresh_token"}"#,
            GrantDead,
        ),
        (
            400,
            r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid"}"#,
            GrantDead,
        ),
        (401, r#"{"error":"invalid_client"}"#, ClientRefused),
        (400, r#"{"error":"unauthorized_client"}"#, ClientRefused),
        (
            200,
            r#"{"error":"incorrect_client_credentials"}"#,
            ClientRefused,
        ),
        (400, r#"{"error":"temporarily_unavailable"}"#, later),
        (200, r#"{"ok":false,"error":"ratelimited"}"#, later),
        (503, r#"{"error":"invalid_grant"}"#, later),
        (500, "", later),
        (429, "<html>", later),
        (400, r#"{"error":"invalid_request"}"#, Nonsense),
        (401, "Unauthorized", Nonsense),
        (400, "<html>invalid_grant</html>", Nonsense),
        (200, "<html>", Nonsense),
        (200, r#"{"access_token":""}"#, Nonsense),
        (200, r#"{"access_token":7}"#, Nonsense),
        (200, "[]", Nonsense),
        (302, "", Nonsense),
        (404, r#"{"access_token":"a"}"#, Nonsense),
    ] {
        let fault = read(&acme(), status, JSON, body).unwrap_err();
        assert_eq!(fault.kind, kind, "{status} {body}");
        assert_eq!(fault.status, status);
    }
    let fault = read(&acme(), 429, &[("retry-after", "12")], "").unwrap_err();
    assert_eq!(
        fault.kind,
        Transient {
            retry_after_s: Some(12)
        }
    );
    let fault = read(
        &acme(),
        400,
        JSON,
        r#"{"error":"invalid_grant","error_description":"gone"}"#,
    );
    assert_eq!(fault.unwrap_err().description.as_deref(), Some("gone"));
}

#[test]
fn an_identity_names_the_account_and_fills_fields() {
    let acme = acme();
    let secret = Secret::new("t0ken");
    let access = access(&acme, "oauth2").with_credential(token(&secret));
    let request = probe_request(&access).unwrap().unwrap();
    assert_eq!(request.url.as_str(), "https://api.acme.example/v1/me");
    assert_eq!(request.headers["authorization"], "Bearer t0ken");
    let probe = access.option.probe.as_ref().unwrap();
    let good = answer(
        200,
        JSON,
        r#"{"user":{"id":42,"home":"https://h.example"}}"#,
    );
    assert_eq!(read_identifier(probe, &good).as_deref(), Some("42"));
    assert_eq!(
        read_fields(probe, &good),
        object(json!({ "home": "https://h.example" }))
    );
    let bad = answer(401, JSON, r#"{"user":{"id":42,"home":"x"}}"#);
    assert_eq!(
        (read_identifier(probe, &bad), read_fields(probe, &bad)),
        (None, Fields::new())
    );
    assert_eq!(read_identifier(probe, &answer(200, JSON, "{}")), None);
}

#[test]
fn an_identity_call_may_write_the_credential_in_its_own_way() {
    let catalog = crate::data::embedded();
    let mailchimp = catalog.get("mailchimp").unwrap();
    let secret = Secret::new("t0ken");
    let access = access(mailchimp, "oauth2").with_credential(token(&secret));
    let request = probe_request(&access).unwrap().unwrap();
    assert_eq!(request.headers["authorization"], "OAuth t0ken");
    assert!(request.headers["authorization"].is_sensitive());
}

#[test]
fn the_redirect_fills_fields_as_well() {
    let acme = acme();
    let query = [("home", "https://h.example"), ("code", "c")];
    let query = query
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let fields = redirect_fields(acme.option("oauth2").unwrap().oauth2().unwrap(), &query);
    assert_eq!(fields, object(json!({ "home": "https://h.example" })));
}

proptest! {
    #[test]
    fn any_bytes_are_a_token_or_a_fault(status in 100u16..600, body in any::<Vec<u8>>(), form in any::<bool>()) {
        let kind = if form { "application/x-www-form-urlencoded" } else { "application/json" };
        let mut given = answer(status, &[("content-type", kind)], "");
        given.body = body.into();
        let acme = acme();
        if let Err(fault) = read_token_answer(acme.option("oauth2").unwrap(), &given, MOMENT.now) {
            prop_assert!(fault.kind != TokenFaultKind::GrantDead || fault.error.is_some());
        }
    }
}
