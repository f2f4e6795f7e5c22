//! Running actions: who is called how, and what comes back.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, TestApp};
use crate::provider::{Acme, LIST_CONTACTS, connect};

const CREATE_CONTACT: &str =
    "/api/v2/integration-schema/playground_app/actions/create_contact/execute";
const HTTP: &str = "/api/v2/integration-schema/playground_app/actions/httprequest/execute";

/// An account that is connected to the scripted provider by a key.
async fn connected(provider: &Acme, app: &TestApp) -> Actor {
    let developer = app.developer().await;
    provider.enable(&developer.test).await;
    let acme = developer.test.account("acme").await;
    provider.connect_by_key(&acme, "the-key").await;
    acme
}

/// What reached the provider, after the call that connected.
fn calls(provider: &Acme) -> usize {
    provider.api.requests().len() - 1
}

on_both! {
    async fn an_action_runs_with_the_customers_own_credential(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let setting = json!({ "scopes": ["contacts.write"] });
        developer.test.put("/api/v2/public/connector/playground_app", setting).await.ok();
        let ada = developer.test.account("ada").await;
        let bob = developer.test.account("bob").await;
        connect(&ada, "ada@example.com").await;
        connect(&bob, "bob@example.com").await;
        for (actor, name) in [(&ada, "Charles"), (&bob, "Grace")] {
            let contact = json!({ "email": "x@example.com", "name": name });
            let made = actor.post(CREATE_CONTACT, contact).await.ok();
            assert_eq!(made["node_status"], json!("Success"));
            assert_eq!(made["success"], json!(true));
            assert_eq!(made["http_status"], json!(201));
            assert_eq!(made["data"]["name"], json!(name));
        }
        for (actor, name) in [(&ada, "Charles"), (&bob, "Grace")] {
            let listed = actor.post(LIST_CONTACTS, json!({})).await.ok();
            let found = listed["data"]["data"].as_array().unwrap();
            assert_eq!(found.len(), 1, "{listed}");
            assert_eq!(found[0]["name"], json!(name));
        }
        // The customer may do the same for itself, and for nobody else.
        let session = developer.test.session("ada").await.on("bob");
        let listed = session.post(LIST_CONTACTS, json!({})).await.ok();
        assert_eq!(listed["data"]["data"][0]["name"], json!("Charles"));
        let nobody = developer.test.post(LIST_CONTACTS, json!({})).await;
        assert_eq!(nobody.fault(400).0, "MISSING_LINKED_ACCOUNT_ID");
    }

    async fn every_action_of_the_playground_runs(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let setting = json!({ "scopes": ["contacts.write"] });
        developer.test.put("/api/v2/public/connector/playground_app", setting).await.ok();
        let ada = developer.test.account("ada").await;
        connect(&ada, "ada@example.com").await;
        let listed = ada.get("/api/v2/integration-schema/playground_app/actions").await.ok();
        assert_eq!(listed.as_array().unwrap().len(), 7, "{listed}");
        let contact = json!({ "email": "x@example.com", "name": "Grace" });
        let made = ada.post(CREATE_CONTACT, contact).await.ok();
        let id = &made["data"]["id"];
        for (action, input, pointer, expected) in [
            ("get_me", json!({}), "/data/email", json!("ada@example.com")),
            ("get_contact", json!({ "id": id }), "/data/name", json!("Grace")),
            ("update_contact", json!({ "id": id, "name": "Hopper" }), "/data/name", json!("Hopper")),
            ("list_contacts", json!({}), "/data/data/0/name", json!("Hopper")),
            ("delete_contact", json!({ "id": id }), "/http_status", json!(204)),
            ("list_contacts", json!({}), "/data/data", json!([])),
        ] {
            let path = format!("/api/v2/integration-schema/playground_app/actions/{action}/execute");
            let done = ada.post(&path, input).await.ok();
            assert_eq!(done["node_status"], json!("Success"), "{action}: {done}");
            assert_eq!(done.pointer(pointer), Some(&expected), "{action}: {done}");
        }
    }

    async fn what_is_not_there_is_named(test: TestDb) {
        let app = TestApp::start(&test).await;
        let acme = app.developer().await.test.account("acme").await;
        let base = "/api/v2/integration-schema";
        for (path, message) in [
            ("/nothing/actions", "Application app_type 'nothing' not found"),
            ("/nothing/actions/x", "Application app_type 'nothing' not found"),
            ("/playground_app/actions/fly", "Action fly not found in Application playground_app"),
        ] {
            let fault = ("SERVER_ERROR".to_owned(), message.to_owned());
            assert_eq!(acme.get(&format!("{base}{path}")).await.fault(404), fault);
            let execute = format!("{base}{path}/execute");
            if !path.ends_with("actions") {
                assert_eq!(acme.post(&execute, json!({})).await.fault(404), fault);
            }
        }
    }

    async fn actions_and_their_inputs_are_listed(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = app.developer().await.test.account("acme").await;
        let listed = acme.get("/api/v2/integration-schema/acme/actions").await.ok();
        insta::assert_json_snapshot!("actions_of_acme", listed);
        let inputs = acme.get("/api/v2/integration-schema/acme/actions/make_thing").await.ok();
        insta::assert_json_snapshot!("inputs_of_make_thing", inputs);
    }

    async fn input_that_does_not_fit_never_reaches_the_provider(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        for (action, input, field) in [
            ("make_thing", json!({}), "name"),
            ("make_thing", json!({ "name": 7 }), "name"),
            ("make_thing", json!({ "name": "x", "parts": {} }), "parts"),
            ("make_thing", json!({ "name": "x", "parts": [{}, { "size": "big" }] }), "parts.1.size"),
            ("list_things", json!({ "limit": 10 }), "limit"),
            ("list_things", json!({ "limit": "3" }), "limit"),
            ("httprequest", json!({ "path": "/x" }), "method"),
            ("httprequest", json!({ "method": "TRACE", "path": "/x" }), "method"),
        ] {
            let refused = provider.run(&acme, action, input.clone()).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR");
            assert_eq!(refused.json()["field"], json!(field), "{input}");
        }
        let path = "/api/v2/integration-schema/acme/actions/list_things/execute";
        for body in ["[]", "{", "\"x\""] {
            let refused = acme.send("POST", path, Some(body.into())).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{body}");
        }
        assert_eq!(calls(&provider), 0);
    }

    async fn a_call_is_built_from_its_input(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        provider.api.answer_with([Scripted::json(200, r#"{"things":[1,2],"next":"x"}"#)]);
        let listed = provider.run(&acme, "list_things", json!({ "limit": 2 })).await.ok();
        assert_eq!(listed["data"], json!([1, 2]), "the part that the action is about");
        provider.api.answer_with([Scripted::status(204)]);
        let input = json!({ "id": "a/b?c", "name": "é" });
        let replaced = provider.run(&acme, "replace_thing", input).await.ok();
        assert_eq!((&replaced["data"], &replaced["http_status"]), (&Value::Null, &json!(204)));
        let sent = provider.api.requests();
        assert_eq!((sent[1].path.as_str(), sent[1].query.as_deref()), ("/api/things", Some("limit=2")));
        assert_eq!(sent[1].header("x-acme-key"), Some("the-key"));
        assert_eq!(sent[2].path, "/api/things/a%2Fb%3Fc");
        let body: Value = serde_json::from_slice(&sent[2].body).unwrap();
        assert_eq!(body, json!({ "name": "é" }));
        assert_eq!(sent[2].header("content-type"), Some("application/json"));
    }

    async fn a_refusal_is_permanent_and_shows_what_the_provider_said(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        provider.api.answer_with([Scripted::json(422, r#"{"errors":[{"at":"name"}]}"#)]);
        let refused = provider.run(&acme, "list_things", json!({})).await;
        refused.fault(400);
        insta::assert_json_snapshot!("a_refused_call", refused.json(), { ".request_id" => "[id]" });
        for status in [400, 403, 404, 409] {
            provider.api.answer_with([Scripted::status(status)]);
            let refused = provider.run(&acme, "list_things", json!({})).await;
            assert_eq!(refused.fault(400).0, "EXTERNAL_API_FAILURE");
            let body = refused.json();
            assert_eq!(body["error_class"], json!("permanent"));
            assert_eq!(body["http_status"], json!(status));
        }
        assert_eq!(calls(&provider), 5, "a refused call was repeated");
        assert_eq!(provider.status(&acme).await, json!("active"));
    }

    async fn an_answer_that_is_not_json_is_handed_on_as_text(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let page = "<!doctype html><title>Maintenance</title>";
        let html = |status| Scripted::status(status).header("content-type", "text/html").body(page);
        let csv = Scripted::status(200).header("content-type", "text/csv").body("id,name\n1,x\n");
        provider.api.answer_with([csv, html(200), html(404), html(502)]);
        let answered = provider.run(&acme, "list_things", json!({})).await.ok();
        assert_eq!(answered["data"], json!("id,name\n1,x\n"));
        // A page for people, whatever its status says, is no answer.
        for (status, class) in [(502, "transient"), (400, "permanent"), (502, "transient")] {
            let refused = provider.run(&acme, "make_thing", json!({ "name": "x" })).await;
            refused.fault(status);
            assert_eq!(refused.json()["data"], json!(page));
            assert_eq!(refused.json()["error_class"], json!(class));
        }
    }

    async fn an_answer_that_is_too_large_is_not_asked_for_again(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        provider.api.answer_by_default(Scripted::status(200).body(vec![b' '; 4 * 1024 * 1024 + 1]));
        for (action, input) in [("list_things", json!({})), ("make_thing", json!({ "name": "x" }))] {
            let refused = provider.run(&acme, action, input).await;
            let (code, message) = refused.fault(502);
            assert_eq!(code, "EXTERNAL_API_FAILURE");
            assert!(message.contains("larger than allowed"), "{message}");
            assert_eq!(refused.json()["error_class"], json!("permanent"));
        }
        assert_eq!(calls(&provider), 2);
    }

    async fn a_redirect_never_takes_the_credential_elsewhere(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let elsewhere = Receiver::start().await;
        for status in [301, 302, 303, 307, 308] {
            let away = Scripted::status(status).header("location", &elsewhere.url("/steal"));
            provider.api.answer_with([away]);
            let refused = provider.run(&acme, "list_things", json!({})).await;
            refused.fault(400);
            assert_eq!(refused.json()["http_status"], json!(status));
        }
        assert!(elsewhere.requests().is_empty());
        let within = Scripted::redirect("/api/other");
        provider.api.answer_with([within, Scripted::json(200, r#"{"things":[7]}"#)]);
        let listed = provider.run(&acme, "list_things", json!({})).await.ok();
        assert_eq!(listed["data"], json!([7]));
        let last = provider.api.requests().pop().unwrap();
        assert_eq!((last.path.as_str(), last.header("x-acme-key")), ("/api/other", Some("the-key")));
    }

    async fn httprequest_calls_what_the_caller_writes(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let request = json!({
            "method": "PATCH",
            "path": "/things/7?a=1",
            "query": { "b": [2, "3"], "c": null },
            "headers": { "X-Trace": "t" },
            "body": { "on": true },
        });
        provider.api.answer_with([Scripted::json(200, r#"{"ok":1}"#)]);
        let answered = provider.run(&acme, "httprequest", request).await.ok();
        assert_eq!(answered["data"], json!({ "ok": 1 }));
        let sent = provider.api.requests().pop().unwrap();
        assert_eq!(sent.method.as_str(), "PATCH");
        assert_eq!(sent.path, "/api/things/7");
        assert_eq!(sent.query.as_deref(), Some("a=1&b=2&b=3"));
        assert_eq!(sent.header("x-trace"), Some("t"));
        assert_eq!(sent.header("x-acme-key"), Some("the-key"));
        assert_eq!(sent.body.as_ref(), br#"{"on":true}"#);
    }

    async fn httprequest_does_not_leave_the_providers_api(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let acme = connected(&provider, &app).await;
        let elsewhere = Receiver::start().await;
        for path in [
            elsewhere.url("/steal").as_str(),
            &elsewhere.url("/steal").replace("http:", ""),
            "@evil.example/",
            "/../admin",
            "/x/../../admin",
            "/%2e%2e/admin",
            "/.%2E/admin",
            "\\\\evil.example\\x",
            "/x#y",
            "/x\r\nX-Acme-Key: other",
        ] {
            let call = json!({ "method": "GET", "path": path });
            let answer = provider.run(&acme, "httprequest", call).await;
            if answer.status != 200 {
                assert_eq!(answer.fault(400).0, "VALIDATION_ERROR", "{path}");
            }
        }
        for name in ["X-Acme-Key", "x-acme-region", "Authorization", "Host", "Cookie", "Content-Length"] {
            let call = json!({ "method": "GET", "path": "/", "headers": { name: "mine" } });
            let refused = provider.run(&acme, "httprequest", call).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{name}");
        }
        assert!(elsewhere.requests().is_empty());
        for sent in &provider.api.requests()[1..] {
            assert!(sent.path.starts_with("/api/"), "{sent:?}");
            assert_eq!(sent.header("x-acme-key"), Some("the-key"));
        }
    }

    async fn httprequest_reaches_nothing_of_this_server_but_the_playground(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        let me = json!({ "method": "GET", "path": "/playground/api/me" });
        assert_eq!(acme.post(HTTP, me).await.ok()["data"]["email"], json!("ada@example.com"));
        for path in [
            "/",
            "/metrics",
            "/healthz",
            "/api/v2/public/linked-account",
            "/playgroundx",
            "/playground/../metrics",
            "/playground/%2e%2e/metrics",
            "/playground%2f..%2fmetrics",
            "//127.0.0.1/metrics",
        ] {
            let call = json!({
                "method": "GET",
                "path": path,
                "headers": { "x-api-key": developer.test.key() },
            });
            let refused = acme.post(HTTP, call).await;
            assert_eq!(refused.status, 400, "{path}: {}", refused.text);
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{path}");
        }
    }
}
