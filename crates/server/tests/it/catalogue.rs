//! The catalogue as the Console lists it.

use serde_json::{Value, json};
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::{Developer, TestApp};
use crate::setup::custom_app;

fn path(developer: &Developer, environment: &str, slug: &str) -> String {
    format!("{}/catalogue{slug}", developer.console(environment))
}

fn of<'a>(list: &'a Value, slug: &str) -> &'a Value {
    let mut all = list["connectors"].as_array().unwrap().iter();
    all.find(|entry| entry["slug"] == slug)
        .unwrap_or_else(|| panic!("{slug}"))
}

on_both! {
    async fn every_connector_is_listed_with_the_environments_state(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::External).await;
        custom_app(&developer.test).await;
        let set = async |slug: &str, change: Value| {
            let path = format!("/api/v2/public/connector/{slug}");
            developer.test.put(&path, change).await.ok();
        };
        set("slack", json!({ "enabled": true })).await;
        set("github", json!({ "enabled": true, "client_id": "c", "client_secret": "s" })).await;
        set("stripe", json!({ "enabled": true })).await;
        set("stripe", json!({ "enabled": false })).await;
        let answer = member.get(&path(&developer, "test", "")).await;
        let list = answer.ok();
        let names: Vec<_> = list["connectors"].as_array().unwrap().iter()
            .map(|entry| entry["name"].as_str().unwrap().to_lowercase()).collect();
        assert!(names.len() > 800 && names.is_sorted(), "{}", names.len());
        assert!(answer.text.len() < 400_000, "{}", answer.text.len());
        let categories: Vec<_> = list["categories"].as_array().unwrap().iter()
            .map(|name| name.as_str().unwrap()).collect();
        assert!(categories.is_sorted() && categories.contains(&"crm"), "{categories:?}");
        let shown = ["github", "playground_app", "slack", "stripe", "victims_app"];
        insta::assert_json_snapshot!("entries_of_the_catalogue", shown.map(|slug| of(&list, slug)));
        // The page of one says the same about it.
        for slug in shown {
            let one = member.get(&path(&developer, "test", &format!("/{slug}"))).await.ok();
            assert_eq!(one["entry"], *of(&list, slug));
        }
        let live = member.get(&path(&developer, "live", "")).await.ok();
        assert_eq!(of(&live, "slack")["state"], json!("disabled"));
        assert!(!live.to_string().contains("victims_app"));
    }

    async fn one_connector_is_shown_whole(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Solutions).await;
        let one = async |slug: &str| {
            let shown = member.get(&path(&developer, "test", &format!("/{slug}"))).await.ok();
            serde_json::from_str(&shown.to_string().replace(&app.url, "[url]")).unwrap()
        };
        let (ads, slack): (Value, Value) = (one("google-ads").await, one("slack").await);
        insta::assert_json_snapshot!("a_connector_with_fields_of_the_developer", ads);
        let setting = developer.test.get("/api/v2/public/connector/slack").await.ok();
        assert_eq!(slack["setting"]["scopes"], setting["scopes"]);
        let scopes = slack["scopes"].as_array().unwrap();
        assert_eq!(scopes[0], json!({ "scope": "users:read", "description": null, "mandatory": true }));
        assert!(scopes.len() > 10 && scopes[1]["mandatory"] == json!(false));
        let nothing = member.get(&path(&developer, "test", "/nothing")).await;
        assert!(nothing.fault(404).1.contains("'nothing'"));
    }

    async fn shared_clients_are_listed_without_their_secrets(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let stranger = app.developer().await;
        let member = developer.member(Role::Solutions).await;
        let of = |developer: &Developer| format!("/console/api/{}/shared-client", developer.app_id);
        let listed = member.get(&of(&developer)).await.ok();
        insta::assert_json_snapshot!("shared_clients", listed);
        member.get(&of(&stranger)).await.fault(404);
        member.get("/console/api/nothing/shared-client").await.fault(404);
    }
}
