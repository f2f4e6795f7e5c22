//! Requests of the caller's own to a connected app.

use trunnel_testing::on_both;
use trunnel_testing::receiver::Answer as Scripted;

use crate::app::{Actor, TestApp};
use crate::provider::{Acme, tokens};

const PROXY: &str = "/api/v2/proxy/acme";

/// An account that is connected to the scripted provider by a key.
async fn connected(provider: &Acme, app: &TestApp) -> Actor {
    let developer = app.developer().await;
    provider.enable(&developer.test).await;
    let acme = developer.test.account("acme").await;
    provider.connect_by_key(&acme, "the-key").await;
    acme
}

on_both! {
    async fn a_request_passes_with_the_credential_and_nothing_of_ours(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let answer = Scripted::status(418)
            .header("content-type", "text/plain")
            .header("x-page", "2")
            .header("set-cookie", "session=theirs")
            .body("short and stout");
        provider.api.answer_with([answer]);
        let sent = acme
            .and("content-type", "text/csv")
            .and("x-mine", "1")
            .and("X-Acme-Key", "not-the-key")
            .and("cookie", "a=b")
            .send("PATCH", &format!("{PROXY}/a%20b/c?q=x%2Fy&linked_account_id=other&z"),
                Some(b"1,2\n".to_vec()))
            .await;
        assert_eq!((sent.status, sent.text.as_str()), (418, "short and stout"));
        assert_eq!(sent.header("x-page"), Some("2"));
        assert_eq!(sent.header("set-cookie"), None);
        assert!(sent.header("x-trace-id").is_some());
        let received = provider.api.requests().pop().unwrap();
        assert_eq!(received.method.as_str(), "PATCH");
        assert_eq!(received.path, "/api/a%20b/c");
        assert_eq!(received.query.as_deref(), Some("q=x%2Fy&z"));
        assert_eq!(received.header("content-type"), Some("text/csv"));
        assert_eq!(received.header("x-mine"), Some("1"));
        assert_eq!(received.header("x-acme-key"), Some("the-key"));
        assert_eq!(&received.body[..], b"1,2\n");
        for name in ["x-api-key", "linked_account_id", "cookie", "authorization"] {
            assert_eq!(received.header(name), None, "{name}");
        }
    }

    async fn the_host_is_the_connections(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let before = provider.api.requests().len();
        // A client resolves dot segments itself before it sends them.
        for path in ["//evil.example/x", "//evil.example:80/x"] {
            let refused = acme.get(&format!("{PROXY}{path}")).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{path}");
        }
        assert_eq!(provider.api.requests().len(), before);
    }

    async fn a_refused_token_is_renewed_and_the_request_repeated(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        provider.connect(&app, &acme).await;
        provider.api.answer_with([Scripted::status(401), Scripted::json(200, "{}")]);
        provider.login.answer_with([tokens(2, 3600)]);
        let sent = acme.send("POST", &format!("{PROXY}/things"), Some(b"{}".to_vec())).await;
        assert_eq!((sent.status, sent.text.as_str()), (200, "{}"));
        let calls = provider.api.requests();
        let [first, second] = calls.as_slice() else { panic!("{calls:?}") };
        assert_eq!(first.header("authorization"), Some("Bearer access-1"));
        assert_eq!(second.header("authorization"), Some("Bearer access-2"));
        assert_eq!(second.body, first.body);
    }

    async fn bodies_of_any_size_pass_both_ways(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let large: Vec<u8> = (0..6_000_000_u32).map(|n| (n % 251) as u8).collect();
        provider.api.answer_with([Scripted::status(200).body(large.clone())]);
        let sent = acme.send("PUT", &format!("{PROXY}/file"), Some(large.clone())).await;
        assert_eq!(sent.status, 200, "{}", &sent.text[..sent.text.len().min(300)]);
        assert_eq!(sent.text, String::from_utf8_lossy(&large));
        let received = provider.api.requests().pop().unwrap();
        assert!(received.body == large, "the body arrived changed");
        assert_eq!(received.header("content-length"), Some("6000000"));
    }

    async fn who_is_not_connected_is_told_so(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        assert_eq!(acme.get(&format!("{PROXY}/x")).await.fault(400).0, "NOT_CONNECTED");
        let unknown = acme.get("/api/v2/proxy/nothing/x").await;
        assert!(unknown.fault(404).1.contains("'nothing'"));
        provider.enable(&developer.test).await;
        provider.connect_by_key(&acme, "the-key").await;
        provider.api.answer_with([Scripted::hang_up()]);
        let broken = acme.get(&format!("{PROXY}/x")).await;
        assert_eq!(broken.json()["error_class"], "transient");
        broken.fault(502);
        // A customer's own token opens its own connection only.
        let other = developer.test.account("other").await;
        drop(other);
        let session = developer.test.session("other").await.on("acme");
        assert_eq!(session.get(&format!("{PROXY}/x")).await.fault(400).0, "NOT_CONNECTED");
    }
}
