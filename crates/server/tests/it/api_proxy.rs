//! API proxies: how they are kept, what they send, and what comes back.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::Answer as Scripted;

use crate::app::{Actor, Options, TestApp};
use crate::my_app::{AUTHENTICATION, Builder, PROXIES, credential, execute};

fn one(proxy: &Value) -> String {
    format!("{PROXIES}/{}", proxy["_id"].as_str().unwrap())
}

fn test_path(action: &str) -> String {
    format!("{PROXIES}/{action}/test")
}

/// A developer's proxy, and an account to call it as.
async fn made(developer: &Actor, request: Value, more: Value) -> Actor {
    let mut proxy = json!({ "name": "Call", "action_id": "call", "request": request });
    proxy
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    developer.post(PROXIES, proxy).await.ok();
    developer.account("acme").await
}

on_both! {
    async fn a_proxy_is_made_changed_and_removed(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let request = json!({ "base_url": "https://api.example.com", "endpoint": "/x" });
        let made = developer.post(PROXIES, json!({ "name": "Get Things!", "request": request })).await.ok();
        assert_eq!(made["action_id"], "get_things");
        assert_eq!(made["request"], request);
        assert_eq!((&made["fields"], &made["options"]), (&json!([]), &json!({})));
        assert_eq!(made["environment"], "test");
        assert_eq!(developer.get(&one(&made)).await.ok(), made);
        assert_eq!(developer.get(PROXIES).await.ok(), json!([made]));
        let other = json!({ "name": "Other", "action_id": "other", "request": request });
        let other = developer.post(PROXIES, other).await.ok();
        let taken = json!({ "action_id": "other" });
        assert_eq!(developer.put(&one(&made), taken.clone()).await.fault(409).0, "CONFLICT");
        let again = json!({ "name": "x", "action_id": "other", "request": request });
        assert_eq!(developer.post(PROXIES, again).await.fault(409).0, "CONFLICT");
        developer.put(&one(&other), taken).await.ok();
        app.clock.advance_ms(5);
        let change = json!({ "description": "Reads", "options": { "override_global_token_injection": true } });
        let changed = developer.put(&one(&made), change).await.ok();
        assert_eq!((&changed["name"], &changed["description"]), (&json!("Get Things!"), &json!("Reads")));
        assert_eq!(changed["request"], request);
        assert_eq!(changed["__v"], 1);
        assert_ne!(changed["updatedAt"], made["updatedAt"]);
        assert_eq!(developer.delete(&one(&made)).await.ok()["success"], true);
        for gone in [developer.get(&one(&made)).await, developer.delete(&one(&made)).await,
            developer.put(&one(&made), json!({})).await, developer.get(&format!("{PROXIES}/x")).await] {
            assert_eq!(gone.fault(404).0, "RESOURCE_NOT_FOUND");
        }
    }

    async fn a_proxy_that_cannot_work_is_not_saved(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let with = |part: &str, value: Value| {
            let mut proxy = json!({
                "name": "P", "fields": [{ "name": "id" }],
                "request": { "base_url": "https://api.example.com", "endpoint": "/x" },
                "options": {},
            });
            let (place, name) = part.split_once('.').unwrap_or(("", part));
            let target = if place.is_empty() { &mut proxy } else { &mut proxy[place] };
            target[name] = value;
            proxy
        };
        for (part, value, field) in [
            ("name", json!(""), "name"),
            ("name", json!(7), "name"),
            ("action_id", json!("a b"), "action_id"),
            ("other", json!(1), "other"),
            ("fields", json!({}), "fields"),
            ("fields", json!([{ "name": "a" }, { "name": "a" }]), "fields.1.name"),
            ("fields", json!([{ "name": "a b" }]), "fields.0.name"),
            ("fields", json!([{ "name": "a", "type": "Date" }]), "fields.0.type"),
            ("fields", json!([{ "name": "max_items" }]), "fields.0.name"),
            ("fields", json!([{ "name": "a", "requierd": true }]), "fields.0.requierd"),
            ("request", json!(null), "request"),
            ("request.base_url", json!("example.com"), "request.base_url"),
            ("request.base_url", json!("https://{{input.id}}.com"), "request.base_url"),
            ("request.base_url", json!("https://{{linked_account.udf.host}}"), "request.base_url"),
            ("request.endpoint", json!("/x/{nothing}"), "request.endpoint"),
            ("request.endpoint", json!("/x/{{input.nothing}}"), "request"),
            ("request.path_params", json!({ "a": "b" }), "request.path_params.a"),
            ("request.body", json!({ "a": 1 }), "request.body"),
            ("request.headers", json!({ "content-length": "5" }), "request.headers.content-length"),
            ("request.pre_request_script", json!("if ("), "request.pre_request_script"),
            ("options.paginate", json!({}), "options.paginate"),
            ("options.paginate", json!({ "page": {} }), "options.paginate.page"),
            ("options.paginate", json!({ "pages": {} }), "options.paginate"),
            ("options.retries", json!(3), "options.retries"),
        ] {
            let body = with(part, value);
            let refused = developer.post(PROXIES, body.clone()).await;
            assert_eq!(refused.status, 400, "{body}: {}", refused.text);
            let named = refused.json()["field"].as_str().unwrap().to_owned();
            assert!(named.starts_with(field), "{body}: {}", refused.text);
        }
        assert_eq!(developer.get(PROXIES).await.ok(), json!([]));
    }

    async fn fields_are_checked_and_put_where_they_belong(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        let request = json!({
            "method": "POST",
            "base_url": builder.api.url("/v1"),
            "endpoint": "things/{kind}/{{linked_account.account_id}}?fixed=1",
            "path_params": { "kind": "{{input.kind}}" },
            "query": { "q": "{{input.q}}", "tags": "{{input.data.tags}}", "none": "{{input.left_out}}" },
            "headers": { "X-Q": "q={{input.q}}", "X-None": "{{input.left_out}}" },
            "body": { "n": "{{input.n}}", "text": "n is {{input.n}}", "data": "{{input.data}}",
                "none": { "x": "{{input.left_out}}" }, "fixed": [true, null] },
        });
        let fields = json!([
            { "name": "kind", "type": "Text", "required": true },
            { "name": "q", "type": "Textarea" }, { "name": "left_out" },
            { "name": "n", "type": "number" }, { "name": "data", "type": "JSON" },
            { "name": "mail", "type": "Email" }, { "name": "site", "type": "URL" },
        ]);
        let acme = made(&developer, request, json!({ "fields": fields })).await;
        let path = execute("call");
        let input = json!({ "kind": "a/b?c", "q": "x&y=\u{fc}\"", "n": "4.50", "data": "{\"tags\":[\"s\",2]}",
            "mail": "ada@example.com", "site": "https://example.com" });
        acme.post(&path, input).await.ok();
        let sent = &builder.api.requests()[0];
        assert_eq!(sent.path, "/v1/things/a%2Fb%3Fc/acme");
        assert_eq!(sent.query.as_deref(), Some("fixed=1&q=x%26y%3D%C3%BC%22&tags=s&tags=2"));
        assert_eq!(sent.header("x-none"), None);
        assert_eq!(sent.header("content-type"), Some("application/json"));
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(body, json!({ "n": 4.5, "text": "n is 4.5", "data": { "tags": ["s", 2] },
            "fixed": [true, null] }));
        for (input, field) in [
            (json!({}), "kind"),
            (json!({ "kind": "" }), "kind"),
            (json!({ "kind": {} }), "kind"),
            (json!({ "kind": ".." }), ""),
            (json!({ "kind": "k", "n": "four" }), "n"),
            (json!({ "kind": "k", "data": "{" }), "data"),
            (json!({ "kind": "k", "mail": "ada" }), "mail"),
            (json!({ "kind": "k", "site": "ftp://x" }), "site"),
            (json!({ "kind": "k", "other": 1 }), "other"),
            (json!({ "kind": "k", "q": "a\r\nb: c" }), ""),
        ] {
            let refused = acme.post(&path, input.clone()).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{input}");
            assert_eq!(refused.json()["field"].as_str().unwrap_or_default(), field, "{}", refused.text);
        }
        assert_eq!(builder.api.requests().len(), 1);
    }

    async fn what_the_request_says_itself_wins(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        let injected = json!({ "token_injections": {
            "headers": { "Authorization": "global", "X-More": "global" },
            "query": { "a": "global", "b": "global" },
            "body": { "a": "global", "b": "global" },
        } });
        developer.put(AUTHENTICATION, injected).await.ok();
        let request = json!({
            "method": "POST", "base_url": builder.api.url(""), "endpoint": "/x",
            "headers": { "authorization": "own" }, "query": { "a": "own" }, "body": { "a": "own" },
        });
        let acme = made(&developer, request.clone(), json!({})).await;
        acme.post(&execute("call"), json!({})).await.ok();
        let without = json!({ "name": "Bare", "request": request,
            "options": { "override_global_token_injection": true } });
        developer.post(PROXIES, without).await.ok();
        acme.post(&execute("bare"), json!({})).await.ok();
        let sent = builder.api.requests();
        let seen: Vec<_> = sent.iter().map(|sent| (
            sent.header("authorization").unwrap(), sent.header("x-more"), sent.query.as_deref().unwrap(),
            std::str::from_utf8(&sent.body).unwrap(),
        )).collect();
        assert_eq!(seen, [
            ("own", Some("global"), "a=own&b=global", r#"{"a":"own","b":"global"}"#),
            ("own", None, "a=own", r#"{"a":"own"}"#),
        ]);
    }

    async fn pages_are_gathered(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        let request = json!({ "base_url": builder.api.url(""), "endpoint": "/things" });
        let options = json!({ "options": { "paginate": { "items": "things",
            "page": { "query": "page", "start": 1 } } } });
        let acme = made(&developer, request, options).await;
        let page = |from: u32, to: u32| {
            let things: Vec<u32> = (from..to).collect();
            Scripted::json(200, &json!({ "things": things }).to_string())
        };
        builder.api.answer_with([page(0, 10), page(10, 20), page(20, 30), page(20, 30)]);
        let all = acme.post(&execute("call"), json!({})).await.ok();
        let expected: Vec<u32> = (0..30).collect();
        assert_eq!(all["data"]["things"], json!(expected));
        let asked: Vec<_> = builder.api.requests().into_iter().map(|sent| sent.query.unwrap()).collect();
        assert_eq!(asked, ["page=1", "page=2", "page=3", "page=4"]);
        builder.api.answer_with([page(0, 10), page(0, 10), page(10, 20)]);
        let one = acme.post(&execute("call"), json!({ "all_pages": false })).await.ok();
        assert_eq!(one["data"]["things"].as_array().unwrap().len(), 10);
        let few = acme.post(&execute("call"), json!({ "max_items": 15 })).await.ok();
        assert_eq!(few["data"]["things"].as_array().unwrap().len(), 15);
        assert_eq!(acme.post(&execute("call"), json!({ "max_items": 0 })).await.status, 400);
    }

    async fn a_script_has_the_last_word(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        let script = "
            request.headers['x-sum'] = String(request.body.a + 1);
            request.query.tenant = linked_account.udf.tenant;
            request.url = request.url.replace('/x', '/y');
            delete request.headers['x-not'];
            request.body.more = [linked_account.account_id, linked_account.auth_credentials.k];";
        let request = json!({ "method": "POST", "base_url": builder.api.url(""), "endpoint": "/x",
            "headers": { "X-Not": "1" }, "body": { "a": 1 }, "pre_request_script": script });
        let acme = made(&developer, request, json!({})).await;
        let udf = json!({ "account_id": "acme", "udf": { "tenant": "t" } });
        developer.put(crate::setup::ACCOUNTS, udf).await.ok();
        acme.put(&credential("k"), json!({ "value": "v" })).await.ok();
        acme.post(&execute("call"), json!({})).await.ok();
        let sent = &builder.api.requests()[0];
        assert_eq!((sent.path.as_str(), sent.query.as_deref()), ("/y", Some("tenant=t")));
        assert_eq!((sent.header("x-sum"), sent.header("x-not")), (Some("2"), None));
        assert_eq!(&sent.body[..], br#"{"a":1,"more":["acme","v"]}"#);
    }

    async fn a_script_that_does_wrong_sends_nothing(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        let base = json!({ "base_url": builder.api.url(""), "endpoint": "/x" });
        let acme = made(&developer, base.clone(), json!({})).await;
        acme.put(&credential("k"), json!({ "value": "a-long-secret" })).await.ok();
        let path = one(&developer.get(PROXIES).await.ok()[0]);
        for (script, told) in [
            ("let a;\nthrow new Error('not now')", "line 2: Error: not now"),
            ("throw new Error(linked_account.auth_credentials.k)", "[redacted]"),
            ("request.url = 'http://10.0.0.1/'", "10.0.0.1"),
            ("request.url = 'http://169.254.169.254/latest'", "not sent"),
            ("request.url = 'file:///etc/passwd'", "`request.url`"),
            ("request.url = 'http://u:p@example.com'", "`request.url`"),
            ("request.headers = { host: 'x' }", "`host`"),
            ("request.headers = { a: 'b\\r\\nc: d' }", "`a`"),
            ("request.method = 'CONNECT'", "`request.method`"),
            ("request = null", "`request.method`"),
            ("await new Promise(() => {})", "promise"),
        ] {
            let mut request = base.clone();
            request["pre_request_script"] = script.into();
            developer.put(&path, json!({ "request": request })).await.ok();
            let refused = acme.post(&execute("call"), json!({})).await;
            assert_eq!(refused.json()["error_class"], "permanent", "{script}: {}", refused.text);
            assert!(refused.fault(400).1.contains(told), "{script}: {}", refused.text);
            assert!(!refused.text.contains("a-long-secret"), "{}", refused.text);
        }
        assert_eq!(builder.api.requests().len(), 0);
    }

    async fn private_addresses_are_not_called(test: TestDb) {
        let app = TestApp::with(&test, Options { egress_allow: "", ..Options::default() }).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        let request = json!({ "base_url": builder.api.url(""), "endpoint": "/x" });
        let acme = made(&developer, request, json!({})).await;
        let refused = acme.post(&execute("call"), json!({})).await;
        assert_eq!(refused.json()["error_class"], "permanent");
        assert_eq!(refused.fault(400).0, "EXTERNAL_API_FAILURE");
        builder.exchange(&developer, 0).await;
        acme.put(&credential("api_key"), json!({ "value": "k" })).await.ok();
        assert_eq!(acme.post(&execute("call"), json!({})).await.fault(400).0, "EXTERNAL_API_FAILURE");
        assert!(builder.api.requests().is_empty() && builder.login.requests().is_empty());
    }

    async fn failures_have_the_apis_own_answer(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        let request = json!({ "method": "POST", "base_url": builder.api.url(""), "endpoint": "/x" });
        let acme = made(&developer, request, json!({})).await;
        for (status, ours, class) in [(404, 400, "permanent"), (403, 400, "permanent"),
            (401, 400, "auth"), (500, 502, "transient")] {
            builder.api.answer_with([Scripted::json(status, r#"{"why":"no"}"#)]);
            let failed = acme.post(&execute("call"), json!({})).await;
            let body = failed.json();
            assert_eq!((&body["error_class"], &body["http_status"]), (&json!(class), &json!(status)));
            assert_eq!(body["data"], json!({ "why": "no" }));
            assert_eq!(failed.fault(ours).0, "EXTERNAL_API_FAILURE");
        }
        assert_eq!(builder.api.requests().len(), 4, "a POST is not repeated");
        assert_eq!(acme.post(&execute("nothing"), json!({})).await.fault(404).0, "RESOURCE_NOT_FOUND");
        let nobody = developer.on("nobody").post(&execute("call"), json!({})).await;
        assert_eq!(nobody.status, 404);
    }

    async fn a_test_shows_what_was_sent_and_said(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        builder.exchange(&developer, 0).await;
        let request = json!({ "method": "POST", "base_url": builder.api.url(""), "endpoint": "/x",
            "query": { "k": "{{linked_account.auth_credentials.api_key}}" }, "body": { "it": "isn't" },
            "pre_request_script": "console.log('sending', request.body, response.token); \
                console.warn(linked_account.auth_credentials.api_key);" });
        let acme = made(&developer, request, json!({})).await;
        acme.put(&credential("api_key"), json!({ "value": "a secret/key" })).await.ok();
        builder.login.answer_by_default(crate::my_app::token(1));
        let body = json!({ "linked_account_id": "acme", "input": {} });
        let tried = developer.post(&test_path("call"), body.clone()).await;
        for secret in ["a secret/key", "a%20secret%2Fkey", "token-number-1"] {
            assert!(!tried.text.contains(secret), "{}", tried.text);
        }
        let tried = tried.ok();
        assert_eq!(tried["success"], true);
        assert_eq!(tried["answer"], json!({ "node_status": "Success", "success": true,
            "http_status": 200, "data": { "ok": true } }));
        let curl = tried["curl"].as_str().unwrap();
        assert!(curl.starts_with("curl -X POST 'http://127.0.0.1:"), "{curl}");
        assert!(curl.contains("/x?k=[redacted]' ") && curl.contains(" -H 'authorization: ***'"), "{curl}");
        assert!(curl.ends_with(r#" --data-raw '{"it":"isn'\''t"}'"#), "{curl}");
        assert_eq!(tried["console"], json!([
            { "level": "log", "text": "sending {\"it\":\"isn't\"} [redacted]" },
            { "level": "warn", "text": "[redacted]" },
        ]));
        builder.api.answer_with([Scripted::json(404, "{}")]);
        let failed = developer.post(&test_path("call"), body).await.ok();
        assert_eq!(failed["success"], false);
        assert_eq!(failed["answer"]["http_status"], 404);
        assert_eq!(failed["answer"]["error_class"], "permanent");
        assert!(failed["answer"]["message"].is_string());
        assert_eq!(developer.post(&test_path("call"), json!({})).await.fault(400).0,
            "MISSING_LINKED_ACCOUNT_ID");
        let session = developer.session("acme").await;
        session.post(&test_path("call"), json!({})).await.fault(401);
    }

    async fn forms_and_texts_are_bodies_too(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let builder = Builder::start().await;
        let base = builder.api.url("");
        let form = json!({ "method": "POST", "base_url": base, "body_type": "form",
            "body": { "a": "x&y", "b": [1, 2] } });
        let acme = made(&developer, form, json!({})).await;
        let text = json!({ "name": "Text", "request": { "method": "PUT", "base_url": base,
            "body_type": "text", "headers": { "content-type": "application/xml" },
            "body": "<id>{{linked_account.account_id}}</id>" } });
        developer.post(PROXIES, text).await.ok();
        acme.post(&execute("call"), json!({})).await.ok();
        acme.post(&execute("text"), json!({})).await.ok();
        let sent: Vec<_> = builder.api.requests().into_iter().map(|sent| {
            let content_type = sent.header("content-type").unwrap().to_owned();
            (content_type, String::from_utf8(sent.body.to_vec()).unwrap())
        }).collect();
        assert_eq!(sent, [
            ("application/x-www-form-urlencoded".to_owned(), "a=x%26y&b=1&b=2".to_owned()),
            ("application/xml".to_owned(), "<id>acme</id>".to_owned()),
        ]);
    }
}
