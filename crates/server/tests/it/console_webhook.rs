//! Trying a webhook, and giving it a new secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Received, Receiver};

use crate::app::{Actor, Developer, TestApp};
use crate::provider::subscribe;
use crate::setup::WEBHOOKS;

const DELETED: [&str; 2] = ["Connection Deleted", "Workflow Errored"];

/// The signature as a library for Standard Webhooks makes it.
fn signature(secret: &str, sent: &Received) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.unwrap()).unwrap();
    for name in ["webhook-id", "webhook-timestamp"] {
        mac.update(sent.header(name).unwrap().as_bytes());
        mac.update(b".");
    }
    mac.update(&sent.body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Sends a test message and answers what has arrived.
async fn tried(member: &Actor, path: &str, sink: &Receiver, count: usize) -> Received {
    member.post(&format!("{path}/test"), json!({})).await.ok();
    sink.wait_for(count).await.remove(count - 1)
}

fn webhook(developer: &Developer, id: &str) -> String {
    format!("{}/webhook/{id}", developer.console("test"))
}

on_both! {
    async fn a_test_message_arrives_marked_as_one(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Solutions).await;
        let sink = Receiver::start().await;
        let (id, secret) = subscribe(&developer.test, &sink, &DELETED).await;
        // It works before the webhook is switched on, and for this message only.
        let off = json!({ "is_enabled": false });
        developer.test.put(&format!("{WEBHOOKS}/{id}"), off).await.ok();
        let path = webhook(&developer, &id);
        let sent = tried(&member, &path, &sink, 1).await;
        assert_eq!(sent.header("x-trunnel-test"), Some("true"));
        assert_eq!(sent.header("webhook-signature"), Some(signature(&secret, &sent).as_str()));
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        insta::assert_json_snapshot!("a_test_message", body, { ".org_id" => "[organization]" });
        assert_eq!(body["org_id"], json!(developer.organization));
        app.delivered().await;
        let chosen = json!({ "event": "Workflow Errored" });
        let delivery = member.post(&format!("{path}/test"), chosen).await.ok();
        assert_eq!(delivery["event"], json!("Workflow Errored"));
        assert_eq!(delivery["linked_account_id"], Value::Null);
        let sent = sink.wait_for(2).await.remove(1);
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!((&body["status"], &body["is_test"]), (&json!("ERRORED"), &json!(true)));
        app.delivered().await;
        let shown = format!("{}/delivery/{}", developer.console("test"), delivery["id"].as_str().unwrap());
        let shown = member.get(&shown).await.ok();
        assert_eq!(shown["delivery"]["state"], json!("delivered"));
        let audit = app.audit(&developer, Environment::Test).await;
        let tests = audit.iter().filter(|entry| entry.action == AuditAction::WebhookTested);
        assert_eq!(tests.count(), 2);
    }

    async fn a_body_of_the_developers_own_is_marked_in_the_header(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Developer).await;
        let sink = Receiver::start().await;
        let hook = json!({
            "webhook_url": sink.url("/hook"),
            "webhook_events": DELETED,
            "webhook_headers": { "x-trunnel-test": "false" },
            "webhook_body": "{{linked_account_name}}: {{event.slug}}",
        });
        let own = developer.test.post(WEBHOOKS, hook.clone()).await.ok();
        let sent = tried(&member, &webhook(&developer, own["_id"].as_str().unwrap()), &sink, 1).await;
        assert_eq!(sent.header("x-trunnel-test"), Some("true"));
        assert_eq!(sent.body, "Test account: example_app");
        let mut slack = hook;
        slack["webhook_type"] = json!("slack");
        let slack = developer.test.post(WEBHOOKS, slack).await.ok();
        let sent = tried(&member, &webhook(&developer, slack["_id"].as_str().unwrap()), &sink, 2).await;
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        assert!(body["text"].as_str().unwrap().starts_with("[Test] Connection Deleted"), "{body}");
    }

    async fn what_cannot_be_tried_is_refused_and_sends_nothing(test: TestDb) {
        let app = TestApp::start(&test).await;
        let (developer, stranger) = (app.developer().await, app.developer().await);
        let member = developer.member(Role::Owner).await;
        let sink = Receiver::start().await;
        let (id, _) = subscribe(&developer.test, &sink, &DELETED).await;
        let path = format!("{}/test", webhook(&developer, &id));
        for event in ["Connection Created", "Lunch"] {
            let refused = member.post(&path, json!({ "event": event })).await;
            assert_eq!(refused.fault(400).0, "INVALID_EVENT");
            assert_eq!(refused.json()["field"], json!("event"));
        }
        assert_eq!(member.post(&path, json!({ "event": 7 })).await.status, 400);
        let unknown = format!("wh_{}", "0".repeat(22));
        for gone in ["x", unknown.as_str()] {
            let path = webhook(&developer, gone);
            for verb in ["test", "rotate-secret"] {
                let refused = member.post(&format!("{path}/{verb}"), json!({})).await;
                assert_eq!(refused.fault(404).0, "RESOURCE_NOT_FOUND");
            }
        }
        let other = stranger.member(Role::Owner).await;
        let foreign = format!("{}/webhook/{id}", stranger.console("test"));
        for (actor, path) in [
            (&other, foreign),
            (&other, webhook(&developer, &id)),
            (&member, format!("{}/webhook/{id}", developer.console("live"))),
        ] {
            for verb in ["test", "rotate-secret"] {
                let refused = actor.post(&format!("{path}/{verb}"), json!({})).await;
                assert_eq!(refused.status, 404, "{path}");
            }
        }
        let external = developer.member(Role::External).await;
        assert_eq!(external.post(&path, json!({})).await.status, 403);
        let solutions = developer.member(Role::Solutions).await;
        let rotate = format!("{}/rotate-secret", webhook(&developer, &id));
        assert_eq!(solutions.post(&rotate, json!({})).await.status, 403);
        app.delivered().await;
        assert!(sink.requests().is_empty());
    }

    async fn both_secrets_sign_until_the_grace_ends(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Developer).await;
        let sink = Receiver::start().await;
        let (id, first) = subscribe(&developer.test, &sink, &DELETED).await;
        let path = webhook(&developer, &id);
        let rotate = format!("{path}/rotate-secret");
        let answer = member.post(&rotate, json!({ "grace_s": 3600 })).await.ok();
        let second = answer["secret"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        assert!(answer["previous_until"].is_string());
        let signatures = |sent: &Received| -> Vec<String> {
            let all = sent.header("webhook-signature").unwrap();
            all.split(' ').map(str::to_owned).collect()
        };
        let sent = tried(&member, &path, &sink, 1).await;
        let both = [signature(&second, &sent), signature(&first, &sent)];
        assert_eq!(signatures(&sent), both);

        app.delivered().await;
        app.clock.advance_ms(1);
        // A third one: the two before it sign on, and none longer than it would have.
        let answer = member.post(&rotate, json!({ "grace_s": 60 })).await.ok();
        let third = answer["secret"].as_str().unwrap().to_owned();
        let sent = tried(&member, &path, &sink, 2).await;
        let all = [&third, &second, &first].map(|secret| signature(secret, &sent));
        assert_eq!(signatures(&sent), all);
        app.delivered().await;
        app.clock.advance_ms(60_000);
        let sent = tried(&member, &path, &sink, 3).await;
        assert_eq!(signatures(&sent), [signature(&third, &sent)]);

        // Without grace the old one has ended with the answer.
        let answer = member.post(&rotate, json!({ "grace_s": 0 })).await.ok();
        assert_eq!(answer["previous_until"], Value::Null);
        let fourth = answer["secret"].as_str().unwrap();
        let sent = tried(&member, &path, &sink, 4).await;
        assert_eq!(signatures(&sent), [signature(fourth, &sent)]);

        for grace in [json!(-1), json!(604_801), json!("1h"), json!(1.5), json!(9e18)] {
            let refused = member.post(&rotate, json!({ "grace_s": grace })).await;
            refused.fault(400);
            assert_eq!(refused.json()["field"], json!("grace_s"));
        }
        let sent = tried(&member, &path, &sink, 5).await;
        assert_eq!(signatures(&sent), [signature(fourth, &sent)]);
        let audit = app.audit(&developer, Environment::Test).await;
        let rotated: Vec<_> = audit.iter()
            .filter(|entry| entry.action == AuditAction::WebhookSecretRotated)
            .collect();
        assert_eq!(rotated.len(), 3);
        let shown = format!("{rotated:?}");
        assert!([&first, &second, &third].iter().all(|secret| !shown.contains(secret.as_str())));
    }
}
