//! The story of a connection, as the developer and the customer read it.

use serde_json::{Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;
use trunnel_testing::receiver::Answer as Scripted;

use crate::app::{Actor, TestApp};
use crate::provider::{ACME_SECRET, Acme, connect, tokens};
use crate::setup::account;

const LOG: &str = "/api/v2/public/linked-account/integration/acme/log";
const DISCONNECT: &str = "/api/v2/public/linked-account/integration/acme";
const SAVE: &str = "/api/v2/public/linked-account/integration/save-key-credentials/acme";

async fn log(actor: &Actor) -> Vec<Value> {
    let shown = actor.get(LOG).await.ok();
    shown["docs"].as_array().unwrap().clone()
}

fn names(log: &[Value]) -> Vec<&str> {
    log.iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect()
}

on_both! {
    // Acceptance 72.
    async fn the_timeline_tells_the_story_newest_first(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let ada = developer.test.account("ada").await;
        assert_eq!(log(&ada).await, Vec::<Value>::new());
        provider.connect(&app, &ada).await;
        app.clock.advance_ms(3_601_000);
        let died = json!({
            "error": "invalid_grant",
            "error_description": "it was revoked: refresh-1",
            "trace": { "id": 17 },
        });
        provider.login.answer_with([Scripted::json(400, &died.to_string())]);
        let refused = provider.run(&ada, "list_things", json!({})).await;
        assert_eq!(refused.fault(400).0, "CONNECTION_EXPIRED");
        app.clock.advance_ms(1_000);
        provider.connect(&app, &ada).await;
        app.clock.advance_ms(1_000);
        ada.delete(DISCONNECT).await.ok();

        let told = log(&ada).await;
        let story = ["Integration Deleted", "Reauthenticated", "Integration Expired", "Integration Created"];
        assert_eq!(names(&told), story);
        for entry in &told {
            assert_eq!(entry["connection_id"], told[0]["connection_id"]);
            assert_eq!((&entry["slug"], &entry["linked_account_id"]), (&json!("acme"), &json!("ada")));
        }
        let error = &told[2]["error"];
        assert_eq!(error["provider"]["trace"], json!({ "id": 17 }), "{error}");
        assert_eq!(error["provider"]["error_description"], json!("it was revoked: [redacted]"));
        assert_eq!(told[0]["error"], Value::Null);
        // The customer reads the same, and nobody else's.
        assert_eq!(log(&developer.test.session("ada").await).await, told);
        let bob = developer.test.account("bob").await;
        assert_eq!(log(&bob).await, Vec::<Value>::new());
        let live = developer.live.account("ada").await;
        assert_eq!(log(&live).await, Vec::<Value>::new());
        // It outlives the connection, not the account.
        developer.test.delete(&account("ada")).await.ok();
        let again = developer.test.account("ada").await;
        assert_eq!(log(&again).await, Vec::<Value>::new());
    }

    async fn what_fails_to_connect_is_told_without_a_secret(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let ada = developer.test.account("ada").await;
        let said = r#"{"message":"no such key: a-very-secret-key","code":41}"#;
        provider.api.answer_with([Scripted::json(401, said)]);
        ada.put(SAVE, json!({ "api_key": "a-very-secret-key" })).await.fault(422);
        app.clock.advance_ms(1_000);
        let state = provider.state(&ada).await;
        provider.callback(&app, &format!("state={state}&error=access_denied")).await;
        app.clock.advance_ms(1_000);
        let said = json!({ "error": "invalid_client", "hint": format!("not {ACME_SECRET}/the-code") });
        provider.login.answer_with([Scripted::json(401, &said.to_string())]);
        let state = provider.state(&ada).await;
        assert_eq!(provider.come_back(&app, &state).await.status, 400);
        // A mistake in the call itself is answered, not told.
        ada.put(SAVE, json!({})).await.fault(400);

        let told = log(&ada).await;
        assert_eq!(names(&told), ["Connection Failed"; 3]);
        assert_eq!(told[0]["error"]["provider"]["error"], json!("invalid_client"), "{told:?}");
        assert!(told[1]["error"]["message"].as_str().unwrap().contains("not granted"), "{told:?}");
        assert_eq!(told[2]["error"]["provider"]["code"], json!(41), "{told:?}");
        assert_eq!(told[2]["connection_id"], Value::Null);
        let audit = app.audit(&developer, Environment::Test).await;
        let errored = audit.iter().filter(|entry| entry.action == AuditAction::ConnectionErrored);
        assert_eq!(errored.count(), 3);
        for text in [format!("{told:?}"), format!("{audit:?}")] {
            assert!(!text.contains("a-very-secret-key") && !text.contains(ACME_SECRET), "{text}");
        }
    }

    async fn a_failing_token_endpoint_is_told_once_until_it_works(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let ada = developer.test.account("ada").await;
        provider.connect(&app, &ada).await;
        provider.api.answer_by_default(Scripted::json(200, r#"{"things":[]}"#));
        for round in 0..2 {
            app.clock.advance_ms(3_601_000);
            let down = Scripted::json(503, r#"{"oops":"down"}"#);
            provider.login.answer_with([down.clone(), down, tokens(7 + round, 3600)]);
            let call = provider.run(&ada, "list_things", json!({}));
            app.passing(20, call).await.ok();
        }
        let told = log(&ada).await;
        assert_eq!(names(&told), ["Connection Failed", "Connection Failed", "Integration Created"]);
        assert_eq!(told[0]["error"]["provider"], json!({ "oops": "down" }));
        assert!(told[0]["connection_id"].is_string());
    }

    async fn the_log_is_read_page_by_page(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = developer.test.account("ada").await;
        let base = "/api/v2/public/linked-account/integration/playground_app/log";
        for _ in 0..5 {
            connect(&ada, "ada@example.com").await;
            app.clock.advance_ms(1_000);
        }
        let whole = ada.get(base).await.ok();
        assert_eq!(whole["next_cursor"], Value::Null);
        let whole = whole["docs"].as_array().unwrap().clone();
        assert_eq!(whole.len(), 5);
        let (mut read, mut cursor) = (Vec::new(), String::new());
        for _ in 0..3 {
            let page = ada.get(&format!("{base}?limit=2{cursor}")).await.ok();
            read.extend(page["docs"].as_array().unwrap().clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(read, whole);
        for bad in ["limit=0", "limit=101", "cursor=here"] {
            assert_eq!(ada.get(&format!("{base}?{bad}")).await.fault(400).0, "VALIDATION_ERROR");
        }
    }
}
