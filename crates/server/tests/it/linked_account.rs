//! Linked accounts: making, changing, finding and ending them.

use serde_json::{Map, Value, json};
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;

use crate::app::{Actor, TestApp};
use crate::setup::{ACCOUNTS, ACTIVE, account, connect};

/// The custom fields as a plain object.
fn fields(account: &Value) -> Value {
    let entries = account["udf"].as_array().unwrap().iter();
    let pairs = entries.map(|entry| {
        let name = entry["key_name"].as_str().unwrap().to_owned();
        (name, entry["key_value"].clone())
    });
    pairs.collect::<Map<_, _>>().into()
}

/// Sends the same body to both routes that take it and expects the same refusal.
async fn refused(developer: &Actor, body: &Value) -> (String, Value) {
    let made = developer.post(ACCOUNTS, body.clone()).await;
    let put = developer.put(ACCOUNTS, body.clone()).await;
    let (code, message) = made.fault(400);
    assert_eq!(put.fault(400), (code.clone(), message), "{body}");
    assert_eq!(
        developer.get(ACCOUNTS).await.ok()["totalDocs"],
        json!(0),
        "{body}"
    );
    (code, made.json()["field"].clone())
}

on_both! {
    async fn a_created_account_is_answered_whole_and_without_secrets(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let body = json!({
            "account_id": "acme",
            "name": "Acme Ltd",
            "scope": "emea",
            "udf": { "plan": "pro" },
            "your_app": { "auth_credentials": { "token": "a-builders-secret" } },
        });
        let made = developer.test.post(ACCOUNTS, body).await;
        assert!(!made.text.contains("a-builders-secret"));
        let mut read = made.ok();
        let id = |kind: fn(&str) -> bool, name: &'static str| {
            insta::dynamic_redaction(move |id, _| {
                assert!(kind(id.as_str().unwrap()), "{id:?}");
                name
            })
        };
        insta::allow_duplicates! { insta::assert_json_snapshot!(read, {
            "._id" => id(|id| trunnel_model::id::LinkedAccountId::parse(id).is_ok(), "[account]"),
            ".associated_org" =>
                id(|id| trunnel_model::id::OrganizationId::parse(id).is_ok(), "[organization]"),
            ".udf[]._id" => id(|id| trunnel_model::id::UdfEntryId::parse(id).is_ok(), "[udf]"),
        }, @r#"
        {
          "_id": "[account]",
          "associated_org": "[organization]",
          "account_id": "acme",
          "name": "Acme Ltd",
          "environment": "test",
          "scope": "emea",
          "udf": [
            {
              "_id": "[udf]",
              "key_name": "plan",
              "key_value": "pro",
              "createdAt": "2026-01-15T12:00:00.000Z",
              "updatedAt": "2026-01-15T12:00:00.000Z"
            }
          ],
          "is_seed": false,
          "tenant_account_id": null,
          "integrations": [],
          "createdAt": "2026-01-15T12:00:00.000Z",
          "updatedAt": "2026-01-15T12:00:00.000Z",
          "__v": 0,
          "success": true
        }
        "#); }
        assert_eq!(read["associated_org"], json!(developer.organization));
        read.as_object_mut().unwrap().remove("success");
        let again = developer.test.get(&account("acme")).await;
        assert_eq!(again.ok(), read);
        let listed = developer.test.get(ACCOUNTS).await;
        assert_eq!(listed.ok()["docs"], json!([read]));
        let secret = json!({ "token": "a-builders-secret", "more": "a-builders-secret" });
        let body = json!({ "account_id": "acme", "your_app": { "auth_credentials": secret } });
        let upserted = developer.test.put(ACCOUNTS, body).await;
        upserted.ok();
        for answer in [again, listed, upserted, developer.test.get(&account("acme")).await] {
            assert!(!answer.text.contains("a-builders-secret"), "{}", answer.text);
        }
    }

    async fn either_name_of_the_id_is_taken_and_one_is_needed(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        for body in [json!({}), json!({ "account_id": null }), json!({ "name": "x" })] {
            let told = refused(&developer, &body).await;
            assert_eq!(told.0, "INVALID_LINKED_ACCOUNT_ID");
        }
        let differ = json!({ "account_id": "a", "linked_account_id": "b" });
        assert_eq!(refused(&developer, &differ).await.0, "VALIDATION_ERROR");
        for (body, id) in [
            (json!({ "account_id": "one" }), "one"),
            (json!({ "linked_account_id": "two" }), "two"),
            (json!({ "account_id": "three", "linked_account_id": "three" }), "three"),
            (json!({ "account_id": 4 }), "4"),
        ] {
            assert_eq!(developer.post(ACCOUNTS, body).await.ok()["account_id"], id);
        }
    }

    async fn an_id_is_any_text_of_up_to_255_characters(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let zero = refused(&developer, &json!({ "account_id": "a\u{0}b" })).await;
        assert_eq!(zero, ("VALIDATION_ERROR".to_owned(), json!("account_id")));
        for id in ["", "   ", "a\nb", "\u{7f}", "a\u{85}b", &"x".repeat(256), &"é".repeat(256)] {
            let told = refused(&developer, &json!({ "account_id": id })).await;
            assert_eq!(told.0, "INVALID_LINKED_ACCOUNT_ID", "{id:?}");
        }
        for (given, kept, path) in [
            ("  spaced  ", "spaced", "spaced"),
            ("a/b?c=d&e#f%", "a/b?c=d&e#f%", "a%2Fb%3Fc%3Dd%26e%23f%25"),
            ("Ünïcødé 🦀", "Ünïcødé 🦀", "%C3%9Cn%C3%AFc%C3%B8d%C3%A9%20%F0%9F%A6%80"),
            ("..", "..", "%2E%2E%20"),
            ("'; DROP TABLE linked_account; --", "'; DROP TABLE linked_account; --",
                "'%3B%20DROP%20TABLE%20linked_account%3B%20--"),
            ("Case", "Case", "Case"),
            ("case", "case", "case"),
        ] {
            let made = developer.post(ACCOUNTS, json!({ "account_id": given })).await.ok();
            assert_eq!(made["account_id"], kept);
            let read = developer.get(&account(path)).await.ok();
            assert_eq!(read["_id"], made["_id"], "{given}");
        }
        let longest = "🦀".repeat(255);
        let made = developer.post(ACCOUNTS, json!({ "account_id": longest })).await.ok();
        assert_eq!(made["account_id"], json!(longest));
        let read = developer.get(&account(&"%F0%9F%A6%80".repeat(255))).await.ok();
        assert_eq!(read["_id"], made["_id"]);
    }

    async fn an_upsert_says_whether_it_created(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let first = developer.put(ACCOUNTS, json!({ "account_id": "a", "name": "one" })).await.ok();
        assert_eq!((&first["new_account"], &first["success"]), (&json!(true), &json!(true)));
        app.clock.advance_ms(5_000);
        let second = developer.put(ACCOUNTS, json!({ "account_id": "a" })).await.ok();
        assert_eq!((&second["new_account"], &second["name"]), (&json!(false), &json!("one")));
        assert_eq!(second["_id"], first["_id"]);
        assert_eq!(second["createdAt"], "2026-01-15T12:00:00.000Z");
        assert_eq!(second["updatedAt"], "2026-01-15T12:00:05.000Z");
    }

    async fn what_is_under_payload_wins(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let body = json!({
            "linked_account_id": "a",
            "name": "flat",
            "scope": "flat",
            "payload": { "name": "nested", "udf": { "plan": "pro" } },
        });
        let made = developer.put(ACCOUNTS, body).await.ok();
        assert_eq!((&made["name"], &made["scope"]), (&json!("nested"), &json!("flat")));
        assert_eq!(fields(&made), json!({ "plan": "pro" }));
    }

    async fn custom_fields_are_merged_and_null_removes(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let udf = json!({ "plan": "pro", "seats": 5, "trial": true, "gone": "x" });
        let made = developer.post(ACCOUNTS, json!({ "account_id": "a", "udf": udf })).await.ok();
        let first = json!({ "gone": "x", "plan": "pro", "seats": "5", "trial": "true" });
        assert_eq!(fields(&made), first);
        let plan = made["udf"].as_array().unwrap().iter().find(|entry| entry["key_name"] == "plan");
        let plan = plan.unwrap().clone();

        app.clock.advance_ms(1_000);
        let udf = json!({ "seats": "6", "gone": null, "never": null, "new": "" });
        let changed = developer.put(ACCOUNTS, json!({ "account_id": "a", "udf": udf })).await.ok();
        let merged = json!({ "new": "", "plan": "pro", "seats": "6", "trial": "true" });
        assert_eq!(fields(&changed), merged);
        assert!(changed["udf"].as_array().unwrap().contains(&plan), "{changed}");
        assert_eq!(fields(&developer.get(&account("a")).await.ok()), merged);
    }

    async fn custom_fields_have_limits(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let keys = |range: std::ops::Range<u32>| -> Map<String, Value> {
            range.map(|at| (format!("k{at}"), json!("v"))).collect()
        };
        for (udf, field) in [
            (json!(keys(0..101)), "udf"),
            (json!({ "k": "x".repeat(4097) }), "udf.k"),
            (json!({ "k": "a\u{0}" }), "udf.k"),
            (json!({ "k": ["v"] }), "udf.k"),
            (json!({ "k": { "v": 1 } }), "udf.k"),
            (json!({ "": "v" }), "udf."),
            (json!({ "a\u{1}": "v" }), "udf.a\u{1}"),
            (json!("text"), "udf"),
        ] {
            let told = refused(&developer, &json!({ "account_id": "a", "udf": udf })).await;
            assert_eq!(told, ("VALIDATION_ERROR".to_owned(), json!(field)), "{udf}");
        }
        for (name, value) in [("name", "x".repeat(501)), ("scope", "x".repeat(256))] {
            let told = refused(&developer, &json!({ "account_id": "a", name: value })).await;
            assert_eq!(told, ("VALIDATION_ERROR".to_owned(), json!(name)));
        }
        let full = json!({ "account_id": "a", "udf": keys(0..100) });
        developer.post(ACCOUNTS, full).await.ok();
        let one_more = json!({ "account_id": "a", "udf": { "one more": "v" } });
        assert_eq!(developer.put(ACCOUNTS, one_more).await.fault(400).0, "VALIDATION_ERROR");
        let swapped = json!({ "account_id": "a", "udf": { "k0": null, "x": "x".repeat(4096) } });
        let swapped = developer.put(ACCOUNTS, swapped).await.ok();
        assert_eq!(swapped["udf"].as_array().unwrap().len(), 100);
    }

    async fn credentials_have_limits_after_the_merge_too(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let keys = |range: std::ops::Range<u32>| -> Map<String, Value> {
            range.map(|at| (format!("k{at}"), json!("v"))).collect()
        };
        let body = |keys: Value| {
            json!({ "account_id": "a", "your_app": { "auth_credentials": keys } })
        };
        developer.put(ACCOUNTS, body(json!(keys(0..60)))).await.ok();
        let more = developer.put(ACCOUNTS, body(json!(keys(60..120)))).await;
        assert_eq!(more.fault(400).0, "VALIDATION_ERROR");
        assert_eq!(more.json()["field"], "your_app.auth_credentials");
        developer.put(ACCOUNTS, body(json!(keys(60..100)))).await.ok();
        developer.put(ACCOUNTS, body(json!({ "k0": null, "x": "v" }))).await.ok();
        developer.put(ACCOUNTS, body(json!({ "y": "v" }))).await.fault(400);
    }

    async fn a_taken_id_is_a_conflict_that_names_it(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let one = json!({ "account_id": "a", "name": "one" });
        let first = developer.post(ACCOUNTS, one).await.ok();
        let second = developer.post(ACCOUNTS, json!({ "account_id": "a", "name": "two" })).await;
        let (code, message) = second.fault(409);
        assert_eq!(code, "CONFLICT");
        assert_eq!(message, "Linked Account with account id a already exists in environment test. \
            Use PUT to create or update.");
        assert_eq!(second.json()["account_id"], "a");
        assert_eq!(developer.get(&account("a")).await.ok()["name"], first["name"]);
    }

    async fn of_twenty_parallel_creates_one_succeeds(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let mut racing = tokio::task::JoinSet::new();
        for at in 0..20 {
            let developer = developer.test.clone();
            let body = json!({ "account_id": "raced", "name": format!("{at}") });
            racing.spawn(async move { developer.post(ACCOUNTS, body).await });
        }
        let answers = racing.join_all().await;
        let made: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(made.len(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert!(answer.fault(409).1.contains("account id raced"));
        }
        let listed = developer.test.get(ACCOUNTS).await.ok();
        assert_eq!(listed["totalDocs"], json!(1));
        assert_eq!(listed["docs"][0]["name"], made[0].json()["name"]);
        let made = |entry: &&trunnel_model::audit::AuditEntry| {
            entry.action == trunnel_model::audit::AuditAction::LinkedAccountCreated
        };
        let audited = app.audit(&developer, Environment::Test).await;
        assert_eq!(audited.iter().filter(made).count(), 1);
    }

    async fn of_twenty_parallel_upserts_one_creates_and_none_is_lost(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let mut racing = tokio::task::JoinSet::new();
        for at in 0..20 {
            let developer = developer.clone();
            let body = json!({ "account_id": "raced", "udf": { format!("k{at}"): "v" } });
            racing.spawn(async move { developer.put(ACCOUNTS, body).await.ok() });
        }
        let answers = racing.join_all().await;
        let created = answers.iter().filter(|answer| answer["new_account"] == true);
        assert_eq!(created.count(), 1);
        let account = developer.get(&account("raced")).await.ok();
        assert_eq!(account["udf"].as_array().unwrap().len(), 20);
        assert_eq!(account["__v"], json!(19));
        assert_eq!(developer.get(ACCOUNTS).await.ok()["totalDocs"], json!(1));
    }

    async fn deleting_an_account_ends_everything_it_had(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        developer.account("other").await;
        connect(&acme, "ada@example.com").await;
        let (session, other) = (developer.session("acme").await, developer.session("other").await);

        let deleted = developer.delete(&account("acme")).await.ok();
        assert_eq!(deleted["message"], "User deleted successfully");
        assert_eq!(session.get(ACTIVE).await.fault(401).0, "INVALID_TOKEN");
        assert_eq!(developer.get(&account("acme")).await.status, 404);
        assert_eq!(developer.delete(&account("acme")).await.status, 404);
        let application = acme.get(crate::setup::PLAYGROUND).await;
        assert_eq!(application.fault(400).0, "INVALID_LINKED_ACCOUNT_ID");
        let anyone = app.anonymous();
        let revocations = app
            .seen(|| async {
                let faults = anyone.get("/playground/faults").await.ok();
                faults["revocations"].as_u64().filter(|count| *count > 0)
            })
            .await;
        assert_eq!(revocations, 1);
        assert_eq!(other.get(ACTIVE).await.status, 200);

        let anew = developer.post(ACCOUNTS, json!({ "account_id": "acme" })).await.ok();
        assert_eq!((&anew["udf"], &anew["integrations"]), (&json!([]), &json!([])));
        assert_eq!(session.get(ACTIVE).await.fault(401).0, "INVALID_TOKEN");
    }

    async fn an_unknown_account_is_named_with_its_environment(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        for (actor, environment) in [(&developer.test, "test"), (&developer.live, "production")] {
            let told = format!(
                "Linked Account with account id nobody for org {} in environment {environment} not \
                 found",
                developer.organization
            );
            let expected = ("SERVER_ERROR".to_owned(), told);
            assert_eq!(actor.get(&account("nobody")).await.fault(404), expected);
            assert_eq!(actor.delete(&account("nobody")).await.fault(404), expected);
        }
    }
}
