//! What an operator sees: request ids, probes, metrics and the log.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use trunnel_testing::on_both;

use crate::app::{Actor, Answer, TestApp};
use crate::calls::{Call, Objects, rightful};
use crate::logs::listen;
use crate::setup::{ACCOUNTS, account, connect_by_key, webhook};

/// The request's id, which is one.
fn request_id(answer: &Answer) -> &str {
    let id = answer
        .header("x-trace-id")
        .unwrap_or_else(|| panic!("no id: {}", answer.text));
    trunnel_model::id::RequestId::parse(id).unwrap();
    id
}

/// The one line about a request: its level and its fields.
fn line(answer: &Answer) -> (String, Value) {
    let mut lines = listen().about(request_id(answer));
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let mut line = lines.remove(0);
    assert_eq!(line["target"], "trunnel::request");
    let mut fields = line["fields"].take();
    let members = fields.as_object_mut().unwrap();
    let micros = members.remove("duration_us").unwrap();
    assert!(micros.is_u64(), "{micros}");
    assert_eq!(members.remove("request_id").unwrap(), request_id(answer));
    (line["level"].as_str().unwrap().to_owned(), fields)
}

on_both! {
    async fn every_answer_of_every_route_has_a_request_id(test: TestDb) {
        let app = TestApp::start(&test).await;
        let mut seen = BTreeSet::new();
        let anyone = app.anonymous();
        for route in trunnel_server::route_table() {
            let developer = app.developer().await.test;
            let acme = developer.account("acme").await;
            let playground_key = connect_by_key(&app, &acme, "ada@example.com").await;
            let made = webhook(&developer).await;
            let objects = Objects {
                account: "acme".to_owned(),
                webhook: made["_id"].as_str().unwrap().to_owned(),
                connection: crate::setup::connection_id(&acme).await,
                playground_key,
            };
            let session = developer.session("acme").await;
            let call = Call::of(&route);
            let rightful = rightful(route.access, &anyone, &acme, &session);
            for actor in [&anyone, rightful] {
                let answer = call.send(actor, &objects).await;
                let id = request_id(&answer).to_owned();
                assert!(seen.insert(id), "{} {}", route.method, route.path);
            }
            let wrong = anyone.send("PATCH", &call.path.replace('{', ""), None).await;
            request_id(&wrong);
        }
        let large = vec![b' '; 1024 * 1024 + 1];
        let large = app.developer().await.test.send("POST", ACCOUNTS, Some(large)).await;
        assert_eq!(large.fault(413).0, "PAYLOAD_TOO_LARGE");
        let nowhere = anyone.get("/api/v2/public/nothing").await;
        assert_eq!(nowhere.fault(404).0, "RESOURCE_NOT_FOUND");
        let method = anyone.send("PATCH", ACCOUNTS, None).await;
        assert_eq!(method.fault(405).0, "METHOD_NOT_ALLOWED");
    }

    async fn the_probes_answer_and_the_metrics_count_by_route(test: TestDb) {
        let app = TestApp::start(&test).await;
        let anyone = app.anonymous();
        for (path, text) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
            let answer = anyone.get(path).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, text));
        }
        let developer = app.developer().await.test;
        let count = || async {
            let metrics = anyone.get("/metrics").await;
            let kind = metrics.header("content-type").unwrap();
            assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
            let counted = metrics.text.lines().find(|line| {
                line.starts_with("trunnel_requests_total{")
                    && line.contains("route=\"/api/v2/public/linked-account/{linked_account_id}\"")
                    && line.contains("method=\"GET\"")
                    && line.contains("status=\"4xx\"")
            });
            let count = counted.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
            (count.unwrap_or(0), metrics.text)
        };
        let before = count().await.0;
        developer.get(&account("a-customers-name")).await.fault(404);
        let (after, text) = count().await;
        // Other tests of this process count as well.
        assert!(after > before);
        assert!(text.contains("# TYPE trunnel_request_duration_seconds histogram"), "{text}");
        assert!(!text.contains("a-customers-name"));
    }

    async fn a_request_is_one_line_of_documented_fields(test: TestDb) {
        listen();
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.account("acme").await;
        let session = developer.test.session("acme").await;
        let ctx = app
            .core
            .command_line_ctx(&developer.app_id, trunnel_model::environment::Environment::Test)
            .await
            .unwrap();
        let key = app.core.api_keys(&ctx).await.unwrap().remove(0).id;
        let one = "/api/v2/public/linked-account/{linked_account_id}";
        let info = |fields: Value| ("INFO".to_owned(), fields);

        let read = line(&developer.test.get(&account("acme")).await);
        assert_eq!(read, info(json!({
            "message": "request", "method": "GET", "route": one, "status": 200,
            "app": developer.app_id.as_str(), "environment": "test", "actor": key.as_str(),
            "address": "127.0.0.1",
        })));
        let unknown = line(&developer.live.get(&account("acme")).await);
        assert_eq!(unknown.1["environment"], "live");
        assert_eq!(unknown.1["status"], 404);
        assert_eq!(unknown.1["error_code"], "SERVER_ERROR");
        let by_session = line(&session.get(&account("acme")).await);
        assert!(by_session.1["actor"].as_str().unwrap().starts_with("ses_"), "{by_session:?}");
        let nobody = line(&app.anonymous().get(&account("acme")).await);
        assert_eq!(nobody, info(json!({
            "message": "request", "method": "GET", "route": one, "status": 401,
            "address": "127.0.0.1", "error_code": "SERVER_ERROR",
        })));
        let nowhere = line(&developer.test.get("/nowhere").await);
        assert_eq!(nowhere, info(json!({
            "message": "request", "method": "GET", "route": "unknown", "status": 404,
            "address": "127.0.0.1", "error_code": "RESOURCE_NOT_FOUND",
        })));
    }

    async fn nothing_a_caller_sends_gets_into_the_log(test: TestDb) {
        let kept = listen();
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let canary = format!("canary{}", developer.app_id.as_str().replace('_', ""));
        let udf = json!({ canary.as_str(): canary });
        let body = json!({ "account_id": canary, "name": canary, "udf": udf });
        let noisy = |actor: &Actor| {
            actor.and("user-agent", &canary).and("cookie", &canary).on(&canary)
        };
        for actor in [noisy(&developer.test), noisy(&app.anonymous())] {
            for path in [
                ACCOUNTS.to_owned(),
                format!("/nowhere/{canary}?{canary}={canary}"),
                format!("/api/v2/public/application/{canary}?tags={canary}"),
                format!("/api/v1/playground_app/callback?state={canary}&code={canary}"),
                format!("/api/v1/{canary}/callback?error={canary}&iss={canary}"),
                format!("{}?search={canary}", account(&canary)),
                format!("/api/v2/integration-schema/playground_app/actions/{canary}/execute"),
            ] {
                for method in ["GET", "POST", "PUT", "DELETE"] {
                    let sent = Some(body.to_string().into_bytes());
                    let answer = actor.send(method, &path, sent).await;
                    assert!(answer.status < 500, "{method} {path}: {}", answer.text);
                }
            }
            let cut_off = Some(format!("{{{canary}").into_bytes());
            assert!(actor.send("POST", ACCOUNTS, cut_off).await.status < 500);
        }
        assert_eq!(kept.about(&canary), Vec::<Value>::new());
    }

    async fn an_internal_failure_is_told_to_the_log_only(test: TestDb) {
        listen();
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.account("acme").await;
        test.tamper("ALTER TABLE linked_account RENAME TO elsewhere").await;
        for answer in [
            developer.test.get(&account("acme")).await,
            developer.test.post(ACCOUNTS, json!({ "account_id": "b" })).await,
            developer.test.get(ACCOUNTS).await,
        ] {
            let (code, message) = answer.fault(500);
            assert_eq!(code, "INTERNAL_SERVER_ERROR");
            assert!(message.starts_with("Something went wrong on the server."), "{message}");
            assert_eq!(answer.json()["http_error_type"], "INTERNAL_SERVER_ERROR");
            assert!(!answer.text.contains("linked_account"), "{}", answer.text);
            let (level, fields) = line(&answer);
            assert_eq!((level.as_str(), &fields["message"]), ("ERROR", &json!("request failed")));
            let cause = fields["cause"].as_str().unwrap();
            assert!(cause.contains("linked_account"), "{cause}");
        }
        assert_eq!(app.anonymous().get("/readyz").await.status, 200);
        test.tamper("ALTER TABLE instance_fact RENAME TO elsewhere_too").await;
        let unready = app.anonymous().get("/readyz").await;
        assert_eq!(unready.status, 503);
        assert_eq!(unready.text, "the database does not answer\n");
        assert_eq!(app.anonymous().get("/healthz").await.status, 200);
        test.tamper("ALTER TABLE elsewhere_too RENAME TO instance_fact").await;
        assert_eq!(app.anonymous().get("/readyz").await.status, 200);
        test.tamper("ALTER TABLE elsewhere RENAME TO linked_account").await;
        assert_eq!(developer.test.get(&account("acme")).await.status, 200);
    }
}
