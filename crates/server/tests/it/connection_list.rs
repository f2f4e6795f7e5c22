//! Connections as things of their own: listed, described, chosen and ended.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::app::{Actor, TestApp};
use crate::browser::Browser;
use crate::provider::{
    LIST_CONTACTS, PLAYGROUND, application, connect, counters, events, playground_key, subscribe,
};
use crate::setup::{CONNECTOR, SAVE_KEYS, connect_by_key, connection_id};

const ALL: &str = "/api/v2/public/connection";
const OAUTH_URL: &str = "/api/v2/public/linked-account/integration/oauth-url/playground_app";

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

fn accounts(page: &Value) -> Vec<&str> {
    let docs = page["docs"].as_array().unwrap().iter();
    docs.map(|doc| doc["linked_account_id"].as_str().unwrap())
        .collect()
}

/// One more connection of the account, beside those that are there.
async fn another(app: &TestApp, actor: &Actor, email: &str) -> String {
    let key = playground_key(app, email).await;
    let path = format!("{SAVE_KEYS}?new_connection=true");
    let saved = actor.put(&path, json!({ "api_key": key })).await.ok();
    saved["connection_id"].as_str().unwrap().to_owned()
}

on_both! {
    async fn the_developer_sees_all_and_a_customer_their_own(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        for name in ["ada", "bob", "eve"] {
            let actor = developer.test.account(name).await;
            connect_by_key(&app, &actor, &format!("{name}@example.com")).await;
            app.clock.advance_ms(10);
        }
        let all = developer.test.get(ALL).await.ok();
        assert_eq!(accounts(&all), ["eve", "bob", "ada"]);
        assert_eq!(all["next_cursor"], Value::Null);
        let first = developer.test.get(&format!("{ALL}?limit=2")).await.ok();
        let next = first["next_cursor"].as_str().unwrap();
        let second = developer.test.get(&format!("{ALL}?limit=2&cursor={next}")).await.ok();
        assert_eq!((accounts(&first), accounts(&second)), (vec!["eve", "bob"], vec!["ada"]));
        for (filter, found) in [
            ("linked_account_id=bob", vec!["bob"]),
            ("linked_account_id=nobody", vec![]),
            ("slug=playground_app&status=active", vec!["eve", "bob", "ada"]),
            ("status=expired", vec![]),
            ("slug=github", vec![]),
        ] {
            let shown = developer.test.get(&format!("{ALL}?{filter}")).await.ok();
            assert_eq!(accounts(&shown), found, "{filter}");
        }
        assert_eq!(developer.test.get(&format!("{ALL}?status=odd")).await.fault(400).0, "VALIDATION_ERROR");
        let bob = developer.test.session("bob").await;
        assert_eq!(accounts(&bob.get(&format!("{ALL}?linked_account_id=ada")).await.ok()), ["bob"]);
        let id = connection_id(&developer.test.on("ada")).await;
        assert_eq!(bob.get(&one(&id)).await.fault(404).0, "RESOURCE_NOT_FOUND");
        assert_eq!(bob.put(&one(&id), json!({ "is_default": true })).await.fault(404).0, "RESOURCE_NOT_FOUND");
        assert_eq!(bob.delete(&one(&id)).await.fault(404).0, "RESOURCE_NOT_FOUND");
        assert_eq!(accounts(&developer.live.get(ALL).await.ok()), Vec::<&str>::new());
        assert_eq!(developer.live.get(&one(&id)).await.fault(404).0, "RESOURCE_NOT_FOUND");
    }

    async fn what_was_not_granted_is_seen(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = developer.test.account("ada").await;
        connect(&ada, "ada@example.com").await;
        let id = connection_id(&ada).await;
        let before = developer.test.get(&one(&id)).await.ok();
        assert_eq!(before["scopes_granted"], json!(["contacts.read"]));
        assert_eq!((&before["scopes_missing"], &before["needs_consent"]), (&json!([]), &json!(false)));
        assert_eq!(before["auth_type"], json!("oauth2"));
        assert_eq!(before["identifier"], json!("ada@example.com"));
        assert!(before["expires_at"].is_string(), "{before}");
        developer.test.put(CONNECTOR, json!({ "scopes": ["contacts.write"] })).await.ok();
        for shown in [
            developer.test.get(&one(&id)).await.ok(),
            application(&ada, PLAYGROUND).await["connected_accounts"][0].clone(),
            ada.get("/api/v2/public/application").await.ok()[0]["connected_accounts"][0].clone(),
        ] {
            assert_eq!(shown["scopes_missing"], json!(["contacts.write"]), "{shown}");
            assert_eq!(shown["scopes_requested"], json!(["contacts.read", "contacts.write"]));
            assert_eq!(shown["needs_consent"], json!(true));
        }
        connect(&ada, "ada@example.com").await;
        assert_eq!(developer.test.get(&one(&id)).await.ok()["needs_consent"], json!(false));
    }

    async fn one_of_several_is_chosen_and_the_choice_is_the_only_one(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = developer.test.account("ada").await;
        connect_by_key(&app, &ada, "first@example.com").await;
        let first = connection_id(&ada).await;
        app.clock.advance_ms(1);
        let second = another(&app, &ada, "second@example.com").await;
        let create = "/api/v2/integration-schema/playground_app/actions/create_contact/execute";
        let on = async |actor: &Actor| {
            let data = actor.post(LIST_CONTACTS, json!({})).await.ok()["data"].to_string();
            data.contains("marked@example.com")
        };
        let named = ada.and("connection_id", &second);
        named.post(create, json!({ "email": "marked@example.com" })).await.ok();
        assert!(!on(&ada).await, "the first is used where none is named");
        for chosen in [&second, &first, &second] {
            let shown = ada.put(&one(chosen), json!({ "is_default": true })).await.ok();
            assert_eq!(shown["is_default"], json!(true));
            let all = developer.test.get(ALL).await.ok();
            let docs = all["docs"].as_array().unwrap().iter();
            let defaults: Vec<_> = docs.filter(|doc| doc["is_default"] == json!(true)).collect();
            assert_eq!(defaults.len(), 1, "{all}");
            assert_eq!(defaults[0]["_id"], json!(chosen));
            assert_eq!(on(&ada).await, *chosen == second);
        }
        ada.put(&one(&second), json!({ "is_default": false })).await.ok();
        assert!(!on(&ada).await);
        let unknown = ada.and("connection_id", &format!("conn_{}", "0".repeat(22)));
        assert_eq!(unknown.post(LIST_CONTACTS, json!({})).await.fault(404).0, "RESOURCE_NOT_FOUND");
        let query = format!("{LIST_CONTACTS}?connection_id={second}");
        ada.post(&query, json!({})).await.ok();
    }

    async fn the_developers_own_values_stay_with_the_connection(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = developer.test.account("ada").await;
        let key = playground_key(&app, "ada@example.com").await;
        let body = json!({ "api_key": key, "userDefinedFields": { "plan": "pro", "seats": 3 } });
        let saved = ada.put(SAVE_KEYS, body).await.ok();
        let by_key = one(saved["connection_id"].as_str().unwrap());
        assert_eq!(developer.test.get(&by_key).await.ok()["metadata"], json!({ "plan": "pro", "seats": 3 }));
        // A renewal that says nothing leaves them.
        ada.put(SAVE_KEYS, json!({ "api_key": key })).await.ok();
        assert_eq!(developer.test.get(&by_key).await.ok()["metadata"]["plan"], json!("pro"));
        let changed = developer.test.put(&by_key, json!({ "metadata": { "plan": "free" } })).await.ok();
        assert_eq!(changed["metadata"], json!({ "plan": "free" }));

        let fields = "userDefinedFields=%7B%22a%22%3A1%7D&userDefinedFields%5Bb%5D=two";
        let begun = ada.get(&format!("{OAUTH_URL}?auth_type=oauth2&{fields}")).await.ok();
        Browser::new().consent(begun["auth_url"].as_str().unwrap(), "ada@example.com").await;
        let all = developer.test.get(ALL).await.ok();
        let docs = all["docs"].as_array().unwrap();
        let by_oauth = docs.iter().find(|doc| doc["auth_type"] == json!("oauth2")).unwrap();
        assert_eq!(by_oauth["metadata"], json!({ "a": 1, "b": "two" }));

        let long = json!({ "metadata": { "a": "x".repeat(20_000) } });
        assert_eq!(developer.test.put(&by_key, long).await.fault(400).0, "VALIDATION_ERROR");
        assert_eq!(developer.test.put(&by_key, json!({})).await.fault(400).0, "MISSING_REQUIRED_FIELD");
        let bad = format!("{OAUTH_URL}?userDefinedFields=plan");
        assert_eq!(ada.get(&bad).await.json()["field"], json!("userDefinedFields"));
    }

    async fn ending_one_connection_leaves_the_other_and_tells_the_provider(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Deleted"]).await;
        let ada = developer.test.account("ada").await;
        connect(&ada, "ada@example.com").await;
        let first = connection_id(&ada).await;
        let second = another(&app, &ada, "other@example.com").await;
        let gone = developer.test.delete(&one(&first)).await.ok();
        assert_eq!(gone["success"], json!(true));
        assert_eq!(developer.test.get(&one(&first)).await.fault(404).0, "RESOURCE_NOT_FOUND");
        assert_eq!(developer.test.delete(&one(&first)).await.fault(404).0, "RESOURCE_NOT_FOUND");
        assert_eq!(connection_id(&ada).await, second);
        app.seen(async || (counters(&app).await["revocations"] == json!(1)).then_some(())).await;
        let told = sink.wait_for(1).await;
        assert_eq!(events(&told), ["Connection Deleted"]);
        let body: Value = serde_json::from_slice(&told[0].body).unwrap();
        assert_eq!(body["connection_id"], json!(first));
    }
}
