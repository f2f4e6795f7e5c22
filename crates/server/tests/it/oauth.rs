//! A customer coming back from a provider, and everything that may be wrong then.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use trunnel_catalog::OAuthClient;
use trunnel_model::secret::Secret;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Answer, Options, TestApp};
use crate::browser::Browser;
use crate::provider::{
    ACME_CLIENT, ACME_SECRET, Acme, ISSUER, LIST_CONTACTS, PLAYGROUND, application, auth_url,
    connect, counters, events, form_of, query_of, subscribe, switch, tokens,
};
use crate::wait::begin;

async fn connected(actor: &Actor, slug: &str) -> bool {
    application(actor, slug).await["connected"] == json!(true)
}

/// An error page, for people; nothing of it is JSON or a stack.
#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(
        answer.text.starts_with("<!doctype html>"),
        "{}",
        answer.text
    );
    assert!(
        answer.text.contains("<h1>Not connected</h1>"),
        "{}",
        answer.text
    );
}

on_both! {
    async fn a_state_works_once_even_for_twenty_at_a_time(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Created"]).await;
        let acme = developer.test.account("acme").await;
        provider.login.answer_by_default(tokens(1, 3600));
        let state = provider.state(&acme).await;
        let path = format!("/api/v1/acme/callback?code=c&state={state}&iss={ISSUER}");
        let mut browsers = JoinSet::new();
        for _ in 0..20 {
            let (browser, path) = (app.anonymous(), path.clone());
            browsers.spawn(async move { browser.get(&path).await });
        }
        let answers = browsers.join_all().await;
        let (good, bad): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(good.len(), 1);
        for answer in bad {
            refused(answer, 400);
        }
        assert_eq!(provider.login.requests().len(), 1, "the code was exchanged twice");
        let accounts = &application(&acme, "acme").await["connected_accounts"];
        assert_eq!(accounts.as_array().unwrap().len(), 1);
        assert_eq!(events(&sink.wait_for(1).await), ["Connection Created"]);
        refused(&provider.come_back(&app, &state).await, 400);
    }

    async fn a_state_that_was_not_given_out_for_this_connects_nothing(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        let state = provider.state(&acme).await;
        let altered = format!("{}{}", &state[1..], &state[..1]);
        let of_another = query_of(&auth_url(&acme, PLAYGROUND).await, "state").unwrap();
        for query in [
            format!("code=c&iss={ISSUER}"),
            format!("code=c&iss={ISSUER}&state="),
            format!("code=c&iss={ISSUER}&state={}", "A".repeat(43)),
            format!("code=c&iss={ISSUER}&state={altered}"),
            format!("code=c&iss={ISSUER}&state={of_another}"),
            format!("code=c&iss={ISSUER}&state=%00%ff"),
        ] {
            refused(&provider.callback(&app, &query).await, 400);
        }
        let elsewhere = format!("/api/v1/nothing/callback?code=c&state={}", provider.state(&acme).await);
        refused(&app.anonymous().get(&elsewhere).await, 400);
        assert!(provider.login.requests().is_empty(), "the provider was asked for tokens");
        assert!(!connected(&acme, "acme").await);
        assert!(!connected(&acme, PLAYGROUND).await);
        // None of that spoiled the honest one.
        provider.login.answer_with([tokens(1, 3600)]);
        assert_eq!(provider.come_back(&app, &state).await.status, 200);
    }

    async fn a_state_lives_for_ten_minutes(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        let late = provider.state(&acme).await;
        app.clock.advance_ms(11 * 60_000);
        refused(&provider.come_back(&app, &late).await, 400);
        assert!(provider.login.requests().is_empty());
        assert!(!connected(&acme, "acme").await);

        let in_time = provider.state(&acme).await;
        app.clock.advance_ms(10 * 60_000 - 1);
        provider.login.answer_with([tokens(1, 3600)]);
        assert_eq!(provider.come_back(&app, &in_time).await.status, 200);
    }

    async fn the_state_of_a_deleted_account_connects_nothing(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        let state = provider.state(&acme).await;
        developer.test.delete("/api/v2/public/linked-account/acme").await.ok();
        // One of the same name is another account.
        developer.test.account("acme").await;
        refused(&provider.come_back(&app, &state).await, 400);
        assert!(provider.login.requests().is_empty());
        assert!(!connected(&acme, "acme").await);
    }

    async fn a_denied_consent_is_told_and_ends_the_flow(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let url = auth_url(&acme, PLAYGROUND).await;
        let browser = Browser::new();
        let login = browser.open(url.as_str()).await;
        let who = [("email", "ada@example.com"), ("password", "playground")];
        let consent = browser.submit(&login, &who).await;
        let page = browser.submit(&consent, &[("decision", "deny")]).await;
        assert_eq!(page.status, 400, "{}", page.html);
        assert!(page.html.contains("Access to Playground was not granted."), "{}", page.html);
        assert_eq!(query_of(&page.url, "error").as_deref(), Some("access_denied"));
        assert!(!connected(&acme, PLAYGROUND).await);
        let state = query_of(&url, "state").unwrap();
        let again = format!("/api/v1/playground_app/callback?code=c&state={state}");
        refused(&app.anonymous().get(&again).await, 400);
        assert_eq!(counters(&app).await["token_requests"], json!(0));
        // Whoever was denied may ask again.
        connect(&acme, "ada@example.com").await;
    }

    async fn an_answer_from_another_issuer_is_refused(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        for issuer in ["", "&iss=", "&iss=https://evil.example", "&iss=https://acme.example/"] {
            let state = provider.state(&acme).await;
            let page = provider.callback(&app, &format!("code=c&state={state}{issuer}")).await;
            refused(&page, 400);
            assert!(page.text.contains("does not come from"), "{}", page.text);
            refused(&provider.come_back(&app, &state).await, 400);
        }
        assert!(provider.login.requests().is_empty(), "the code went to a mixed-up provider");
        assert!(!connected(&acme, "acme").await);
    }

    async fn the_pages_are_locked_down_and_hold_nothing_that_came_in(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        let hostile = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22'%26";
        provider.login.answer_with([tokens(1, 3600)]);
        let good = provider.state(&acme).await;
        let bad = provider.state(&acme).await;
        let pages = [
            provider.callback(&app, &format!("code=c-o-d-e&state={good}&iss={ISSUER}&x={hostile}")).await,
            provider.callback(&app, &format!("error={hostile}&error_description={hostile}&state={bad}")).await,
            provider.callback(&app, &format!("code=c-o-d-e&state={hostile}")).await,
            app.anonymous().get(&format!("/api/v1/{hostile}/callback?state={hostile}")).await,
        ];
        let mut nonces = HashSet::new();
        for page in &pages {
            assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            let policy = page.header("content-security-policy").unwrap();
            let nonce = policy.split("script-src 'nonce-").nth(1).unwrap();
            let nonce = nonce.split('\'').next().unwrap();
            assert!(policy.starts_with("default-src 'none'; "), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            assert_eq!(page.text.matches("<script").count(), 1, "{}", page.text);
            assert!(page.text.contains(&format!("<script nonce=\"{nonce}\">")), "{}", page.text);
            nonces.insert(nonce.to_owned());
            for secret in ["alert(1)", "c-o-d-e", &good, &bad, "access-1", "refresh-1", ACME_SECRET] {
                assert!(!page.text.contains(secret), "{secret}: {}", page.text);
            }
        }
        assert_eq!(nonces.len(), pages.len(), "a nonce was used twice");
        assert_eq!(pages[0].status, 200);
        assert!(pages[0].text.contains("Acme &lt;b&gt;&amp; is connected."), "{}", pages[0].text);
        assert!(pages[1].text.contains("Acme &lt;b&gt;&amp; could not"), "{}", pages[1].text);
    }

    async fn what_fails_at_the_exchange_connects_nothing(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        let refusal = |code: &str| Scripted::json(400, &json!({ "error": code }).to_string());
        for (answer, status, words) in [
            (Scripted::status(500), 502, "is not available (500)"),
            (Scripted::status(429).header("retry-after", "9"), 502, "is not available (429)"),
            (Scripted::status(200).body("<title>Maintenance</title>"), 502, "sent no token (200)"),
            (Scripted::json(200, r#"{"access_token":""}"#), 502, "sent no token (200)"),
            (Scripted::hang_up(), 502, "Start again."),
            (refusal("invalid_grant"), 400, "no longer accepts this consent"),
            (refusal("invalid_client"), 400, "refuses the OAuth client"),
        ] {
            provider.login.answer_with([answer]);
            let state = provider.state(&acme).await;
            let page = provider.come_back(&app, &state).await;
            refused(&page, status);
            assert!(page.text.contains(words), "{words}: {}", page.text);
            refused(&provider.come_back(&app, &state).await, 400);
        }
        let no_code = provider.state(&acme).await;
        let page = provider.callback(&app, &format!("state={no_code}&iss={ISSUER}")).await;
        refused(&page, 400);
        assert_eq!(provider.login.requests().len(), 7, "a code was sent twice");
        assert!(!connected(&acme, "acme").await);
    }

    async fn the_exchange_proves_client_and_challenge(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        let url = auth_url(&acme, "acme").await;
        let state = query_of(&url, "state").unwrap();
        assert_eq!(query_of(&url, "response_type").as_deref(), Some("code"));
        assert_eq!(query_of(&url, "code_challenge_method").as_deref(), Some("S256"));
        assert_ne!(state, query_of(&auth_url(&acme, "acme").await, "state").unwrap());
        provider.login.answer_with([tokens(1, 3600)]);
        provider.come_back(&app, &state).await;
        let sent = &provider.login.requests()[0];
        let verifier = form_of(sent, "code_verifier").unwrap();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        assert_eq!(query_of(&url, "code_challenge"), Some(challenge));
        for (name, value) in [
            ("grant_type", "authorization_code"),
            ("code", "the-code"),
            ("client_id", ACME_CLIENT),
            ("client_secret", ACME_SECRET),
        ] {
            assert_eq!(form_of(sent, name).as_deref(), Some(value), "{name}");
        }
        assert_eq!(form_of(sent, "redirect_uri"), query_of(&url, "redirect_uri"));
    }

    async fn a_flow_is_finished_with_the_client_it_was_begun_with(test: TestDb) {
        let provider = Acme::start().await;
        let secret = Some(Secret::new("o"));
        let shared = OAuthClient { id: "operator".to_owned(), secret, auth: None };
        let shared_clients = HashMap::from([("acme".to_owned(), shared)]);
        let options = Options { shared_clients, ..provider.options() };
        let app = TestApp::with(&test, options).await;
        let developer = app.developer().await;
        let setting = "/api/v2/public/connector/acme";
        developer.test.put(setting, json!({ "enabled": true })).await.ok();
        let acme = developer.test.account("acme").await;
        let of_operator = provider.state(&acme).await;
        provider.enable(&developer.test).await;
        let of_developer = provider.state(&acme).await;
        let other = json!({ "client_id": "another", "client_secret": "x" });
        developer.test.put(setting, other).await.ok();
        provider.login.answer_with([tokens(1, 3600)]);
        assert_eq!(provider.come_back(&app, &of_operator).await.status, 200);
        // The developer's first client is no longer there to finish with.
        refused(&provider.come_back(&app, &of_developer).await, 400);
        let sent = provider.login.requests();
        let clients: Vec<_> = sent.iter().map(|sent| form_of(sent, "client_id").unwrap()).collect();
        assert_eq!(clients, ["operator"]);
    }

    async fn a_browser_that_hangs_up_during_the_callback_loses_nothing(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        switch(&app, json!({ "next_token_answers": ["slow:5000"] })).await;
        let url = auth_url(&acme, PLAYGROUND).await;
        let visit = begin(async move {
            Browser::new().consent(url.as_str(), "ada@example.com").await
        });
        app.seen(async || {
            let asked = counters(&app).await["token_requests"] == json!(1);
            asked.then_some(())
        })
        .await;
        visit.abort().await;
        assert!(!connected(&acme, PLAYGROUND).await);
        app.clock.advance_ms(5_000);
        app.seen(async || connected(&acme, PLAYGROUND).await.then_some(())).await;
        assert_eq!(acme.post(LIST_CONTACTS, json!({})).await.ok()["node_status"], json!("Success"));
        let counted: Value = counters(&app).await;
        assert_eq!(counted["token_requests"], json!(1));
    }
}
