//! Actions that a developer has put on an app.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::Answer as Scripted;

use crate::app::TestApp;
use crate::provider::Acme;

const ACTIONS: &str = "/api/v2/public/custom-app/acme/action";

fn list_users() -> Value {
    json!({
        "id": "list_users",
        "name": "List users",
        "request": { "method": "GET", "path": "/users" },
        "paginate": { "items": "users", "page": { "query": "page", "start": 1 }, "always": true },
    })
}

/// Ten users, from this number on.
fn page(first: u32) -> Scripted {
    let users: Vec<_> = (first..first + 10).map(|id| json!({ "id": id })).collect();
    Scripted::json(200, &json!({ "users": users }).to_string())
}

on_both! {
    async fn a_paged_action_answers_with_everything(test: TestDb) {
        let acme = Acme::start().await;
        let app = TestApp::with(&test, acme.options()).await;
        let developer = app.developer().await;
        acme.enable(&developer.test).await;
        let customer = developer.test.account("customer").await;
        acme.connect_by_key(&customer, "k").await;
        developer.test.post(ACTIONS, list_users()).await.ok();

        let end = Scripted::json(200, r#"{"users":[]}"#);
        acme.api.answer_with([page(0), page(10), page(20), end]);
        let all = acme.run(&customer, "list_users", json!({})).await.ok();
        let users = all["data"]["users"].as_array().unwrap();
        let ids: Vec<_> = users.iter().map(|user| user["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, (0..30).collect::<Vec<_>>());
        let queries: Vec<_> = acme.api.requests()[1..].iter().map(|r| r.query.clone()).collect();
        let pages = ["page=1", "page=2", "page=3", "page=4"];
        assert_eq!(queries, pages.map(|page| Some(page.to_owned())));

        // A provider that sends its last page for ever.
        let before = acme.api.requests().len();
        acme.api.answer_by_default(page(10));
        acme.api.answer_with([page(0)]);
        let all = acme.run(&customer, "list_users", json!({})).await.ok();
        assert_eq!(all["data"]["users"].as_array().unwrap().len(), 20);
        assert_eq!(acme.api.requests().len(), before + 3);
        acme.api.answer_with([page(0)]);
        let some = acme.run(&customer, "list_users", json!({ "max_items": 5 })).await.ok();
        assert_eq!(some["data"]["users"].as_array().unwrap().len(), 5);
    }

    async fn an_own_action_stands_beside_those_of_the_catalogue(test: TestDb) {
        let acme = Acme::start().await;
        let app = TestApp::with(&test, acme.options()).await;
        let developer = app.developer().await;
        for actor in [&developer.test, &developer.live] {
            acme.enable(actor).await;
        }
        let customer = developer.test.account("customer").await;
        acme.connect_by_key(&customer, "the-key").await;
        let there = developer.live.account("customer").await;
        acme.connect_by_key(&there, "the-key").await;
        let made = developer.test.post(ACTIONS, list_users()).await.ok();
        assert_eq!((&made["source"], &made["version"]), (&json!("own"), &json!(1)));

        let path = "/api/v2/integration-schema/acme/actions";
        let ids = |list: Value| -> Vec<String> {
            let list = list.as_array().unwrap().iter();
            list.map(|action| action["action_id"].as_str().unwrap().to_owned()).collect()
        };
        let (mine, theirs) = (ids(customer.get(path).await.ok()), ids(there.get(path).await.ok()));
        assert!(mine.contains(&"list_users".to_owned()) && mine.is_sorted(), "{mine:?}");
        assert_eq!(mine.len(), theirs.len() + 1);
        acme.run(&there, "list_users", json!({})).await.fault(404);
        let end = Scripted::json(200, r#"{"users":[]}"#);
        acme.api.answer_with([end]);
        acme.run(&customer, "list_users", json!({})).await.ok();
        let asked = acme.api.requests().pop().unwrap();
        assert_eq!((asked.path.as_str(), asked.header("x-acme-key")), ("/api/users", Some("the-key")));

        let list = developer.test.get(ACTIONS).await.ok();
        assert_eq!((list.as_array().unwrap().len(), &list[0]["id"]), (1, &json!("list_users")));
        developer.test.delete(&format!("{ACTIONS}/list_users")).await.ok();
        developer.test.delete(&format!("{ACTIONS}/list_users")).await.fault(404);
        acme.run(&customer, "list_users", json!({})).await.fault(404);
        assert_eq!(ids(customer.get(path).await.ok()), theirs);
    }

    async fn what_is_wrong_with_an_action_is_told_by_field(test: TestDb) {
        let acme = Acme::start().await;
        let app = TestApp::with(&test, acme.options()).await;
        let developer = app.developer().await;
        let with = |change: Value| {
            let mut action = list_users();
            action.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            action
        };
        let built_in = "replace_thing";
        let get = |path: &str| json!({ "request": { "method": "GET", "path": path } });
        for (action, status, field) in [
            (json!({}), 400, "id"),
            (with(json!({ "id": "a/b" })), 400, "id"),
            (with(json!({ "id": "a.b" })), 400, "id"),
            (with(json!({ "id": "httprequest" })), 400, "id"),
            (with(json!({ "id": built_in })), 409, "id"),
            (with(json!({ "id": 7 })), 400, "id"),
            (with(json!({ "name": "" })), 400, "name"),
            (with(json!({ "input": { "type": "nonsense" } })), 400, "input"),
            (with(json!({ "input": [] })), 400, "input"),
            (with(get("/x/${input.nothing}")), 400, "request.path"),
            (with(get("/x/${access_token}")), 400, "request.path"),
            (with(get("/x/${credential.api_key}")), 400, "request.path"),
            (with(json!({ "request": { "method": "BREW", "path": "/" } })), 400, "request.method"),
            (with(json!({ "requets": {} })), 400, "requets"),
            // The customers' keys are for that provider, not for the developer.
            (
                with(json!({ "request": { "method": "GET", "url": "https://evil.example/" } })),
                400,
                "request.url",
            ),
        ] {
            let refused = developer.test.post(ACTIONS, action).await;
            refused.fault(status);
            assert_eq!(refused.json()["field"], field, "{}", refused.text);
        }
        assert_eq!(developer.test.get(ACTIONS).await.ok(), json!([]));
        developer.test.post(ACTIONS, list_users()).await.ok();
        developer.test.post(ACTIONS, list_users()).await.fault(409);
        let one = format!("{ACTIONS}/list_users");
        let renamed = developer.test.put(&one, with(json!({ "id": "others" }))).await;
        assert_eq!((renamed.status, &renamed.json()["field"]), (400, &json!("id")));
        developer.test.put(&format!("{ACTIONS}/others"), list_users()).await.fault(400);
        let unknown = "/api/v2/public/custom-app/nothing/action";
        developer.test.post(unknown, list_users()).await.fault(404);
        developer.test.get(unknown).await.fault(404);
    }
}
