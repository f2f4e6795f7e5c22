//! Connecting with keys that a customer types.

use serde_json::{Value, json};
use tokio::task::JoinSet;
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, TestApp};
use crate::provider::{
    Acme, LIST_CONTACTS, PLAYGROUND, application, connect, events, playground_key, revoke,
    subscribe,
};

const SAVE: &str = "/api/v2/public/linked-account/integration/save-key-credentials/playground_app";
const SAVE_ACME: &str = "/api/v2/public/linked-account/integration/save-key-credentials/acme";
const DISCONNECT: &str = "/api/v2/public/linked-account/integration/playground_app";

async fn auth_types(actor: &Actor) -> Vec<String> {
    let accounts = application(actor, PLAYGROUND).await["connected_accounts"].clone();
    let accounts = accounts.as_array().unwrap().iter();
    accounts
        .map(|known| known["auth_type"].as_str().unwrap().to_owned())
        .collect()
}

on_both! {
    async fn a_key_that_works_is_kept_and_used(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let key = playground_key(&app, "ada@example.com").await;
        let saved = acme.put(SAVE, json!({ "api_key": key })).await.ok();
        assert_eq!(saved["success"], json!(true));
        let account = application(&acme, PLAYGROUND).await["connected_accounts"][0].clone();
        assert_eq!(account["identifier"], json!("ada@example.com"));
        assert_eq!(account["auth_type"], json!("keybased"));
        assert_eq!(account["connection_id"], saved["connection_id"]);
        acme.post(LIST_CONTACTS, json!({})).await.ok();
    }

    async fn keys_that_are_refused_are_not_kept(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let (code, message) = acme.put(SAVE, json!({ "api_key": "pg_wrong" })).await.fault(422);
        assert_eq!(code, "SERVER_ERROR");
        assert_eq!(message, "Failed to verify credentials: Playground does not accept them");
        for (body, field) in [
            (json!({}), "api_key"),
            (json!({ "api_key": "" }), "api_key"),
            (json!({ "api_key": 7, "colour": "red" }), "colour"),
            (json!({ "api_key": { "a": 1 } }), "api_key"),
        ] {
            let refused = acme.put(SAVE, body.clone()).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{body}");
            assert_eq!(refused.json()["field"], json!(field), "{body}");
        }
        let wrong_type = format!("{SAVE}?auth_type=oauth2");
        assert_eq!(acme.put(&wrong_type, json!({})).await.json()["field"], json!("auth_type"));
        let nobody = developer.test.on("nobody");
        let (code, _) = nobody.put(SAVE, json!({ "api_key": "x" })).await.fault(400);
        assert_eq!(code, "INVALID_LINKED_ACCOUNT_ID");
        assert_eq!(application(&acme, PLAYGROUND).await["connected"], json!(false));
    }

    async fn a_provider_that_says_nothing_about_a_key_stores_nothing(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        for answer in [Scripted::status(500), Scripted::status(429), Scripted::hang_up()] {
            provider.api.answer_with([answer]);
            let (code, message) = acme.put(SAVE_ACME, json!({ "api_key": "k" })).await.fault(502);
            assert_eq!(code, "EXTERNAL_API_FAILURE");
            assert!(message.contains("is not available"), "{message}");
        }
        assert_eq!(application(&acme, "acme").await["connected"], json!(false));
        assert_eq!(provider.api.requests().len(), 3);

        let saved = provider.connect_by_key(&acme, "the-key").await;
        assert_eq!(saved["success"], json!(true));
        let asked = &provider.api.requests()[3];
        assert_eq!((asked.path.as_str(), asked.header("x-acme-key")), ("/api/me", Some("the-key")));
        assert_eq!(asked.header("x-acme-region"), None);
    }

    async fn removing_one_auth_type_leaves_the_other(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let key = playground_key(&app, "bob@example.com").await;
        connect(&acme, "ada@example.com").await;
        acme.put(SAVE, json!({ "api_key": key })).await.ok();
        let mut both = auth_types(&acme).await;
        both.sort();
        assert_eq!(both, ["keybased", "oauth2"]);

        let left = acme.delete(&format!("{DISCONNECT}?auth_type=keybased")).await.ok();
        assert_eq!(left["account_id"], json!("acme"));
        assert_eq!(left["integrations"].as_array().unwrap().len(), 1);
        assert_eq!(auth_types(&acme).await, ["oauth2"]);
        acme.post(LIST_CONTACTS, json!({})).await.ok();
        // Nothing to remove is no fault.
        acme.delete(&format!("{DISCONNECT}?auth_type=keybased")).await.ok();
        let (code, _) = acme.delete(&format!("{DISCONNECT}?auth_type=magic")).await.fault(400);
        assert_eq!(code, "VALIDATION_ERROR");
        assert_eq!(auth_types(&acme).await, ["oauth2"]);
        acme.delete(DISCONNECT).await.ok();
        acme.delete(DISCONNECT).await.ok();
        assert!(auth_types(&acme).await.is_empty());
    }

    async fn a_revoked_key_expires_the_connection_once_for_twenty_calls(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Expired"]).await;
        let acme = developer.test.account("acme").await;
        let key = playground_key(&app, "ada@example.com").await;
        let saved = acme.put(SAVE, json!({ "api_key": key })).await.ok();
        revoke(&app, "ada@example.com").await;
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let acme = acme.clone();
            calls.spawn(async move { acme.post(LIST_CONTACTS, json!({})).await });
        }
        for refused in calls.join_all().await {
            assert_eq!(refused.fault(400).0, "CONNECTION_EXPIRED");
            let body = refused.json();
            assert_eq!(body["error_class"], json!("auth"), "{body}");
            assert_eq!(body["reauth_required"], json!(true), "{body}");
        }
        let shown = application(&acme, PLAYGROUND).await;
        assert_eq!(shown["reauth_required"], json!(true));
        assert_eq!(shown["connected_accounts"][0]["status"], json!("expired"));
        let expired = app.audit(&developer, Environment::Test).await;
        let expired = expired.iter().filter(|e| e.action == AuditAction::ConnectionExpired);
        assert_eq!(expired.count(), 1);
        assert_eq!(events(&sink.wait_for(1).await), ["Connection Expired"]);

        // A new key goes into the same connection and arms the event again.
        let key = playground_key(&app, "ada@example.com").await;
        let again = acme.put(SAVE, json!({ "api_key": key })).await.ok();
        assert_eq!(again["connection_id"], saved["connection_id"]);
        assert_eq!(application(&acme, PLAYGROUND).await["reauth_required"], json!(false));
        acme.post(LIST_CONTACTS, json!({})).await.ok();
        revoke(&app, "ada@example.com").await;
        acme.post(LIST_CONTACTS, json!({})).await.fault(400);
        assert_eq!(sink.wait_for(2).await.len(), 2);
    }

    async fn one_refused_call_is_no_proof_against_a_key(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        provider.connect_by_key(&acme, "the-key").await;
        // The provider refuses this call, but not the key; then it says nothing at all.
        for proof in [Scripted::json(200, "{}"), Scripted::status(503)] {
            provider.api.answer_with([Scripted::json(401, r#"{"why":"not for you"}"#), proof]);
            let refused = provider.run(&acme, "list_things", json!({})).await;
            assert_eq!(refused.fault(400).0, "EXTERNAL_API_FAILURE");
            let body = refused.json();
            assert_eq!(body["error_class"], json!("auth"), "{body}");
            assert_eq!(body["reauth_required"], Value::Null, "{body}");
            assert_eq!(body["http_status"], json!(401), "{body}");
            assert_eq!(body["data"], json!({ "why": "not for you" }), "{body}");
            assert_eq!(provider.status(&acme).await, json!("active"));
        }
        provider.api.answer_with([Scripted::status(401), Scripted::status(401)]);
        let (code, _) = provider.run(&acme, "list_things", json!({})).await.fault(400);
        assert_eq!(code, "CONNECTION_EXPIRED");
        assert_eq!(provider.status(&acme).await, json!("expired"));
        // From now on the provider is left alone.
        let so_far = provider.api.requests().len();
        provider.run(&acme, "list_things", json!({})).await.fault(400);
        assert_eq!(provider.api.requests().len(), so_far);
    }

    async fn a_customer_connects_and_disconnects_with_the_session_alone(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let other = developer.test.account("other").await;
        let customer = developer.test.session("acme").await;
        let key = playground_key(&app, "ada@example.com").await;
        // The header names another account; the token decides.
        customer.on("other").put(SAVE, json!({ "api_key": key })).await.ok();
        assert_eq!(auth_types(&acme).await, ["keybased"]);
        assert!(auth_types(&other).await.is_empty());
        customer.post(LIST_CONTACTS, json!({})).await.ok();
        customer.delete(DISCONNECT).await.ok();
        assert!(auth_types(&acme).await.is_empty());
    }
}
