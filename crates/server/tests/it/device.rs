//! The device flow: how often the provider is asked, and what it may answer.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::Answer as Scripted;

use crate::app::{Actor, Options, TestApp};
use crate::consent::{OAUTH_URL, Provider, enable, html, is_connected};
use crate::provider::form_of;

const TEXT: &str = "
base_url: URL/api
auth:
  device:
    kind: device
    device_url: URL/device
    token_url: URL/token
    scopes: { mandatory: [read] }
";
const DEVICE: &str = "/api/v2/public/linked-account/integration/device/scripted";

fn code() -> Scripted {
    let body = json!({
        "device_code": "the-device-code",
        "user_code": "ABCD-EFGH",
        "verification_uri": "https://scripted.example/device",
        "expires_in": 600,
        "interval": 5,
    });
    Scripted::json(200, &body.to_string())
}

fn error(code: &str) -> Scripted {
    Scripted::json(400, &json!({ "error": code }).to_string())
}

fn tokens() -> Scripted {
    Scripted::json(
        200,
        r#"{"access_token":"at","refresh_token":"rt","expires_in":3600}"#,
    )
}

async fn begin(provider: &Provider, actor: &Actor) -> Value {
    provider.server.answer_with([code()]);
    let begun = actor.get(OAUTH_URL).await.ok();
    json!({ "device_attempt": begun["device_attempt"] })
}

/// Without workers, so that only the test asks.
async fn quiet(test: &trunnel_testing::db::TestDb, provider: &Provider) -> TestApp {
    let options = Options {
        workers: false,
        ..provider.options()
    };
    TestApp::with(test, options).await
}

on_both! {
    async fn the_provider_is_asked_no_more_often_than_it_allows(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = quiet(&test, &provider).await;
        let developer = app.developer().await;
        enable(&developer.test, true).await;
        let acme = developer.test.account("acme").await;
        provider.server.answer_with([code()]);
        let begun = acme.get(OAUTH_URL).await.ok();
        assert_eq!(begun["auth_url"], json!("https://scripted.example/device"));
        assert_eq!(begun["user_code"], json!("ABCD-EFGH"));
        assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!(600), &json!(5)));
        assert!(!begun.to_string().contains("the-device-code"), "{begun}");
        let asked = &provider.requests("/device")[0];
        assert_eq!(form_of(asked, "client_id").as_deref(), Some("the-client"));
        assert_eq!(form_of(asked, "scope").as_deref(), Some("read"));

        let attempt = json!({ "device_attempt": begun["device_attempt"] });
        let asked = || provider.requests("/token").len();
        for (wait_s, answer, interval, count) in [
            (0, None, 5, 0),
            (4, None, 5, 0),
            (1, Some(error("authorization_pending")), 5, 1),
            (4, None, 5, 1),
            (1, Some(error("slow_down")), 10, 2),
            (9, None, 10, 2),
            (1, Some(html()), 15, 3),
            (15, Some(Scripted::status(500)), 20, 4),
            (20, Some(Scripted::hang_up()), 25, 5),
        ] {
            app.clock.advance_ms(wait_s * 1_000);
            provider.server.answer_with(answer);
            let told = acme.post(DEVICE, attempt.clone()).await.ok();
            assert_eq!(told["status"], json!("pending"), "{told}");
            assert_eq!(told["interval"], json!(interval), "{told}");
            assert_eq!(asked(), count, "{told}");
        }
        assert!(!is_connected(&acme).await);
    }

    async fn troubles_are_waited_out_and_a_grant_is_kept_once(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = quiet(&test, &provider).await;
        let developer = app.developer().await;
        enable(&developer.test, true).await;
        let acme = developer.test.account("acme").await;
        let attempt = begin(&provider, &acme).await;
        for answer in [Scripted::status(500), Scripted::hang_up(), error("temporarily_unavailable")] {
            app.clock.advance_ms(60_000);
            provider.server.answer_with([answer]);
            let told = acme.post(DEVICE, attempt.clone()).await.ok();
            assert_eq!(told["status"], json!("pending"), "{told}");
        }
        app.clock.advance_ms(60_000);
        provider.server.answer_with([tokens()]);
        let told = acme.post(DEVICE, attempt.clone()).await.ok();
        assert_eq!(told["connected"], json!(true), "{told}");
        let again = acme.post(DEVICE, attempt.clone()).await.ok();
        assert_eq!(again["connection_id"], told["connection_id"]);
        let sent = provider.requests("/token");
        assert_eq!(sent.len(), 4, "asked after the end");
        let kind = "urn:ietf:params:oauth:grant-type:device_code";
        assert_eq!(form_of(&sent[3], "grant_type").as_deref(), Some(kind));
        assert_eq!(form_of(&sent[3], "device_code").as_deref(), Some("the-device-code"));
        assert!(is_connected(&acme).await);

        // It is nobody else's.
        let other = developer.test.account("bolt").await;
        for stranger in [&other, &developer.live.account("acme").await] {
            let (code, _) = stranger.post(DEVICE, attempt.clone()).await.fault(404);
            assert_eq!(code, "RESOURCE_NOT_FOUND");
        }
        let (code, _) = acme.post(DEVICE, json!({})).await.fault(400);
        assert_eq!(code, "MISSING_REQUIRED_FIELD");
    }

    async fn a_flow_that_has_ended_says_how(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = quiet(&test, &provider).await;
        let developer = app.developer().await;
        enable(&developer.test, true).await;
        let acme = developer.test.account("acme").await;
        for (answer, words) in [
            (Some(error("access_denied")), "was not granted"),
            (Some(error("expired_token")), "was not used in time"),
            (Some(error("invalid_grant")), "was not used in time"),
            (None, "was not used in time"),
        ] {
            let attempt = begin(&provider, &acme).await;
            let asked = provider.requests("/token").len();
            let late = answer.is_none();
            app.clock.advance_ms(if late { 600_000 } else { 5_000 });
            provider.server.answer_with(answer);
            for _ in 0..2 {
                let (code, message) = acme.post(DEVICE, attempt.clone()).await.fault(400);
                assert_eq!(code, "BAD_REQUEST", "{message}");
                assert!(message.contains(words), "{words}: {message}");
            }
            let more = usize::from(!late);
            assert_eq!(provider.requests("/token").len(), asked + more, "{words}");
        }
        let attempt = begin(&provider, &acme).await;
        app.clock.advance_ms(5_000);
        provider.server.answer_with([error("invalid_client")]);
        let (code, _) = acme.post(DEVICE, attempt.clone()).await.fault(400);
        assert_eq!(code, "APP_CREDENTIALS_REFUSED");
        let (_, message) = acme.post(DEVICE, attempt).await.fault(400);
        assert!(message.contains("could not complete"), "{message}");
        assert!(!is_connected(&acme).await);
    }

    async fn a_provider_that_hands_out_no_code_begins_nothing(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = quiet(&test, &provider).await;
        let developer = app.developer().await;
        enable(&developer.test, true).await;
        let acme = developer.test.account("acme").await;
        let evil = r#"{"device_code":"d","user_code":"u","verification_uri":"javascript:alert(1)"}"#;
        for (answer, status, code) in [
            (html(), 502, "EXTERNAL_API_FAILURE"),
            (Scripted::json(200, evil), 502, "EXTERNAL_API_FAILURE"),
            (Scripted::status(500), 502, "EXTERNAL_API_FAILURE"),
            (error("invalid_client"), 400, "APP_CREDENTIALS_REFUSED"),
            (Scripted::hang_up(), 502, "EXTERNAL_API_FAILURE"),
        ] {
            provider.server.answer_with([answer]);
            let refused = acme.get(OAUTH_URL).await;
            assert_eq!(refused.fault(status).0, code, "{}", refused.text);
        }
    }

    async fn it_is_finished_for_a_customer_who_asks_for_nothing(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        enable(&developer.test, true).await;
        let acme = developer.test.account("acme").await;
        begin(&provider, &acme).await;
        provider.server.answer_with([error("authorization_pending"), tokens()]);
        for _ in 0..100 {
            if is_connected(&acme).await {
                break;
            }
            app.clock.advance_ms(1_000);
            #[expect(clippy::disallowed_methods, reason = "a worker of this process is waited for")]
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(is_connected(&acme).await);
        assert_eq!(provider.requests("/token").len(), 2);
    }
}
