//! Apps that a developer has written from scratch.

use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Options, TestApp};
use crate::provider::{application, auth_url, form_of, query_of, tokens};

pub const APPS: &str = "/api/v2/public/custom-app";
const BILLING: &str = "/api/v2/public/custom-app/acme_billing";
const SETTING: &str = "/api/v2/public/connector/acme_billing";
const SAVE: &str = "/api/v2/public/linked-account/integration/save-key-credentials/acme_billing";

/// A connector with a key, at this address.
pub fn keyed(api: &Receiver) -> Value {
    json!({
        "base_url": api.url("/api"),
        "auth": { "keybased": {
            "fields": [{ "name": "api_key", "label": "API key", "type": "password" }],
            "place": { "headers": { "X-Key": "${credential.api_key}" } },
            "verify": { "path": "/me", "identifier": "email" },
        } },
    })
}

fn get_invoice() -> Value {
    json!({
        "id": "get_invoice",
        "name": "Get invoice",
        "input": {
            "type": "object",
            "required": ["id"],
            "properties": { "id": { "title": "Invoice", "type": "string" } },
        },
        "request": { "method": "GET", "path": "/invoices/${input.id}" },
    })
}

/// Makes the app `acme_billing` with its one action, and switches it on.
async fn billing(developer: &Actor, api: &Receiver) {
    let new =
        json!({ "name": "Acme Billing", "description": "Invoices.", "connector": keyed(api) });
    assert_eq!(developer.post(APPS, new).await.ok()["slug"], "acme_billing");
    developer
        .post(&format!("{BILLING}/action"), get_invoice())
        .await
        .ok();
    developer
        .put(SETTING, json!({ "enabled": true }))
        .await
        .ok();
}

async fn connect(api: &Receiver, actor: &Actor) {
    api.answer_with([Scripted::json(200, r#"{"email":"ada@example.com"}"#)]);
    actor.put(SAVE, json!({ "api_key": "key-1" })).await.ok();
}

async fn run(actor: &Actor, action: &str, input: Value) -> crate::app::Answer {
    let path = format!("/api/v2/integration-schema/acme_billing/actions/{action}/execute");
    actor.post(&path, input).await
}

on_both! {
    async fn an_app_from_scratch_is_connected_and_called_like_any_other(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let new = json!({ "name": "Acme Billing", "connector": keyed(&api) });
        let made = developer.test.post(APPS, new).await.ok();
        assert_eq!(
            (&made["slug"], &made["kind"], &made["source"], &made["enabled"], &made["actions"]),
            (&json!("acme_billing"), &json!("custom"), &json!("scratch"), &json!(false), &json!(0)),
        );
        developer.test.post(&format!("{BILLING}/action"), get_invoice()).await.ok();

        // Nobody sees it before it is switched on.
        let path = "/api/v2/public/application/acme_billing";
        acme.get(path).await.fault(404);
        assert!(!acme.get("/api/v2/public/application").await.text.contains("acme_billing"));
        developer.test.put(SETTING, json!({ "enabled": true })).await.ok();
        let seen = application(&acme, "acme_billing").await;
        assert_eq!((&seen["kind"], &seen["connected"]), (&json!("custom"), &json!(false)));
        assert_eq!(seen["auth_type_options"]["keybased"][0]["name"], "api_key");
        let list = acme.get("/api/v2/public/application").await.ok();
        let list = list.as_array().unwrap();
        assert!(list.iter().any(|app| app["slug"] == "acme_billing" && app["kind"] == "custom"));
        let settings = developer.test.get("/api/v2/public/connector").await.ok();
        let settings = settings.as_array().unwrap();
        assert!(settings.iter().any(|one| one["slug"] == "acme_billing"));

        connect(&api, &acme).await;
        let seen = application(&acme, "acme_billing").await;
        assert_eq!(seen["connected_accounts"][0]["identifier"], "ada@example.com");
        api.answer_with([Scripted::json(200, r#"{"id":"inv-1"}"#)]);
        let answer = run(&acme, "get_invoice", json!({ "id": "inv-1" })).await.ok();
        assert_eq!(answer["data"], json!({ "id": "inv-1" }));
        let asked = api.requests().pop().unwrap();
        assert_eq!((asked.path.as_str(), asked.header("x-key")), ("/api/invoices/inv-1", Some("key-1")));
        let (_, message) = run(&acme, "get_invoice", json!({})).await.fault(400);
        assert!(message.contains("`id` is required"), "{message}");
        let (_, message) = run(&acme, "nothing", json!({})).await.fault(404);
        assert!(message.contains("nothing"), "{message}");
        api.answer_with([Scripted::json(200, "[]")]);
        run(&acme, "httprequest", json!({ "method": "GET", "path": "/any" })).await.ok();

        let actions = acme.get("/api/v2/integration-schema/acme_billing/actions").await.ok();
        let ids = actions.as_array().unwrap().iter().map(|action| action["action_id"].clone());
        assert_eq!(ids.collect::<Vec<_>>(), ["get_invoice", "httprequest"]);
        let fields = "/api/v2/integration-schema/acme_billing/actions/get_invoice";
        assert_eq!(acme.get(fields).await.ok()[0]["name"], "id");

        let brought = json!({ "slug": "acme_billing", "auth_object": { "keybased": { "api_key": "k" } } });
        acme.put("/api/v2/public/migrate-token", brought).await.fault(400);

        let account = acme.get("/api/v2/public/linked-account/acme").await.ok();
        let entry = &account["integrations"][0];
        assert_eq!(
            (&entry["type"], &entry["name"], &entry["app_id"]),
            (&json!("custom"), &json!("Acme Billing"), &seen["app_id"]),
        );
    }

    async fn an_app_with_oauth_uses_the_developers_client(test: TestDb) {
        let app = TestApp::start(&test).await;
        let (api, login) = (Receiver::start().await, Receiver::start().await);
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let connector = json!({
            "base_url": api.url(""),
            "auth": { "oauth2": {
                "authorization_url": login.url("/authorize"),
                "token_url": login.url("/token"),
                "revocation_url": login.url("/revoke"),
                "scopes": { "mandatory": ["read"], "optional": [] },
            } },
        });
        let new = json!({ "name": "Acme Billing", "connector": connector });
        let made = developer.test.post(APPS, new).await.ok();
        let client = json!({ "enabled": true, "client_id": "own", "client_secret": "s3cret" });
        developer.test.put(SETTING, client).await.ok();
        let url = auth_url(&acme, "acme_billing").await;
        assert_eq!(query_of(&url, "redirect_uri").as_deref(), made["callback_url"].as_str());
        login.answer_with([tokens(1, 3600)]);
        let state = query_of(&url, "state").unwrap();
        let back = format!("/api/v1/acme_billing/callback?code=c&state={state}");
        let page = app.anonymous().get(&back).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert_eq!(application(&acme, "acme_billing").await["connected"], true);

        // Deleted by force, its grants are ended at the provider all the same.
        let (code, message) = developer.test.delete(BILLING).await.fault(409);
        assert!(code == "CONFLICT" && message.contains("force=true"), "{message}");
        assert_eq!(application(&acme, "acme_billing").await["connected"], true);
        developer.test.delete(&format!("{BILLING}?force=true")).await.ok();
        let asked = login.wait_for(2).await;
        assert_eq!(asked[1].path, "/revoke");
        assert_eq!(form_of(&asked[1], "token").as_deref(), Some("refresh-1"));
        let account = acme.get("/api/v2/public/linked-account/acme").await.ok();
        assert_eq!(account["integrations"], json!([]));
        developer.test.get(BILLING).await.fault(404);
        developer.test.get(SETTING).await.fault(404);
    }

    async fn a_slug_that_was_deleted_begins_anew(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let developer = app.developer().await;
        billing(&developer.test, &api).await;
        let again = json!({ "name": "Acme Billing", "connector": keyed(&api) });
        let (code, _) = developer.test.post(APPS, again.clone()).await.fault(409);
        assert_eq!(code, "CONFLICT");
        developer.test.delete(BILLING).await.ok();
        developer.test.delete(BILLING).await.fault(404);
        let made = developer.test.post(APPS, again).await.ok();
        assert_eq!((&made["enabled"], &made["actions"]), (&json!(false), &json!(0)));
        let audit = app.audit(&developer, Environment::Test).await;
        let done: Vec<_> = audit.iter().map(|entry| entry.action.as_str()).collect();
        for action in ["Custom App Created", "Custom App Deleted", "Custom Action Created"] {
            assert!(done.contains(&action), "{done:?}");
        }
    }

    async fn a_change_counts_at_once_on_every_node(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let elsewhere = Receiver::start().await;
        let other = TestApp::node(&test, app.clock.clone(), Options::default()).await;
        let developer = app.developer().await;
        billing(&developer.test, &api).await;
        let acme = developer.test.account("acme").await;
        connect(&api, &acme).await;
        let there = acme.at(&other);
        for actor in [&acme, &there] {
            run(actor, "get_invoice", json!({ "id": "1" })).await.ok();
        }
        assert_eq!(api.requests().len(), 3);

        let change = json!({ "connector": keyed(&elsewhere) });
        assert_eq!(developer.test.put(BILLING, change).await.ok()["version"], 2);
        let mut action = developer.test.get(&format!("{BILLING}/action/get_invoice")).await.ok();
        action["request"]["path"] = json!("/v2/invoices/${input.id}");
        let changed = developer.test.put(&format!("{BILLING}/action/get_invoice"), action).await;
        assert_eq!(changed.ok()["version"], 2);
        for actor in [&acme, &there] {
            run(actor, "get_invoice", json!({ "id": "1" })).await.ok();
        }
        assert_eq!(api.requests().len(), 3);
        let asked = elsewhere.requests();
        assert!(asked.len() == 2 && asked.iter().all(|one| one.path == "/api/v2/invoices/1"));

        developer.test.delete(&format!("{BILLING}/action/get_invoice")).await.ok();
        for actor in [&acme, &there] {
            run(actor, "get_invoice", json!({ "id": "1" })).await.fault(404);
        }
    }

    async fn an_environment_knows_only_its_own_apps(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let (developer, stranger) = (app.developer().await, app.developer().await);
        billing(&developer.test, &api).await;
        for other in [&developer.live, &stranger.test] {
            other.get(BILLING).await.fault(404);
            other.put(BILLING, json!({ "name": "Mine" })).await.fault(404);
            other.delete(&format!("{BILLING}?force=true")).await.fault(404);
            other.get(SETTING).await.fault(404);
            other.post(&format!("{BILLING}/action"), get_invoice()).await.fault(404);
            assert_eq!(other.get(APPS).await.ok(), json!([]));
            let account = other.account("acme").await;
            account.put(SAVE, json!({ "api_key": "k" })).await.fault(404);
            run(&account, "get_invoice", json!({ "id": "1" })).await.fault(404);
        }
        assert_eq!(developer.test.get(BILLING).await.ok()["name"], "Acme Billing");
    }

    async fn what_a_credential_consists_of_is_not_told_of_custom_apps(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let developer = app.developer().await;
        let path = "/api/v2/public/auth-structure/acme_billing";
        app.anonymous().get(path).await.fault(404);
        billing(&developer.test, &api).await;
        assert_eq!(app.anonymous().get(path).await.ok(), json!({}));
        assert_eq!(developer.test.get(path).await.ok(), json!({}));
    }

    async fn what_is_wrong_with_a_connector_is_told_by_field(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let oauth = |token_url: &str| json!({
            "base_url": "https://api.acme.example",
            "fields": [{ "name": "host" }],
            "auth": { "oauth2": {
                "authorization_url": "https://acme.example/authorize",
                "token_url": token_url,
            } },
        });
        let none = json!({ "none": { "kind": "none" } });
        for (connector, field) in [
            (json!({}), "connector.base_url"),
            (json!({ "base_url": "https://a.example", "auth": {} }), "connector.auth"),
            (json!({ "base_url": "https://a.example", "auth": none, "nonsense": 1 }), "connector.nonsense"),
            (json!({ "base_url": "https://a.example", "auth": none, "instance": true }), "connector.base_url"),
            (json!({ "base_url": "https://${field.x}", "auth": none }), "connector.base_url"),
            (json!({ "base_url": "https://a.example", "auth": none, "slug": "other" }), "connector.slug"),
            // The developer's client secret must not go where a customer says.
            (oauth("https://${field.host}/token"), "connector.auth.oauth2.token_url"),
        ] {
            let new = json!({ "name": "Acme", "connector": connector });
            let refused = developer.test.post(APPS, new).await;
            refused.fault(400);
            assert_eq!(refused.json()["field"], field, "{}", refused.text);
        }
        for (new, status, field) in [
            (json!({ "connector": {} }), 400, "name"),
            (json!({ "name": "\n", "connector": {} }), 400, "name"),
            (json!({ "name": "Acme" }), 400, "connector"),
            (json!({ "name": "???", "connector": {} }), 400, "slug"),
            (json!({ "name": "Acme", "slug": "A b", "connector": {} }), 400, "slug"),
            (json!({ "name": "Acme", "slug": "github", "connector": {} }), 409, "slug"),
            (json!({ "name": "Acme", "slug": "import", "connector": {} }), 409, "slug"),
            (json!({ "name": "Acme", "connector": {}, "enabled": true }), 400, "enabled"),
        ] {
            let refused = developer.test.post(APPS, new).await;
            refused.fault(status);
            assert_eq!(refused.json()["field"], field, "{}", refused.text);
        }
        assert_eq!(developer.test.get(APPS).await.ok(), json!([]));
    }

    async fn an_app_is_read_changed_and_sent_back(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let developer = app.developer().await;
        billing(&developer.test, &api).await;
        let shown = developer.test.get(BILLING).await.ok();
        let same = json!({ "connector": shown["connector"], "name": "Acme Invoices" });
        let changed = developer.test.put(BILLING, same).await.ok();
        assert_eq!(changed["connector"], shown["connector"]);
        assert_eq!((&changed["name"], &changed["slug"]), (&json!("Acme Invoices"), &json!("acme_billing")));
        assert_eq!(developer.test.get(APPS).await.ok()[0]["name"], "Acme Invoices");

        // A field that an action needs cannot be taken away from it.
        let mut connector = keyed(&api);
        connector["fields"] = json!([{ "name": "region" }]);
        developer.test.put(BILLING, json!({ "connector": connector })).await.ok();
        let mut action = get_invoice();
        action["id"] = json!("regional");
        action["request"]["query"] = json!({ "region": "${field.region}" });
        developer.test.post(&format!("{BILLING}/action"), action).await.ok();
        let refused = developer.test.put(BILLING, json!({ "connector": keyed(&api) })).await;
        let (_, message) = refused.fault(400);
        assert!(message.contains("`regional` would no longer work"), "{message}");
        assert_eq!(developer.test.get(BILLING).await.ok()["version"], 3);
    }
}
