//! What no caller should send: each is refused as the caller's mistake, with the
//! whole envelope, and changes nothing.

use serde_json::{Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;

use crate::app::{Actor, Answer, Developer, TestApp};
use crate::bodies::{READS, call_of, wrong};
use crate::calls::{CALLS, Call, Objects};
use crate::setup::{
    ACCOUNTS, PLAYGROUND, WEBHOOKS, account, api_proxy, auth_credential, connect_by_key,
    custom_app, webhook,
};

const LIMIT: usize = 1024 * 1024;

/// Far deeper than a parser's stack is.
const DEPTH: usize = 100_000;

/// A developer with one of everything, and what it looks like.
struct World {
    developer: Developer,
    victim: Actor,
    objects: Objects,
}

impl World {
    async fn new(app: &TestApp) -> Self {
        let developer = app.developer().await;
        let victim = developer.test.account("victim").await;
        let playground_key = connect_by_key(app, &victim, "ada@example.com").await;
        custom_app(&developer.test).await;
        api_proxy(app, &developer.test).await;
        auth_credential(&victim).await;
        let made = webhook(&developer.test).await;
        let objects = Objects {
            account: "victim".to_owned(),
            webhook: made["_id"].as_str().unwrap().to_owned(),
            connection: crate::setup::connection_id(&victim).await,
            playground_key,
        };
        Self {
            developer,
            victim,
            objects,
        }
    }

    /// Everything a developer can see, in both environments, and the audit.
    async fn state(&self, app: &TestApp) -> Vec<String> {
        let mut state = Vec::new();
        for actor in [&self.developer.test, &self.developer.live] {
            for path in [ACCOUNTS, WEBHOOKS, "/api/v2/public/connector"] {
                state.push(actor.get(path).await.ok().to_string());
            }
        }
        let execute = "/api/v2/integration-schema/playground_app/actions/list_contacts/execute";
        state.push(self.victim.post(execute, json!({})).await.ok().to_string());
        state.push(self.victim.get(PLAYGROUND).await.ok().to_string());
        for env in Environment::ALL {
            let mut entries = app.audit(&self.developer, env).await;
            // That somebody failed to connect is written down; it changes nothing.
            entries.retain(|entry| entry.action != AuditAction::ConnectionErrored);
            state.push(format!("{entries:?}"));
        }
        state
    }

    fn path(&self, call: &Call) -> String {
        call.path
            .replace("{account}", &self.objects.account)
            .replace("{webhook}", &self.objects.webhook)
    }

    /// A body that the route takes.
    fn body(&self, call: &Call) -> Value {
        let text = call.body.unwrap();
        let text = text
            .replace("{account}", "victim")
            .replace("{webhook}", &self.objects.webhook)
            .replace("{key}", &self.objects.playground_key);
        serde_json::from_str(&text).unwrap()
    }

    async fn send(&self, call: &Call, body: Vec<u8>) -> Answer {
        self.victim
            .send(call.method, &self.path(call), Some(body))
            .await
    }
}

/// A caller's mistake, with the whole envelope.
#[track_caller]
fn mistake(answer: &Answer, what: &str) {
    assert!(
        (400..500).contains(&answer.status),
        "{what}: {} {}",
        answer.status,
        answer.text
    );
    answer.fault(answer.status);
}

on_both! {
    async fn a_body_that_is_no_json_object_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let world = World::new(&app).await;
        let before = world.state(&app).await;
        let deep = |open: &str, close: &str| {
            format!("{}{}", open.repeat(DEPTH), close.repeat(DEPTH))
        };
        for reads in READS {
            let call = call_of(reads);
            let right = world.body(call).to_string();
            for (what, body) in [
                ("cut off", right.as_bytes()[..right.len() - 1].to_vec()),
                ("twice", [right.as_bytes(), right.as_bytes()].concat()),
                ("no quotes", b"{account_id:1}".to_vec()),
                ("a word", b"hello".to_vec()),
                ("a form", b"account_id=1&name=x".to_vec()),
                ("a list", b"[]".to_vec()),
                ("a list of the right", format!("[{right}]").into_bytes()),
                ("a text", b"\"text\"".to_vec()),
                ("a number", b"1".to_vec()),
                ("a huge number", b"{\"name\":1e999}".to_vec()),
                ("null", b"null".to_vec()),
                ("true", b"true".to_vec()),
                ("not UTF-8", b"{\"name\":\"\xff\"}".to_vec()),
                ("half a surrogate", br#"{"name":"\ud800"}"#.to_vec()),
                ("UTF-16", [0xff, 0xfe, b'{', 0, b'}', 0].to_vec()),
                ("deep lists", deep("[", "]").into_bytes()),
                ("deep objects", deep("{\"a\":", "}").into_bytes()),
                ("a bare zero", vec![0]),
            ] {
                let answer = world.send(call, body).await;
                mistake(&answer, &format!("{} {}: {what}", call.method, call.route));
                assert_eq!(answer.fault(400).0, "VALIDATION_ERROR");
            }
            if !reads.empty_is_fine {
                for empty in ["", "  \n", "{}"] {
                    let answer = world.send(call, empty.into()).await;
                    mistake(&answer, &format!("{} {}: nothing", call.method, call.route));
                }
            }
        }
        assert_eq!(world.state(&app).await, before);
    }

    async fn a_field_of_the_wrong_kind_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let world = World::new(&app).await;
        let before = world.state(&app).await;
        for reads in READS {
            let call = call_of(reads);
            for (field, kind) in reads.fields {
                for value in wrong(*kind) {
                    let mut body = world.body(call);
                    body[*field] = value;
                    let answer = world.send(call, body.to_string().into_bytes()).await;
                    mistake(&answer, &format!("{} {}: {body}", call.method, call.route));
                }
            }
        }
        assert_eq!(world.state(&app).await, before);
    }

    async fn a_body_has_a_mebibyte_at_most(test: TestDb) {
        let app = TestApp::start(&test).await;
        for reads in READS {
            let world = World::new(&app).await;
            let call = call_of(reads);
            let mut body = world.body(call).to_string().into_bytes();
            body.resize(LIMIT + 1, b' ');
            let before = world.state(&app).await;
            let answer = world.send(call, body.clone()).await;
            assert_eq!(answer.fault(413).0, "PAYLOAD_TOO_LARGE", "{} {}", call.method, call.route);
            assert_eq!(world.state(&app).await, before);
            body.truncate(LIMIT);
            let answer = world.send(call, body).await;
            assert_eq!(answer.status, call.status, "{}: {}", call.route, answer.text);
        }
    }

    async fn a_path_that_names_nothing_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let world = World::new(&app).await;
        let before = world.state(&app).await;
        let long = "x".repeat(3_000);
        for call in CALLS.iter().filter(|call| call.route.contains('{')) {
            // A page for people; see the test of it.
            // And a credential may have any name, as the paths of pages may.
            let page = ["/console/{*path}", "/connect/{name}"].contains(&call.route);
            if page || call.route.ends_with("/callback") || call.route.ends_with("/{key}") {
                continue;
            }
            for part in ["%00", "%ff", "a%00b", "%c3%28", "%2e%2e%2f", "%0a", "'%20or%201", &long] {
                let mut path = call.route.to_owned();
                for name in ["{linked_account_id}", "{slug}", "{id}", "{action_id}"] {
                    path = path.replace(name, part);
                }
                let body = call.body.map(|_| world.body(call).to_string().into_bytes());
                let answer = world.victim.send(call.method, &path, body).await;
                mistake(&answer, &format!("{} {path}", call.method));
            }
        }
        assert_eq!(world.state(&app).await, before);
    }

    async fn a_query_that_cannot_be_meant_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let world = World::new(&app).await;
        let before = world.state(&app).await;
        for query in [
            "page=0", "page=-1", "page=1.5", "page=x", "page=1000000001", "page=1e3", "page=%00",
            "page=99999999999999999999", "limit=0", "limit=-1", "limit=101", "limit=x", "limit=1.0",
            "search=%00", "search=a%00b", "search=%ff", "scope=%00", "scope=%ff",
            "env_variable_name=%00&env_variable_value=x",
            "env_variable_name=x&env_variable_value=%00",
            "%00=x", "%ff=x",
        ] {
            let answer = world.victim.get(&format!("{ACCOUNTS}?{query}")).await;
            mistake(&answer, query);
        }
        for path in [
            "/api/v2/public/application?tags=%00",
            "/api/v2/public/application?slug=%ff",
            "/api/v2/public/application?ecosystem=maybe",
            "/api/v2/public/linked-account/integration/oauth-url/playground_app?subdomain=%00",
        ] {
            mistake(&world.victim.get(path).await, path);
        }
        let disconnect = "/api/v2/public/linked-account/integration/playground_app?auth_type=";
        for kind in ["basic", "%00", "%ff"] {
            mistake(&world.victim.delete(&format!("{disconnect}{kind}")).await, kind);
        }
        assert_eq!(world.state(&app).await, before);
    }

    async fn a_callback_that_makes_no_sense_ends_on_a_page(test: TestDb) {
        let app = TestApp::start(&test).await;
        let world = World::new(&app).await;
        let before = world.state(&app).await;
        let begin = "/api/v2/public/linked-account/integration/oauth-url/playground_app";
        for query in [
            "", "?", "?state=%00&code=%00", "?state=%ff", "?code=x", "?state=&code=",
            "?state={state}&error=a%00b&error_description=%ff%00",
            "?state={state}&code=%00", "?state={state}",
        ] {
            let begun = world.victim.get(begin).await.ok();
            let url: url::Url = begun["auth_url"].as_str().unwrap().parse().unwrap();
            let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1;
            let query = query.replace("{state}", &state);
            let path = format!("/api/v1/playground_app/callback{query}");
            let page = app.anonymous().get(&path).await;
            assert!((400..500).contains(&page.status), "{query}: {} {}", page.status, page.text);
            assert!(page.text.contains("Not connected"), "{query}: {}", page.text);
        }
        for slug in ["%00", "%ff", "nobody", "%2e%2e%2f"] {
            let path = format!("/api/v1/{slug}/callback?state=x&code=y");
            let page = app.anonymous().get(&path).await;
            assert!((400..500).contains(&page.status), "{slug}: {} {}", page.status, page.text);
        }
        assert_eq!(world.state(&app).await, before);
    }

    async fn a_named_account_must_be_one(test: TestDb) {
        let app = TestApp::start(&test).await;
        let world = World::new(&app).await;
        let before = world.state(&app).await;
        let test = &world.developer.test;
        let missing = test.get(PLAYGROUND).await;
        assert_eq!(missing.fault(400).0, "MISSING_LINKED_ACCOUNT_ID");
        for named in ["", " ", &"x".repeat(256), "nobody", "\u{85}", "victim,victim"] {
            let answer = test.on(named).get(PLAYGROUND).await;
            assert_eq!(answer.fault(400).0, "INVALID_LINKED_ACCOUNT_ID", "{named:?}");
        }
        for named in ["", "%00", "%ff", "nobody", "%0a"] {
            let answer = test.get(&format!("{PLAYGROUND}?linked_account_id={named}")).await;
            mistake(&answer, named);
        }
        let query = format!("{PLAYGROUND}?linked_account_id=nobody");
        let by_header = test.on("victim").get(&query).await;
        assert_eq!(by_header.ok()["connected"], json!(true));
        assert_eq!(world.state(&app).await, before);
    }

    async fn a_method_that_a_route_does_not_take_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let world = World::new(&app).await;
        let before = world.state(&app).await;
        for call in CALLS {
            let path = world.path(call);
            for method in ["PATCH", "TRACE", "BREW"] {
                // What is proxied may be patched.
                if method == "PATCH" && call.route.starts_with("/api/v2/proxy/") {
                    continue;
                }
                let answer = world.victim.send(method, &path, None).await;
                assert_eq!(answer.fault(405).0, "METHOD_NOT_ALLOWED", "{method} {path}");
            }
        }
        let nowhere = world.victim.get(&format!("{}/more", account("victim"))).await;
        assert_eq!(nowhere.fault(404).0, "RESOURCE_NOT_FOUND");
        assert_eq!(world.state(&app).await, before);
    }
}
