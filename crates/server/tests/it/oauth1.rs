//! OAuth 1.0a: what may go wrong between the request token and the access token.

use serde_json::json;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Received};

use crate::app::{Actor, Answer, TestApp};
use crate::consent::{OAUTH_URL, Provider, callback, enable, html, is_connected};

const TEXT: &str = "
base_url: URL/api
auth:
  oauth1:
    kind: oauth1
    request_url: URL/request
    authorization_url: URL/authorize
    token_url: URL/access
    authorization_params: { expiration: never }
    identity: { path: /me, identifier: id }
";

fn form(text: &str) -> Scripted {
    Scripted::status(200).body(text.to_owned())
}

fn request_token() -> Scripted {
    form("oauth_token=rt&oauth_token_secret=rs&oauth_callback_confirmed=true")
}

/// A parameter of the `Authorization` header.
fn param(request: &Received, name: &str) -> Option<String> {
    let header = request.header("authorization")?;
    let (_, rest) = header.split_once(&format!("{name}=\""))?;
    let text = rest.split('"').next()?;
    let decoded = percent_decode(text);
    Some(decoded)
}

fn percent_decode(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs.next().unwrap().1.into_owned()
}

/// Begins a flow and answers its state.
async fn begin(provider: &Provider, actor: &Actor) -> String {
    provider.server.answer_with([request_token()]);
    let url = actor.get(OAUTH_URL).await.ok()["auth_url"].clone();
    let url = url.as_str().unwrap();
    assert!(
        url.ends_with("/authorize?oauth_token=rt&expiration=never"),
        "{url}"
    );
    let asked = provider.requests("/request").pop().unwrap();
    let callback = param(&asked, "oauth_callback").unwrap();
    callback.split_once("?state=").unwrap().1.to_owned()
}

#[track_caller]
fn refused(page: &Answer, status: u16, words: &str) {
    assert_eq!(page.status, status, "{}", page.text);
    assert!(page.text.contains(words), "{words}: {}", page.text);
}

on_both! {
    async fn a_forged_late_or_repeated_return_connects_nothing(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        enable(&developer.test, true).await;
        let acme = developer.test.account("acme").await;
        for (query, words) in [
            ("state={state}&oauth_token=another&oauth_verifier=v", "does not belong to this consent"),
            ("state={state}&oauth_verifier=v", "does not belong to this consent"),
            ("state={state}&oauth_token=rt", "sent no verifier"),
            ("state={state}&oauth_token=rt&oauth_verifier=", "sent no verifier"),
            ("state=forged&oauth_token=rt&oauth_verifier=v", "This link is unknown"),
            ("oauth_token=rt&oauth_verifier=v", "This link is unknown"),
            ("state={state}&denied=rt", "was not granted"),
            ("state={state}&oauth_problem=permission_denied", "was not granted"),
            ("state={state}&oauth_problem=%3Cb%3E", "could not complete the connection"),
        ] {
            let state = begin(&provider, &acme).await;
            let page = callback(&app, &query.replace("{state}", &state)).await;
            refused(&page, 400, words);
        }
        let late = begin(&provider, &acme).await;
        app.clock.advance_ms(10 * 60_000);
        let page = callback(&app, &format!("state={late}&oauth_token=rt&oauth_verifier=v")).await;
        refused(&page, 400, "older than ten minutes");
        assert!(provider.requests("/access").is_empty(), "a token was asked for");
        assert!(!is_connected(&acme).await);

        let state = begin(&provider, &acme).await;
        let query = format!("state={state}&oauth_token=rt&oauth_verifier=v1");
        provider.server.answer_with([
            form("oauth_token=at&oauth_token_secret=as"),
            Scripted::json(200, r#"{"id":"ada"}"#),
        ]);
        assert_eq!(callback(&app, &query).await.status, 200);
        refused(&callback(&app, &query).await, 400, "used already");
        let asked = provider.requests("/access");
        assert_eq!(asked.len(), 1);
        assert_eq!(param(&asked[0], "oauth_verifier").as_deref(), Some("v1"));
        assert_eq!(param(&asked[0], "oauth_token").as_deref(), Some("rt"));
        let me = provider.requests("/api/me").pop().unwrap();
        assert_eq!(param(&me, "oauth_token").as_deref(), Some("at"));
        assert_eq!(param(&me, "oauth_consumer_key").as_deref(), Some("the-client"));
    }

    async fn a_provider_that_hands_out_nothing_connects_nothing(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let (code, _) = acme.get(OAUTH_URL).await.fault(400);
        assert_eq!(code, "APP_CREDENTIALS_MISSING");
        enable(&developer.test, true).await;
        let unconfirmed = "oauth_token=rt&oauth_token_secret=rs&oauth_callback_confirmed=false";
        for (answer, status, code) in [
            (Scripted::status(401), 400, "APP_CREDENTIALS_REFUSED"),
            (Scripted::status(400).body("oauth_problem=callback_rejected"), 400, "APP_CREDENTIALS_REFUSED"),
            (Scripted::status(500), 502, "EXTERNAL_API_FAILURE"),
            (html(), 502, "EXTERNAL_API_FAILURE"),
            (form("oauth_token=rt"), 502, "EXTERNAL_API_FAILURE"),
            (form(unconfirmed), 502, "EXTERNAL_API_FAILURE"),
            (Scripted::hang_up(), 502, "EXTERNAL_API_FAILURE"),
        ] {
            provider.server.answer_with([answer]);
            let refused = acme.get(OAUTH_URL).await;
            assert_eq!(refused.fault(status).0, code, "{}", refused.text);
        }
        for (answer, status, words) in [
            (html(), 502, "sent no token (200)"),
            (Scripted::status(503), 502, "is not available (503)"),
            (Scripted::status(401).body("oauth_problem=token_expired"), 400, "no longer accepts"),
            (Scripted::status(401).body("oauth_problem=signature_invalid"), 400, "refuses the OAuth client"),
            (Scripted::status(401), 400, "refused to connect (401)"),
        ] {
            let state = begin(&provider, &acme).await;
            provider.server.answer_with([answer]);
            let query = format!("state={state}&oauth_token=rt&oauth_verifier=v");
            refused(&callback(&app, &query).await, status, words);
        }
        assert!(!is_connected(&acme).await);
    }

    async fn a_token_that_is_refused_expires_when_the_probe_says_so(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        enable(&developer.test, true).await;
        let acme = developer.test.account("acme").await;
        let state = begin(&provider, &acme).await;
        let me = || Scripted::json(200, r#"{"id":"ada"}"#);
        provider.server.answer_with([form("oauth_token=at&oauth_token_secret=as"), me()]);
        callback(&app, &format!("state={state}&oauth_token=rt&oauth_verifier=v")).await;
        let run = "/api/v2/integration-schema/scripted/actions/get_me/execute";
        // A year later it is still good.
        app.clock.advance_ms(365 * 86_400_000);
        provider.server.answer_with([me()]);
        acme.post(run, json!({})).await.ok();
        // Refused once, but the credential works: it stands.
        provider.server.answer_with([Scripted::status(401), me()]);
        let (code, _) = acme.post(run, json!({})).await.fault(400);
        assert_ne!(code, "CONNECTION_EXPIRED");
        provider.server.answer_with([Scripted::status(401), Scripted::status(401)]);
        let (code, _) = acme.post(run, json!({})).await.fault(400);
        assert_eq!(code, "CONNECTION_EXPIRED");
    }
}
