//! Actions that fail for a while: what is tried again, and when.

use std::time::Duration;

use serde_json::json;
use trunnel_model::time::Clock as _;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Received};

use crate::app::{Actor, Answer, Options, TestApp};
use crate::provider::Acme;

async fn connected(provider: &Acme, app: &TestApp) -> Actor {
    let developer = app.developer().await;
    provider.enable(&developer.test).await;
    let acme = developer.test.account("acme").await;
    provider.connect_by_key(&acme, "the-key").await;
    acme
}

/// Runs the action against these answers; says what it came to, how often the
/// provider was called and how long it took, in milliseconds.
async fn try_out(
    provider: &Acme,
    app: &TestApp,
    acme: &Actor,
    action: &str,
    answers: Vec<Scripted>,
) -> (Answer, Vec<Received>, i64) {
    let so_far = provider.api.requests().len();
    provider.api.answer_with(answers);
    let input = json!({ "id": "7", "name": "x", "cents": 5 });
    let input = if action == "list_things" {
        json!({})
    } else {
        input
    };
    let began = app.clock.now();
    let answer = app.passing(5, provider.run(acme, action, input)).await;
    let took = app.clock.now().since(began);
    (answer, provider.api.requests().split_off(so_far), took)
}

fn good() -> Scripted {
    Scripted::json(200, r#"{"things":[]}"#)
}

fn status(status: u16) -> Scripted {
    Scripted::status(status)
}

on_both! {
    async fn what_is_harmless_to_repeat_is_repeated(test: TestDb) {
        let provider = Acme::start().await;
        let options = Options { outbound_timeout: Duration::from_secs(2), ..provider.options() };
        let app = TestApp::with(&test, options).await;
        let acme = connected(&provider, &app).await;
        for (action, answers, calls) in [
            ("list_things", vec![status(500), good()], 2),
            ("list_things", vec![status(503), status(502), good()], 3),
            ("list_things", vec![Scripted::hang_up(), good()], 2),
            ("list_things", vec![Scripted::never(), good()], 2),
            ("replace_thing", vec![status(500), Scripted::hang_up(), good()], 3),
            // The provider has not acted, so even this may be repeated.
            ("make_thing", vec![status(503), status(429), good()], 3),
            // It recognises a repetition by its key.
            ("pay", vec![status(500), Scripted::hang_up(), good()], 3),
        ] {
            let case = format!("{action} {answers:?}");
            let (answer, sent, took) = try_out(&provider, &app, &acme, action, answers).await;
            assert_eq!(answer.status, 200, "{case}: {}", answer.text);
            assert_eq!(sent.len(), calls, "{case}");
            assert!(sent.iter().all(|again| again.body == sent[0].body), "{case}");
            let least = if calls == 2 { 250 } else { 1_250 };
            assert!(took >= least, "{case}: after {took} ms");
        }
    }

    async fn what_may_have_been_acted_upon_is_not_repeated(test: TestDb) {
        let provider = Acme::start().await;
        let options = Options { outbound_timeout: Duration::from_secs(2), ..provider.options() };
        let app = TestApp::with(&test, options).await;
        let acme = connected(&provider, &app).await;
        for answers in
            [vec![status(500)], vec![status(504)], vec![Scripted::hang_up()], vec![Scripted::never()]]
        {
            let case = format!("{answers:?}");
            let (refused, sent, _) = try_out(&provider, &app, &acme, "make_thing", answers).await;
            assert_eq!(refused.fault(502).0, "EXTERNAL_API_FAILURE", "{case}");
            assert_eq!(refused.json()["error_class"], json!("transient"), "{case}");
            assert_eq!(sent.len(), 1, "{case}");
        }
    }

    async fn three_failures_are_enough(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let busy = || Scripted::json(503, r#"{"busy":true}"#);
        let answers = vec![busy(), busy(), busy(), good()];
        let (refused, sent, took) = try_out(&provider, &app, &acme, "list_things", answers).await;
        refused.fault(502);
        let body = refused.json();
        assert_eq!(body["error_class"], json!("transient"));
        assert_eq!(body["http_status"], json!(503));
        assert_eq!(body["data"], json!({ "busy": true }));
        assert_eq!(body["node_status"], json!("Errored"));
        assert_eq!(sent.len(), 3);
        assert!(took >= 1_250, "{took}");
        assert_eq!(provider.status(&acme).await, json!("active"));
    }

    async fn a_provider_that_cannot_be_reached_is_told_apart(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let Acme { api, .. } = provider;
        drop(api);
        let path = "/api/v2/integration-schema/acme/actions/make_thing/execute";
        let began = app.clock.now();
        let call = acme.post(path, json!({ "name": "x" }));
        let refused = app.passing(5, call).await;
        let (_, message) = refused.fault(502);
        assert!(message.contains("could not be reached: it refused the connection"), "{message}");
        assert_eq!(refused.json()["error_class"], json!("transient"));
        // Nothing was sent, so it was tried three times although it is a POST.
        assert!(app.clock.now().since(began) >= 1_250);
    }

    async fn a_pause_that_the_provider_asks_for_is_kept(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        // Time has stood still so far: it is noon.
        let until = "Thu, 15 Jan 2026 12:00:04 GMT";
        for (name, value, least) in
            [("retry-after", until, 4_000), ("Retry-After", "3", 3_000), ("retry-after", "0.5", 1_000)]
        {
            let answers = vec![status(429).header(name, value), good()];
            let (answer, sent, took) =
                try_out(&provider, &app, &acme, "make_thing", answers).await;
            assert_eq!(answer.status, 200, "{value}: {}", answer.text);
            assert_eq!(sent.len(), 2);
            assert!(took >= least, "{value}: after {took} ms");
        }
    }

    async fn a_long_pause_is_left_to_the_caller(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        for value in ["120", "Thu, 15 Jan 2026 12:02:00 GMT"] {
            let answers = vec![status(429).header("retry-after", value)];
            provider.api.answer_with(answers);
            let so_far = provider.api.requests().len();
            // Time stands still: whoever waited would wait for ever.
            let refused = provider.run(&acme, "list_things", json!({})).await;
            refused.fault(502);
            assert_eq!(refused.header("retry-after"), Some("120"), "{value}");
            assert_eq!(refused.json()["error_class"], json!("transient"));
            assert_eq!(provider.api.requests().len(), so_far + 1, "{value}");
        }
    }

    async fn an_idempotency_key_stays_the_same_for_one_call_and_no_longer(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let mut keys = Vec::new();
        for _ in 0..2 {
            let answers = vec![status(500), Scripted::hang_up(), good()];
            let (answer, sent, _) = try_out(&provider, &app, &acme, "pay", answers).await;
            answer.ok();
            let of_one: Vec<_> =
                sent.iter().map(|sent| sent.header("idempotency-key").unwrap().to_owned()).collect();
            assert_eq!(of_one.len(), 3);
            assert!(of_one.iter().all(|key| *key == of_one[0] && key.len() >= 20), "{of_one:?}");
            keys.push(of_one[0].clone());
        }
        assert_ne!(keys[0], keys[1]);
        let (_, sent, _) = try_out(&provider, &app, &acme, "make_thing", vec![good()]).await;
        assert_eq!(sent[0].header("idempotency-key"), None);
    }
}
