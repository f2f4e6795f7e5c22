//! Calling the developer's own API as the right customer.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Received, Receiver};

use crate::app::{Actor, Options, TestApp};
use crate::setup::{ACCOUNTS, account};

pub const AUTHENTICATION: &str = "/api/v2/public/my-app/authentication";
pub const PROXIES: &str = "/api/v2/public/api-proxy";

pub fn credential(key: &str) -> String {
    format!("/api/v2/public/linked-account/default-app/auth-credentials/{key}")
}

pub fn execute(action: &str) -> String {
    format!("{PROXIES}/{action}/execute")
}

/// The developer's API and its token endpoint.
pub struct Builder {
    pub api: Receiver,
    pub login: Receiver,
}

impl Builder {
    pub async fn start() -> Self {
        let builder = Self {
            api: Receiver::start().await,
            login: Receiver::start().await,
        };
        builder
            .api
            .answer_by_default(Scripted::json(200, r#"{"ok":true}"#));
        builder
    }

    /// The customer's key is exchanged for a token, which is put into every request.
    pub async fn exchange(&self, developer: &Actor, cache_s: u32) {
        let definition = json!({
            "setup_auth": {
                "method": "POST",
                "url": self.login.url("/token/{{linked_account.account_id}}"),
                "headers": { "x-client": "the-builders-own" },
                "body": { "key": "{{linked_account.auth_credentials.api_key}}" },
                "cache_seconds": cache_s,
            },
            "token_injections": {
                "headers": { "Authorization": "Bearer {{response.token}}" },
            },
        });
        developer.put(AUTHENTICATION, definition).await.ok();
    }

    /// A proxy that reads a thing.
    pub async fn proxy(&self, developer: &Actor) -> Value {
        let proxy = json!({
            "name": "Get thing",
            "fields": [{ "name": "id", "label": "Id", "type": "Text", "required": true }],
            "request": { "method": "GET", "base_url": self.api.url(""), "endpoint": "/things/{id}" },
        });
        developer.post(PROXIES, proxy).await.ok()
    }

    pub fn called_with(&self, header: &str) -> Vec<String> {
        let header = |request: Received| request.header(header).unwrap_or("none").to_owned();
        self.api.requests().into_iter().map(header).collect()
    }
}

pub fn token(number: u32) -> Scripted {
    Scripted::json(
        200,
        &json!({ "token": format!("token-number-{number}") }).to_string(),
    )
}

pub fn thing() -> Value {
    json!({ "id": "7" })
}

on_both! {
    async fn credentials_are_set_one_at_a_time(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let session = developer.session("acme").await;
        let path = credential("api%20key%2F%C3%BC");
        for (actor, value, action) in [
            (&acme, json!("the-first-value"), "added"),
            (&acme, json!("the-first-value"), "updated"),
            (&session, json!(42), "updated"),
        ] {
            let set = actor.put(&path, json!({ "value": value })).await.ok();
            assert_eq!((&set["success"], &set["action"]), (&json!(true), &json!(action)));
            assert!(set["message"].is_string());
        }
        let gone = acme.delete(&path).await.ok();
        assert_eq!(gone["success"], true);
        let again = acme.delete(&path).await.fault(404);
        assert_eq!(again.0, "RESOURCE_NOT_FOUND");
        assert!(!again.1.contains("integration"), "{}", again.1);
    }

    async fn a_credential_needs_its_account(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let (path, value) = (credential("k"), json!({ "value": "v" }));
        let told = "Default app integration not found for linked account nobody";
        let nobody = developer.test.on("nobody");
        for refused in [nobody.put(&path, value.clone()).await, nobody.delete(&path).await] {
            assert_eq!(refused.fault(404), ("RESOURCE_NOT_FOUND".to_owned(), told.to_owned()));
        }
        let bare = developer.test.account("bare").await;
        assert!(bare.delete(&path).await.fault(404).1.contains("integration not found"));
        assert_eq!(developer.test.put(&path, value.clone()).await.fault(400).0,
            "MISSING_LINKED_ACCOUNT_ID");
        assert_eq!(bare.put(&path, json!({})).await.fault(400).0, "MISSING_REQUIRED_FIELD");
        for (key, body) in [
            ("k", json!({ "value": "x".repeat(5000) })),
            ("k", json!({ "value": "a\u{0}b" })),
            (&"k".repeat(256), value.clone()),
            ("a%0Ab%00", value.clone()),
        ] {
            let refused = bare.put(&credential(key), body).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{key}");
        }
        for at in 0..100 {
            bare.put(&credential(&format!("k{at}")), value.clone()).await.ok();
        }
        assert_eq!(bare.put(&credential("one-more"), value.clone()).await.status, 400);
        bare.put(&credential("k0"), value).await.ok();
    }

    async fn no_route_reads_a_credential(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let session = developer.session("acme").await;
        let secret = "the-customers-own-secret";
        acme.put(&credential("api_key"), json!({ "value": secret })).await.ok();
        for path in [ACCOUNTS, &account("acme"), crate::setup::ACTIVE, AUTHENTICATION, PROXIES] {
            for actor in [&acme, &session] {
                let answer = actor.get(path).await;
                assert!(!answer.text.contains(secret), "{path}: {}", answer.text);
            }
        }
        assert_eq!(acme.get(&credential("api_key")).await.status, 405);
        // Not even by way of an API that repeats it.
        let builder = Builder::start().await;
        let injected = json!({ "token_injections": {
            "query": { "k": "{{linked_account.auth_credentials.api_key}}" } } });
        developer.put(AUTHENTICATION, injected).await.ok();
        builder.proxy(&developer).await;
        let echo = json!({ "you": format!("sent {secret}") }).to_string();
        builder.api.answer_with([Scripted::json(200, &echo), Scripted::json(404, &echo)]);
        let path = execute("get_thing");
        let told = acme.post(&path, thing()).await;
        assert_eq!(told.ok()["data"]["you"], "sent [redacted]");
        let refused = session.post(&path, thing()).await;
        assert_eq!(refused.json()["data"]["you"], "sent [redacted]");
        assert_eq!(builder.api.requests()[0].query.as_deref(), Some(&*format!("k={secret}")));
    }

    async fn each_customer_is_authenticated_as_itself(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        builder.exchange(&developer, 600).await;
        builder.proxy(&developer).await;
        let (one, two) = (developer.account("one").await, developer.account("two").await);
        one.put(&credential("api_key"), json!({ "value": "key-of-one" })).await.ok();
        two.put(&credential("api_key"), json!({ "value": "key-of-two" })).await.ok();
        builder.login.answer_with([token(1), token(2)]);
        let path = execute("get_thing");
        for actor in [&one, &two, &one, &two, &developer.session("one").await] {
            let answer = actor.post(&path, thing()).await.ok();
            assert_eq!(answer, json!({ "node_status": "Success", "success": true,
                "http_status": 200, "data": { "ok": true } }));
        }
        assert_eq!(builder.called_with("authorization"), [1, 2, 1, 2, 1]
            .map(|n| format!("Bearer token-number-{n}")));
        let exchanges = builder.login.requests();
        let asked: Vec<_> = exchanges.iter().map(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            (request.path.clone(), body["key"].as_str().unwrap().to_owned())
        }).collect();
        assert_eq!(asked, [("/token/one".to_owned(), "key-of-one".to_owned()),
            ("/token/two".to_owned(), "key-of-two".to_owned())]);
        assert_eq!(exchanges[0].header("x-client"), Some("the-builders-own"));
    }

    async fn a_token_is_kept_until_its_time_or_a_change(test: TestDb) {
        let app = TestApp::start(&test).await;
        let other = TestApp::node(&test, app.clock.clone(), Options::default()).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        builder.exchange(&developer, 600).await;
        builder.proxy(&developer).await;
        let acme = developer.account("acme").await;
        let set = |value: &'static str| {
            let acme = acme.clone();
            async move {
                acme.put(&credential("api_key"), json!({ "value": value })).await.ok();
            }
        };
        set("first").await;
        builder.login.answer_with((1..20).map(token));
        let path = execute("get_thing");
        let call = || async {
            acme.post(&path, thing()).await.ok();
            builder.login.requests().len()
        };
        assert_eq!((call().await, call().await), (1, 1));
        // The same value again is a change, too: it is how somebody asks for a new token.
        set("first").await;
        assert_eq!((call().await, call().await), (2, 2));
        app.clock.advance_ms(599_999);
        assert_eq!(call().await, 2);
        app.clock.advance_ms(1);
        assert_eq!((call().await, call().await), (3, 3));
        // Another node sees the change, and has tokens of its own.
        acme.at(&other).post(&path, thing()).await.ok();
        assert_eq!(builder.login.requests().len(), 4);
        acme.at(&other).put(&credential("more"), json!({ "value": "x" })).await.ok();
        assert_eq!((call().await, call().await), (5, 5));
        acme.delete(&credential("more")).await.ok();
        assert_eq!((call().await, call().await), (6, 6));
        let whole = json!({ "account_id": "acme", "your_app": { "auth_credentials": { "more": "y" } } });
        developer.put(ACCOUNTS, whole).await.ok();
        assert_eq!((call().await, call().await), (7, 7));
        builder.exchange(&developer, 600).await;
        assert_eq!((call().await, call().await), (8, 8));
        // An account of the same name is another one.
        developer.delete(&account("acme")).await.ok();
        developer.account("acme").await;
        set("first").await;
        assert_eq!(call().await, 9);
        builder.exchange(&developer, 0).await;
        assert_eq!((call().await, call().await), (10, 11));
    }

    async fn many_callers_make_one_exchange(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        builder.exchange(&developer, 600).await;
        builder.proxy(&developer).await;
        let acme = developer.account("acme").await;
        acme.put(&credential("api_key"), json!({ "value": "k" })).await.ok();
        builder.login.answer_with([token(1).after_ms(300)]);
        builder.login.answer_by_default(token(2));
        let path = execute("get_thing");
        let calls = (0..20).map(|_| acme.post(&path, thing()));
        for answer in futures_util::future::join_all(calls).await {
            answer.ok();
        }
        assert_eq!(builder.login.requests().len(), 1);
        assert_eq!(builder.called_with("authorization"), vec!["Bearer token-number-1"; 20]);
    }

    async fn a_kept_token_that_is_refused_is_exchanged_once_more(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        builder.exchange(&developer, 600).await;
        builder.proxy(&developer).await;
        let acme = developer.account("acme").await;
        acme.put(&credential("api_key"), json!({ "value": "k" })).await.ok();
        builder.login.answer_with([token(1), token(2), token(3)]);
        let ok = || Scripted::json(200, "{}");
        builder.api.answer_with([ok(), Scripted::status(401), ok(), Scripted::status(401),
            Scripted::status(401)]);
        let path = execute("get_thing");
        acme.post(&path, thing()).await.ok();
        acme.post(&path, thing()).await.ok();
        let refused = acme.post(&path, thing()).await;
        assert_eq!(refused.json()["error_class"], "auth");
        assert_eq!(refused.json()["http_status"], 401);
        refused.fault(400);
        assert_eq!(builder.called_with("authorization"), [1, 1, 2, 2, 3]
            .map(|n| format!("Bearer token-number-{n}")));
    }

    async fn a_failing_exchange_is_told(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        builder.exchange(&developer, 600).await;
        builder.proxy(&developer).await;
        let acme = developer.account("acme").await;
        let path = execute("get_thing");
        let unset = acme.post(&path, thing()).await.fault(400);
        assert!(unset.1.contains("{{linked_account.auth_credentials.api_key}}"), "{}", unset.1);
        acme.put(&credential("api_key"), json!({ "value": "the-secret-key" })).await.ok();
        for (answer, status, class) in [
            (Scripted::json(401, r#"{"no":"the-secret-key"}"#), 400, "auth"),
            (Scripted::status(503), 502, "transient"),
            (Scripted::hang_up(), 502, "transient"),
            (Scripted::json(200, "token"), 502, "permanent"),
        ] {
            builder.login.answer_with([answer]);
            let failed = acme.post(&path, thing()).await;
            assert_eq!(failed.json()["error_class"], class, "{}", failed.text);
            assert_eq!(failed.json()["node_status"], "Errored");
            assert!(!failed.text.contains("the-secret-key"), "{}", failed.text);
            failed.fault(status);
        }
        builder.login.answer_with([Scripted::json(200, r#"{"other":1}"#)]);
        let missing = acme.post(&path, thing()).await.fault(400);
        assert!(missing.1.contains("{{response.token}}"), "{}", missing.1);
        assert_eq!(builder.api.requests().len(), 0);
    }

    async fn a_script_prepares_the_exchange(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        builder.proxy(&developer).await;
        let definition = json!({
            "setup_auth": {
                "url": builder.login.url("/token"),
                "body": {},
                "pre_auth_script": "request.headers['x-signed'] = \
                    linked_account.auth_credentials.api_key + ':' + Date.now();",
            },
            "token_injections": {
                "query": { "t": "{{response.data.0.token}}" },
                "headers": { "x-tenant": "{{linked_account.udf.tenant}}" },
            },
        });
        let set = developer.put(AUTHENTICATION, definition.clone()).await.ok();
        assert_eq!(set["setup_auth"], definition["setup_auth"]);
        assert_eq!(developer.get(AUTHENTICATION).await.ok(), set);
        let acme = json!({ "account_id": "acme", "udf": { "tenant": "t-1" },
            "your_app": { "auth_credentials": { "api_key": "k" } } });
        developer.post(ACCOUNTS, acme).await.ok();
        builder.login.answer_with([Scripted::json(200, r#"{"data":[{"token":"a&b"}]}"#)]);
        developer.on("acme").post(&execute("get_thing"), thing()).await.ok();
        let signed = format!("k:{}", app.core.now().as_millis());
        assert_eq!(builder.login.requests()[0].header("x-signed"), Some(&*signed));
        let call = &builder.api.requests()[0];
        assert_eq!((call.path.as_str(), call.query.as_deref()), ("/things/7", Some("t=a%26b")));
        assert_eq!(call.header("x-tenant"), Some("t-1"));
    }

    async fn what_cannot_work_is_refused_when_it_is_saved(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let before = developer.get(AUTHENTICATION).await.ok();
        assert_eq!(before, json!({ "setup_auth": null, "updatedAt": null,
            "token_injections": { "query": {}, "headers": {}, "body": {} } }));
        let setup = |more: Value| {
            let mut setup = json!({ "url": "https://api.example.com/token" });
            setup.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "setup_auth": setup })
        };
        let headers = |text: &str| json!({ "token_injections": { "headers": { "x": text } } });
        for (body, field) in [
            (json!({ "setup": {} }), "setup"),
            (json!({ "setup_auth": [] }), "setup_auth"),
            (json!({ "setup_auth": {} }), "setup_auth.url"),
            (setup(json!({ "url": "https://{{linked_account.udf.host}}/" })), "setup_auth.url"),
            (setup(json!({ "url": "ftp://example.com" })), "setup_auth.url"),
            (setup(json!({ "method": "TRACE" })), "setup_auth.method"),
            (setup(json!({ "headers": { "Host": "x" } })), "setup_auth.headers.Host"),
            (setup(json!({ "headers": { "a": "b\r\nc: d" } })), "setup_auth.headers.a"),
            (setup(json!({ "body": { "a": [{ "b": "{{nothing}}" }] } })), "setup_auth.body.a.0.b"),
            (setup(json!({ "query": { "a": "{{response.b}}" } })), "setup_auth"),
            (setup(json!({ "query": { "a": "{{input.b}}" } })), "setup_auth"),
            (setup(json!({ "cache_seconds": -1 })), "setup_auth.cache_seconds"),
            (setup(json!({ "pre_auth_script": "let = ;" })), "setup_auth.pre_auth_script"),
            (setup(json!({ "other": 1 })), "setup_auth.other"),
            (headers("{{linked_account.udf}}"), "token_injections.headers.x"),
            (headers("{{response.token}}"), "token_injections"),
            (headers("{{input.token}}"), "token_injections"),
            (headers("{{a"), "token_injections.headers.x"),
            (json!({ "token_injections": { "body": "text" } }), "token_injections.body"),
            (json!({ "token_injections": { "cookies": {} } }), "token_injections.cookies"),
        ] {
            let refused = developer.put(AUTHENTICATION, body.clone()).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{body}");
            assert_eq!(refused.json()["field"], field, "{body}: {}", refused.text);
        }
        assert_eq!(developer.get(AUTHENTICATION).await.ok(), before);
    }

    async fn environments_have_their_own(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let builder = Builder::start().await;
        builder.exchange(&developer.test, 60).await;
        builder.proxy(&developer.test).await;
        assert_eq!(developer.live.get(AUTHENTICATION).await.ok()["setup_auth"], Value::Null);
        assert_eq!(developer.live.get(PROXIES).await.ok(), json!([]));
        let live = developer.live.account("acme").await;
        assert_eq!(live.post(&execute("get_thing"), thing()).await.fault(404).0, "RESOURCE_NOT_FOUND");
    }
}
