//! Registering webhooks: what is taken, what is refused, what is shown.

use serde_json::{Map, Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;

use crate::app::{Actor, Options, TestApp};
use crate::setup::{WEBHOOKS, webhook};

const GROUP: &str = "/api/v2/public/webhooks/group/edit";

fn one(made: &Value) -> String {
    format!("{WEBHOOKS}/{}", made["_id"].as_str().unwrap())
}

/// A body that is right, with some members set otherwise.
fn body(changes: &Value) -> Value {
    let mut body = json!({
        "webhook_url": "http://127.0.0.1:9/hook",
        "webhook_events": ["Connection Created"],
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// The same error for a registration and for a change, neither of which happens.
async fn refused(developer: &Actor, existing: &Value, changes: &Value) -> (String, Value) {
    let before = developer.get(WEBHOOKS).await.ok();
    let made = developer.post(WEBHOOKS, body(changes)).await;
    let put = developer.put(&one(existing), changes.clone()).await;
    let (code, message) = made.fault(400);
    assert_eq!(put.fault(400), (code.clone(), message), "{changes}");
    assert_eq!(developer.get(WEBHOOKS).await.ok(), before, "{changes}");
    (code, made.json()["field"].clone())
}

on_both! {
    async fn a_webhook_is_registered_and_its_secret_shown_once(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let mut made = webhook(&developer.test).await;
        let secret = made.as_object_mut().unwrap().remove("webhook_secret").unwrap();
        assert!(secret.as_str().unwrap().starts_with("whsec_"), "{secret}");
        let path = one(&made);
        assert_eq!(developer.test.get(&path).await.ok(), made);
        assert_eq!(developer.test.get(WEBHOOKS).await.ok(), json!([made]));
        let changed = developer.test.put(&path, json!({ "is_enabled": false })).await;
        let grouped = json!({ "webhookIds": [made["_id"]], "group": "g" });
        let grouped = developer.test.put(GROUP, grouped).await;
        for later in [changed, grouped, developer.test.get(WEBHOOKS).await] {
            later.ok();
            assert!(!later.text.contains("whsec_"), "{}", later.text);
        }

        insta::allow_duplicates! { insta::assert_json_snapshot!(made, {
            "._id" => insta::dynamic_redaction(|id, _| {
                trunnel_model::id::WebhookId::parse(id.as_str().unwrap()).unwrap();
                "[webhook]"
            }),
            ".org_id" => insta::dynamic_redaction(|id, _| {
                trunnel_model::id::OrganizationId::parse(id.as_str().unwrap()).unwrap();
                "[organization]"
            }),
        }, @r#"
        {
          "_id": "[webhook]",
          "org_id": "[organization]",
          "environment": "test",
          "is_enabled": true,
          "webhook_events": [
            "Connection Created"
          ],
          "webhook_url": "http://127.0.0.1:9/hook",
          "webhook_description": null,
          "description": null,
          "webhook_headers": {},
          "webhook_body": "{{event}}",
          "method": "POST",
          "slug": null,
          "workflow_ids": [],
          "webhook_type": "default",
          "group": null,
          "createdAt": "2026-01-15T12:00:00.000Z",
          "updatedAt": "2026-01-15T12:00:00.000Z",
          "__v": 0
        }
        "#); }
    }

    async fn both_names_of_a_field_are_read(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let named = json!({
            "url": "http://127.0.0.1:9/hook",
            "events": ["connection-expired", "Connection Created", "Connection Created"],
            "description": "by its other name",
        });
        let made = developer.post(WEBHOOKS, named).await.ok();
        assert_eq!(made["webhook_url"], "http://127.0.0.1:9/hook");
        assert_eq!(made["webhook_events"], json!(["Connection Created", "Connection Expired"]));
        assert_eq!(made["webhook_description"], "by its other name");
        let both = json!({ "url": "http://127.0.0.1:9/a", "webhook_url": "http://127.0.0.1:9/b" });
        assert_eq!(developer.put(&one(&made), both).await.fault(400).0, "VALIDATION_ERROR");
    }

    async fn what_a_change_does_not_name_stays(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let all = json!({
            "webhook_headers": { "X-Team": "crm" },
            "webhook_description": "for the CRM",
            "method": "PUT",
            "group": "crm",
            "workflow_ids": ["w1"],
            "webhook_type": "slack",
        });
        let made = developer.post(WEBHOOKS, body(&all)).await.ok();
        for (name, value) in all.as_object().unwrap() {
            assert_eq!(made[name], *value);
        }
        app.clock.advance_ms(1_000);
        let changed = developer.put(&one(&made), json!({ "group": null })).await.ok();
        let mut expected = made.clone();
        let members = expected.as_object_mut().unwrap();
        members.remove("webhook_secret");
        members.insert("group".to_owned(), Value::Null);
        members.insert("__v".to_owned(), json!(1));
        members.insert("updatedAt".to_owned(), json!("2026-01-15T12:00:01.000Z"));
        assert_eq!(changed, expected);
    }

    async fn deleting_answers_what_is_left(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let first = webhook(&developer).await;
        app.clock.advance_ms(1);
        let second = webhook(&developer).await;
        let left = developer.delete(&one(&first)).await.ok();
        assert_eq!(left.as_array().unwrap().len(), 1);
        assert_eq!(left[0]["_id"], second["_id"]);
        assert_eq!(developer.get(&one(&first)).await.fault(400).0, "RESOURCE_NOT_FOUND");
        assert_eq!(developer.delete(&one(&second)).await.ok(), json!([]));
    }

    async fn grouping_takes_all_or_none(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let (first, second) = (webhook(&developer).await, webhook(&developer).await);
        let ids = json!([first["_id"], second["_id"]]);
        let grouped = developer.put(GROUP, json!({ "webhookIds": ids, "group": "g" })).await.ok();
        assert!(grouped.as_array().unwrap().iter().all(|webhook| webhook["group"] == "g"));

        let unknown = format!("wh_{}", "0".repeat(22));
        let some = json!({ "webhookIds": [first["_id"], unknown], "group": "h" });
        assert_eq!(developer.put(GROUP, some).await.fault(400).0, "RESOURCE_NOT_FOUND");
        assert_eq!(developer.get(&one(&first)).await.ok()["group"], "g");

        let out = json!({ "webhookIds": ids, "group": "" });
        let grouped = developer.put(GROUP, out).await.ok();
        assert!(grouped.as_array().unwrap().iter().all(|webhook| webhook["group"].is_null()));
        assert_eq!(developer.put(GROUP, json!({ "webhookIds": [] })).await.status, 400);
    }

    async fn what_is_just_short_enough_is_taken(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let all = json!({
            "webhook_headers": { "x-a": "v".repeat(8192) },
            "webhook_body": "x".repeat(65_534),
            "workflow_ids": vec!["ü".repeat(255); 1000],
        });
        let made = developer.post(WEBHOOKS, body(&all)).await.ok();
        for (name, value) in all.as_object().unwrap() {
            assert_eq!(made[name], *value, "{name}");
        }
    }

    async fn grouping_counts_each_webhook_once_and_writes_each_down(test: TestDb) {
        let app = TestApp::start(&test).await;
        let all = app.developer().await;
        let developer = &all.test;
        let (first, second) = (webhook(developer).await, webhook(developer).await);
        let ids = json!([second["_id"], first["_id"], second["_id"]]);
        let grouped = developer.put(GROUP, json!({ "webhookIds": ids, "group": "g" })).await.ok();
        let versions: Vec<_> = grouped.as_array().unwrap().iter().map(|one| &one["__v"]).collect();
        assert_eq!(versions, [&json!(1), &json!(1)]);
        let entries = app.audit(&all, Environment::Test).await;
        let mut updated: Vec<_> = entries
            .iter()
            .filter(|entry| entry.action == AuditAction::WebhookUpdated)
            .map(|entry| json!(entry.subject))
            .collect();
        let mut expected = vec![first["_id"].clone(), second["_id"].clone()];
        updated.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        assert_eq!(updated, expected);
    }

    async fn two_who_group_the_same_webhooks_do_not_block_each_other(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let (one, other) = (webhook(&developer).await, webhook(&developer).await);
        let (one, other) = (&one["_id"], &other["_id"]);
        let group = async |ids: Value| {
            let body = json!({ "webhookIds": ids, "group": "g" });
            developer.put(GROUP, body).await.ok();
        };
        for _ in 0..20 {
            tokio::join!(
                group(json!([one, other])),
                group(json!([other, one])),
                group(json!([one, other])),
                group(json!([other, one])),
            );
        }
    }

    async fn a_webhook_that_is_not_there_is_not_found(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        for id in [format!("wh_{}", "0".repeat(22)), "x".to_owned(), "%00".to_owned()] {
            let path = format!("{WEBHOOKS}/{id}");
            let told = ("RESOURCE_NOT_FOUND".to_owned(), "Webhook not found".to_owned());
            assert_eq!(developer.get(&path).await.fault(400), told);
            assert_eq!(developer.put(&path, json!({})).await.fault(400), told);
            assert_eq!(developer.delete(&path).await.fault(400), told);
        }
    }

    async fn what_a_webhook_cannot_be_is_refused_by_its_field(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let existing = webhook(&developer).await;
        let long = format!("http://127.0.0.1/{}", "x".repeat(2048));
        let many: Map<String, Value> =
            (0..51).map(|at| (format!("x-{at}"), json!("v"))).collect();
        let invalid = "VALIDATION_ERROR";
        let event = "INVALID_EVENT";
        for (changes, code, field) in [
            (json!({ "webhook_events": ["Connection Exploded"] }), event, "webhook_events.0"),
            (json!({ "webhook_events": [] }), event, "webhook_events"),
            (json!({ "webhook_url": "not a url" }), invalid, "webhook_url"),
            (json!({ "webhook_url": "" }), invalid, "webhook_url"),
            (json!({ "webhook_url": "ftp://example.com/" }), invalid, "webhook_url"),
            (json!({ "webhook_url": "http://10.0.0.1/" }), invalid, "webhook_url"),
            (json!({ "webhook_url": long }), invalid, "webhook_url"),
            (json!({ "webhook_headers": { "a b": "v" } }), invalid, "webhook_headers.a b"),
            (json!({ "webhook_headers": { "x-a": "a\nb" } }), invalid, "webhook_headers.x-a"),
            (json!({ "webhook_headers": { "x-a": 1 } }), invalid, "webhook_headers.x-a"),
            (json!({ "webhook_headers": many }), invalid, "webhook_headers"),
            (json!({ "webhook_headers": { "x-a": "v".repeat(8193) } }), invalid, "webhook_headers.x-a"),
            (json!({ "webhook_body": { "a": "x".repeat(65_536) } }), invalid, "webhook_body"),
            (json!({ "workflow_ids": vec!["w"; 1001] }), invalid, "workflow_ids"),
            (json!({ "workflow_ids": ["w".repeat(256)] }), invalid, "workflow_ids"),
            (json!({ "webhook_type": "custom" }), invalid, "webhook_body"),
            (json!({ "webhook_type": "pigeon" }), invalid, "webhook_type"),
            (json!({ "method": "GET" }), invalid, "method"),
            (json!({ "slug": "hubspot" }), invalid, "slug"),
            (json!({ "webhook_description": "x".repeat(1001) }), invalid, "webhook_description"),
            (json!({ "group": "a\u{7}" }), invalid, "group"),
        ] {
            let told = refused(&developer, &existing, &changes).await;
            assert_eq!(told, (code.to_owned(), json!(field)), "{changes}");
        }
        for missing in ["webhook_url", "webhook_events"] {
            let mut body = body(&json!({}));
            body.as_object_mut().unwrap().remove(missing);
            let answer = developer.post(WEBHOOKS, body).await;
            assert_eq!(answer.fault(400).0, "MISSING_REQUIRED_FIELD");
            assert_eq!(answer.json()["field"], missing);
        }
    }

    async fn private_addresses_are_refused_unless_allowed(test: TestDb) {
        let options = Options { egress_allow: "", ..Options::default() };
        let app = TestApp::with(&test, options).await;
        let developer = app.developer().await.test;
        let url = json!({ "webhook_url": "http://example.com/hook" });
        let existing = developer.post(WEBHOOKS, body(&url)).await.ok();
        for host in [
            "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
            "[::1]", "[fd00::1]", "[fe80::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1",
        ] {
            let changes = json!({ "webhook_url": format!("https://{host}/hook") });
            let told = refused(&developer, &existing, &changes).await;
            assert_eq!(told, ("VALIDATION_ERROR".to_owned(), json!("webhook_url")), "{host}");
        }
    }

    async fn live_takes_https_only_and_test_takes_both(test: TestDb) {
        let options = Options { egress_allow: "", ..Options::default() };
        let app = TestApp::with(&test, options).await;
        let developer = app.developer().await;
        let plain = json!({ "webhook_url": "http://example.com/hook" });
        let tls = json!({ "webhook_url": "https://example.com/hook" });
        developer.test.post(WEBHOOKS, body(&plain)).await.ok();
        let existing = developer.live.post(WEBHOOKS, body(&tls)).await.ok();
        let told = refused(&developer.live, &existing, &plain).await;
        assert_eq!(told.1, json!("webhook_url"));
    }

    async fn an_environment_has_a_hundred_webhooks_at_most(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let mut made = Value::Null;
        for _ in 0..100 {
            made = webhook(&developer.test).await;
        }
        let more = developer.test.post(WEBHOOKS, body(&json!({}))).await;
        assert_eq!(more.fault(409).0, "CONFLICT");
        webhook(&developer.live).await;
        developer.test.delete(&one(&made)).await.ok();
        webhook(&developer.test).await;
    }
}
