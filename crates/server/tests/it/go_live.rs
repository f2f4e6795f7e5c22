//! The checklist, from what is really there.

use serde_json::{Value, json};
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::{Developer, TestApp};
use crate::provider::Acme;
use crate::setup::{ACCOUNTS, WEBHOOKS};

fn path(developer: &Developer) -> String {
    format!("{}/go-live", developer.console("test"))
}

fn state<'a>(items: &'a Value, topic: &str) -> &'a str {
    let mut items = items.as_array().unwrap().iter();
    let item = items.find(|item| item["item"] == topic);
    item.unwrap_or_else(|| panic!("{topic}"))["state"]
        .as_str()
        .unwrap()
}

on_both! {
    async fn a_new_app_is_told_what_to_do(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::External).await;
        for (slug, scopes) in [("slack", json!(["chat:write"])), ("google-ads", json!([]))] {
            let path = format!("/api/v2/public/connector/{slug}");
            let change = json!({ "enabled": true, "scopes": scopes });
            developer.live.put(&path, change).await.ok();
        }
        let found = member.get(&path(&developer)).await.ok();
        let found = found.to_string().replace(&app.url, "[url]");
        insta::assert_json_snapshot!("what_is_missing", serde_json::from_str::<Value>(&found).unwrap());
        // Whichever environment is looked from.
        let elsewhere = format!("{}/go-live", developer.console("live"));
        let there = member.get(&elsewhere).await.ok();
        assert_eq!(there.to_string().replace(&app.url, "[url]"), found);
    }

    async fn each_item_is_done_when_its_fact_is_there(test: TestDb) {
        let acme = Acme::start().await;
        let app = TestApp::with(&test, acme.options()).await;
        let developer = app.developer().await;
        let owner = developer.member(Role::Owner).await;
        let look = async || owner.get(&path(&developer)).await.ok();
        let app_state = async |topic: &str| state(&look().await["items"], topic).to_owned();
        let of_acme = async |topic: &str| {
            state(&look().await["connectors"][0]["items"], topic).to_owned()
        };
        // A customer of test, and a test key, say nothing about live.
        acme.enable(&developer.test).await;
        let customer = developer.test.account("customer").await;
        acme.connect(&app, &customer).await;
        let begun = look().await;
        assert_eq!((&begun["ready"], &begun["connectors"]), (&json!(false), &json!([])));
        for topic in ["live_key_used", "webhook_expired", "live_connection", "owner_two_factor", "portal_origins"] {
            assert_eq!(state(&begun["items"], topic), "todo", "{topic}");
        }
        assert_eq!(state(&begun["items"], "connector_enabled"), "blocking");

        developer.live.get(ACCOUNTS).await.ok();
        assert_eq!(app_state("live_key_used").await, "done");
        let webhook = json!({
            "webhook_url": "http://127.0.0.1:9/hook",
            "webhook_events": ["Connection Expired"],
        });
        let made = developer.live.post(WEBHOOKS, webhook).await.ok();
        assert_eq!(app_state("webhook_expired").await, "done");
        let one = format!("{WEBHOOKS}/{}", made["_id"].as_str().unwrap());
        developer.live.put(&one, json!({ "is_enabled": false })).await.ok();
        assert_eq!(app_state("webhook_expired").await, "todo");

        let setting = "/api/v2/public/connector/acme";
        developer.live.put(setting, json!({ "enabled": true })).await.ok();
        assert_eq!(app_state("connector_enabled").await, "done");
        assert_eq!(of_acme("own_client").await, "blocking");
        assert_eq!(look().await["ready"], json!(false));
        acme.enable(&developer.live).await;
        assert_eq!(of_acme("own_client").await, "done");
        assert_eq!(look().await["ready"], json!(true));

        assert_eq!(of_acme("scopes_equal").await, "done");
        developer.live.put(setting, json!({ "scopes": ["more"] })).await.ok();
        assert_eq!(of_acme("scopes_equal").await, "todo");
        developer.test.put(setting, json!({ "scopes": ["more"] })).await.ok();
        assert_eq!(of_acme("scopes_equal").await, "done");

        assert_eq!(of_acme("callback_url").await, "todo");
        let customer = developer.live.account("customer").await;
        acme.connect(&app, &customer).await;
        assert_eq!(of_acme("callback_url").await, "done");
        assert_eq!(of_acme("live_connection").await, "done");
        assert_eq!(app_state("live_connection").await, "done");
    }

    async fn what_the_provider_wants_of_the_developer_blocks(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let owner = developer.member(Role::Owner).await;
        let setting = "/api/v2/public/connector/google-ads";
        let change = json!({ "enabled": true, "client_id": "c", "client_secret": "s" });
        developer.live.put(setting, change).await.ok();
        let look = async || owner.get(&path(&developer)).await.ok()["connectors"][0].clone();
        let before = look().await;
        assert_eq!(state(&before["items"], "fields_set"), "blocking");
        assert_eq!(before["ready"], json!(false));
        let fields = json!({ "fields": { "developer_token": "the-token" } });
        developer.live.put(setting, fields).await.ok();
        let after = look().await;
        assert_eq!(state(&after["items"], "fields_set"), "done");
        assert_eq!(after["ready"], json!(true));
    }
}
