//! A connection as the developer and the customer see it, from first to last.

use serde_json::{Value, json};
use tokio::task::JoinSet;
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::TestApp;
use crate::logs;
use crate::provider::{
    ACME_SECRET, Acme, LIST_CONTACTS, PLAYGROUND, application, connect, counters, events, revoke,
    subscribe, token_requests,
};

const ACCOUNT: &str = "/api/v2/public/linked-account/acme";
const DISCONNECT: &str = "/api/v2/public/linked-account/integration/playground_app";
const ALL_EVENTS: [&str; 3] = [
    "Connection Created",
    "Connection Deleted",
    "Connection Expired",
];

on_both! {
    async fn an_unconnected_app_looks_unconnected(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let one = application(&acme, PLAYGROUND).await;
        insta::assert_json_snapshot!("an_unconnected_app", one);
        let listed = acme.get("/api/v2/public/application").await.ok();
        assert_eq!(listed, json!([one]));
        assert_eq!(developer.test.get(ACCOUNT).await.ok()["integrations"], json!([]));
        let (code, message) = acme.post(LIST_CONTACTS, json!({})).await.fault(400);
        assert_eq!(code, "NOT_CONNECTED");
        assert!(message.contains("acme is not connected to Playground"), "{message}");
    }

    async fn a_connected_app_shows_who_and_when(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        app.clock.advance_ms(90_000);
        connect(&acme, "ada@example.com").await;
        app.clock.advance_ms(1_000);
        let shown = application(&acme, PLAYGROUND).await;
        assert_eq!(shown["connected"], json!(true));
        assert_eq!(shown["reauth_required"], json!(false));
        let accounts = &shown["connected_accounts"];
        insta::assert_json_snapshot!("connected_accounts", accounts, {
            "[0].connection_id" => insta::dynamic_redaction(|id, _| {
                assert!(id.as_str().unwrap().starts_with("conn_"), "{id:?}");
                "[id]"
            }),
        });
        let account = developer.test.get(ACCOUNT).await.ok();
        assert_eq!(account["integrations"][0]["_id"], accounts[0]["connection_id"]);
        assert_eq!(account["integrations"][0]["type"], json!(PLAYGROUND));
        assert_eq!(account["integrations"][0]["reauth_required"], json!(false));
    }

    async fn a_revoked_grant_asks_for_reconnection_exactly_once(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &ALL_EVENTS).await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        sink.wait_for(1).await;
        revoke(&app, "ada@example.com").await;
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let acme = acme.clone();
            calls.spawn(async move { acme.post(LIST_CONTACTS, json!({})).await });
        }
        for refused in app.passing(5, calls.join_all()).await {
            let (code, message) = refused.fault(400);
            assert_eq!(code, "CONNECTION_EXPIRED");
            assert!(message.contains("Ask the customer to reconnect"), "{message}");
            let body = refused.json();
            assert_eq!(body["error_class"], json!("auth"), "{body}");
            assert_eq!(body["reauth_required"], json!(true), "{body}");
            let why = body["provider_error"].as_str().unwrap();
            assert!(why.starts_with("invalid_grant: "), "{body}");
        }
        let shown = application(&acme, PLAYGROUND).await;
        assert_eq!((&shown["connected"], &shown["reauth_required"]), (&json!(true), &json!(true)));
        assert_eq!(shown["connected_accounts"][0]["status"], json!("expired"));
        let account = developer.test.get(ACCOUNT).await.ok();
        assert_eq!(account["integrations"][0]["reauth_required"], json!(true));
        assert_eq!(account["integrations"][0]["refresh_token_expired"], json!(true));

        // The developer is told once, and the provider is left alone from now on.
        let asked = token_requests(&app).await;
        acme.post(LIST_CONTACTS, json!({})).await.fault(400);
        assert_eq!(token_requests(&app).await, asked);
        let audit = app.audit(&developer, Environment::Test).await;
        let expired: Vec<_> =
            audit.iter().filter(|e| e.action == AuditAction::ConnectionExpired).collect();
        assert_eq!(expired.len(), 1);
        let details: Value = serde_json::from_str(&expired[0].details).unwrap();
        assert!(details["provider_error"].as_str().unwrap().starts_with("invalid_grant"));
        let told = sink.wait_for(2).await;
        assert_eq!(events(&told), ["Connection Created", "Connection Expired"]);
    }

    async fn reconnecting_clears_the_flags_and_keeps_the_connection(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &ALL_EVENTS).await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        let first = application(&acme, PLAYGROUND).await["connected_accounts"][0].clone();
        for _ in 0..2 {
            app.delivered().await;
            app.clock.advance_ms(60_000);
            revoke(&app, "ada@example.com").await;
            acme.post(LIST_CONTACTS, json!({})).await.fault(400);
            app.delivered().await;
            app.clock.advance_ms(60_000);
            connect(&acme, "ada@example.com").await;
            let shown = application(&acme, PLAYGROUND).await;
            assert_eq!(shown["reauth_required"], json!(false));
            let again = &shown["connected_accounts"];
            assert_eq!(again.as_array().unwrap().len(), 1);
            assert_eq!(again[0]["connection_id"], first["connection_id"]);
            assert_eq!(again[0]["status"], json!("active"));
            assert_eq!(again[0]["last_error"], Value::Null);
            assert_ne!(again[0]["connectedAt"], first["connectedAt"]);
            acme.post(LIST_CONTACTS, json!({})).await.ok();
        }
        app.clock.advance_ms(60_000);
        acme.delete(DISCONNECT).await.ok();
        let audit = app.audit(&developer, Environment::Test).await;
        let story: Vec<_> = audit
            .iter()
            .filter(|entry| Some(entry.subject.as_str()) == first["connection_id"].as_str())
            .map(|entry| entry.action.as_str())
            .collect();
        let newest_first = [
            "Connection Deleted",
            "Connection Reauthenticated",
            "Connection Expired",
            "Connection Reauthenticated",
            "Connection Expired",
            "Connection Created",
        ];
        assert_eq!(story, newest_first);
        let mut told = events(&sink.wait_for(4).await);
        told.sort();
        let mut wanted = ALL_EVENTS.to_vec();
        wanted.push("Connection Expired");
        assert_eq!(told, wanted, "an event per incident, and none for reconnecting");
    }

    async fn disconnecting_ends_the_grant_at_the_provider(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        let before = token_requests(&app).await;
        let gone = acme.delete(DISCONNECT).await.ok();
        assert_eq!(gone["integrations"], json!([]));
        app.seen(async || (counters(&app).await["revocations"] == json!(1)).then_some(())).await;
        assert_eq!(application(&acme, PLAYGROUND).await["connected"], json!(false));
        assert_eq!(acme.post(LIST_CONTACTS, json!({})).await.fault(400).0, "NOT_CONNECTED");
        assert_eq!(token_requests(&app).await, before);
    }

    async fn deleting_an_account_tells_of_each_of_its_connections(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Deleted"]).await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        provider.connect(&app, &acme).await;
        provider.connect_by_key(&acme, "the-key").await;
        developer.test.delete(ACCOUNT).await.ok();
        let told = sink.wait_for(3).await;
        let mut slugs: Vec<_> = told
            .iter()
            .map(|request| serde_json::from_slice::<Value>(&request.body).unwrap())
            .inspect(|body| assert_eq!(body["linked_account_id"], json!("acme")))
            .map(|body| body["slug"].as_str().unwrap().to_owned())
            .collect();
        slugs.sort();
        assert_eq!(slugs, ["acme", "acme", PLAYGROUND]);
        app.seen(async || (counters(&app).await["revocations"] == json!(1)).then_some(())).await;
    }

    async fn the_tokens_of_others_are_never_shown(test: TestDb) {
        let heard = logs::listen();
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &ALL_EVENTS).await;
        let acme = developer.test.account("acme").await;
        let canary = |name: &str| format!("canary-{name}-{:016x}", app.chance.next());
        let names = ["access-1", "refresh-1", "access-2", "refresh-2", "key"];
        let secrets = names.map(canary);
        let [access, refresh, next_access, next_refresh, key] = &secrets;
        let pair = |access: &str, refresh: &str| {
            let body = json!({ "access_token": access, "refresh_token": refresh, "expires_in": 60 });
            Scripted::json(200, &body.to_string())
        };
        // Connect, refresh, be refused, fail, expire, and connect by key beside it.
        provider.login.answer_with([pair(access, refresh), pair(next_access, next_refresh)]);
        let state = provider.state(&acme).await;
        let mut outputs = vec![provider.come_back(&app, &state).await.text];
        app.clock.advance_ms(61_000);
        outputs.push(provider.run(&acme, "list_things", json!({})).await.text);
        provider.api.answer_with([Scripted::status(422), Scripted::hang_up()]);
        outputs.push(provider.run(&acme, "list_things", json!({})).await.text);
        let text = json!({ "name": "x" });
        outputs.push(provider.run(&acme, "make_thing", text.clone()).await.text);
        assert_eq!(
            provider.api.requests().last().unwrap().header("authorization"),
            Some(format!("Bearer {next_access}").as_str()),
            "the canaries are not the tokens in use"
        );
        outputs.push(provider.connect_by_key(&acme, key).await.to_string());
        provider.api.answer_by_default(Scripted::status(401));
        provider.login.answer_by_default(Scripted::json(400, r#"{"error":"invalid_grant"}"#));
        for _ in 0..2 {
            outputs.push(provider.run(&acme, "make_thing", text.clone()).await.text);
        }
        sink.wait_for(4).await;
        outputs.extend(sink.requests().iter().map(|request| format!("{request:?}")));
        outputs.push(format!("{:?}", app.audit(&developer, Environment::Test).await));
        for path in [
            "/api/v2/public/application",
            "/api/v2/public/application/acme",
            "/api/v2/public/connector",
            "/api/v2/public/connector/acme",
            "/api/v2/public/linked-account",
            ACCOUNT,
            "/api/v2/public/webhook",
            "/api/v2/public/auth-structure/acme",
            "/api/v2/integration-schema/acme/actions",
            "/api/v2/integration-schema/acme/triggers",
            "/api/v2/public/connection",
            "/api/v2/public/connection/at-risk",
            "/api/v2/public/linked-account/integration/acme/log",
            "/api/v2/public/trigger-event",
            "/api/v2/public/custom-app",
            "/api/v2/public/api-proxy",
            "/api/v2/public/my-app/authentication",
            "/metrics",
        ] {
            let answer = acme.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            outputs.push(answer.text);
        }
        let session = developer.test.session("acme").await;
        outputs.push(session.get("/api/v2/public/session/active-linked-account").await.text);
        outputs.push(heard.text());
        assert!(heard.text().contains("integration-schema"), "the log was not heard");
        for output in &outputs {
            for secret in secrets.iter().map(String::as_str).chain([ACME_SECRET]) {
                assert!(!output.contains(secret), "{secret} is in {output}");
            }
        }
        assert_eq!(application(&acme, "acme").await["reauth_required"], json!(true));
    }

    async fn a_connection_is_its_own_environments_and_apps_alone(test: TestDb) {
        let app = TestApp::start(&test).await;
        let (one, two) = (app.developer().await, app.developer().await);
        let (here, there) = (one.test.account("acme").await, two.test.account("acme").await);
        let live = one.live.account("acme").await;
        connect(&here, "ada@example.com").await;
        for other in [&there, &live] {
            assert_eq!(application(other, PLAYGROUND).await["connected"], json!(false));
            let refused = other.post(LIST_CONTACTS, json!({})).await.fault(400);
            assert_eq!(refused.0, "NOT_CONNECTED");
            other.delete(DISCONNECT).await.ok();
        }
        here.post(LIST_CONTACTS, json!({})).await.ok();
    }
}
