//! The Console's list of accounts.

use serde_json::{Value, json};
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::{Actor, Developer, TestApp};
use crate::setup::{ACCOUNTS, connect_by_key};

fn ids(page: &Value) -> Vec<&str> {
    let accounts = page["accounts"].as_array().unwrap();
    accounts
        .iter()
        .map(|entry| entry["account_id"].as_str().unwrap())
        .collect()
}

async fn create(app: &TestApp, actor: &Actor, id: &str, name: &str, scope: &str) {
    let body = json!({ "linked_account_id": id, "name": name, "scope": scope });
    actor.post(ACCOUNTS, body).await.ok();
    app.clock.advance_ms(1);
}

/// Three accounts in test and one in live.
async fn accounts(app: &TestApp) -> Developer {
    let developer = app.developer().await;
    create(app, &developer.test, "acme", "Acme", "eu").await;
    create(app, &developer.test, "globex", "Globex Corporation", "us").await;
    create(app, &developer.test, "100%_sure", "Initech", "eu").await;
    create(app, &developer.live, "acme", "Acme, for real", "eu").await;
    developer
}

async fn list(member: &Actor, developer: &Developer, query: &[(&str, &str)]) -> Value {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    let path = format!("{}/account?{query}", developer.console("test"));
    member.get(&path).await.ok()
}

on_both! {
    async fn accounts_come_newest_first_in_pages(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = accounts(&app).await;
        let member = developer.member(Role::External).await;

        let first = list(&member, &developer, &[("limit", "2")]).await;
        assert_eq!(ids(&first), ["100%_sure", "globex"]);
        assert_eq!(first["total"], 3);
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = list(&member, &developer, &[("limit", "2"), ("cursor", cursor)]).await;
        assert_eq!(ids(&second), ["acme"]);
        assert_eq!(second["next_cursor"], Value::Null);
        let live = member.get(&format!("{}/account", developer.console("live"))).await.ok();
        assert_eq!(ids(&live), ["acme"]);
        assert_eq!(live["accounts"][0]["name"], "Acme, for real");
    }

    async fn a_search_and_a_scope_narrow_them(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = accounts(&app).await;
        let member = developer.member(Role::External).await;
        for (query, expected) in [
            (("search", "CORP"), vec!["globex"]),
            (("search", "%_"), vec!["100%_sure"]),
            (("scope", "eu"), vec!["100%_sure", "acme"]),
            (("search", "nobody"), vec![]),
        ] {
            let page = list(&member, &developer, &[query]).await;
            assert_eq!(ids(&page), expected, "{query:?}");
            assert_eq!(page["total"], 3, "of the environment, whatever the filters");
        }
    }

    async fn each_says_what_it_is_connected_to(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = accounts(&app).await;
        let member = developer.member(Role::Developer).await;
        connect_by_key(&app, &developer.test.on("globex"), "ada@example.com").await;
        let page = list(&member, &developer, &[]).await;
        let connections: Vec<_> = page["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (entry["connections"].clone(), entry["expired"].clone()))
            .collect();
        assert_eq!(
            connections,
            [
                (json!([]), json!(0)),
                (json!(["playground_app"]), json!(0)),
                (json!([]), json!(0)),
            ]
        );
    }

    async fn a_cursor_of_another_list_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = accounts(&app).await;
        let member = developer.member(Role::External).await;
        let base = format!("{}/account", developer.console("test"));
        for query in ["cursor=conn_0", "limit=0", "limit=101", "limit=x"] {
            let answer = member.get(&format!("{base}?{query}")).await;
            assert_eq!(answer.fault(400).0, "VALIDATION_ERROR", "{query}");
        }
    }
}
