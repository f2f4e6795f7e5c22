//! Whatever JSON is sent, it is never this server that fails.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use trunnel_testing::on_both;

use crate::app::{Actor, TestApp};
use crate::setup::{ACCOUNTS, CONNECTOR, WEBHOOKS, connect_by_key, webhook};

const CASES: u32 = 200;

/// Names that some route reads, so that the values get past the first check.
const NAMES: &[&str] = &[
    "account_id",
    "linked_account_id",
    "name",
    "scope",
    "udf",
    "payload",
    "your_app",
    "auth_credentials",
    "webhook_url",
    "url",
    "webhook_events",
    "events",
    "webhook_headers",
    "webhook_body",
    "webhook_type",
    "method",
    "slug",
    "workflow_ids",
    "description",
    "group",
    "is_enabled",
    "enabled",
    "credential_source",
    "client_id",
    "client_secret",
    "scopes",
    "email",
    "company",
    "phone",
    "connector",
    "document",
    "base_url",
    "auth",
    "id",
    "tag",
    "input",
    "request",
    "paginate",
    "",
];

/// Values that some route takes, and others.
const WORDS: &[&str] = &[
    "acme",
    "http://127.0.0.1:9/hook",
    "https://example.com/{{event}}",
    "Connection Created",
    "Workflow Errored",
    "custom",
    "slack",
    "POST",
    "own",
    "shared",
    "contacts.read",
    "hubspot",
    "ada@example.com",
    "{{event}}",
    "\u{0}",
    "\u{fffd}",
    "\u{202e}",
    "e\u{301}",
    "🦀",
    "'\"`;--",
    "",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => select(WORDS).prop_map(ToOwned::to_owned), 1 => any::<String>()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        vec(text(), 0..4).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let name = prop_oneof![select(NAMES).prop_map(ToOwned::to_owned), any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(name, inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An object that may have what a route needs, beside anything.
fn body() -> impl Strategy<Value = Value> {
    let right = json!({
        "account_id": "acme",
        "webhook_url": "http://127.0.0.1:9/hook",
        "webhook_events": ["Connection Created"],
        "email": "ada@example.com",
    });
    let right: Map<String, Value> = right.as_object().unwrap().clone();
    let members = btree_map(select(NAMES), value(), 0..5);
    (any::<bool>(), members).prop_map(move |(with_right, members)| {
        let mut body = if with_right {
            right.clone()
        } else {
            Map::new()
        };
        body.extend(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        Value::Object(body)
    })
}

/// Sends anything, a few hundred times, and shrinks what this server fails at.
fn never_fails(actor: &Actor, method: &str, path: &str) {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(CASES)
    });
    let result = runner.run(&prop_oneof![4 => body(), 1 => value()], |body| {
        let sent = Some(body.to_string().into_bytes());
        let answer = block_in_place(|| Handle::current().block_on(actor.send(method, path, sent)));
        prop_assert!(answer.status < 500, "{}", answer.text);
        if answer.status != 200 {
            answer.fault(answer.status);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{method} {path}: {error}");
    }
}

on_both! {
    async fn no_json_makes_the_server_fail(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await.sending_anything();
        connect_by_key(&app, &acme, "ada@example.com").await;
        let made = webhook(&developer.test).await;
        let one = format!("{WEBHOOKS}/{}", made["_id"].as_str().unwrap());
        let create = "/api/v2/integration-schema/playground_app/actions/create_contact/execute";
        let list = "/api/v2/integration-schema/playground_app/actions/list_contacts/execute";
        for (method, path) in [
            ("POST", ACCOUNTS),
            ("PUT", ACCOUNTS),
            ("POST", WEBHOOKS),
            ("PUT", &one),
            ("PUT", "/api/v2/public/webhooks/group/edit"),
            ("POST", create),
            ("POST", list),
            ("POST", "/api/v2/public/session-token"),
            ("PUT", CONNECTOR),
            ("POST", "/api/v2/public/custom-app"),
            ("POST", "/api/v2/public/custom-app/github/action"),
            ("POST", "/api/v2/public/custom-app/import"),
        ] {
            never_fails(&acme, method, path);
        }
        // Whatever was kept can be shown.
        let actions = "/api/v2/public/custom-app/github/action";
        for path in [ACCOUNTS, WEBHOOKS, CONNECTOR, "/api/v2/public/custom-app", actions] {
            acme.get(path).await.ok();
        }
    }
}
