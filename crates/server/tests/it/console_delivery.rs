//! Looking at deliveries, and making one again.

use serde_json::{Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Developer, TestApp};
use crate::provider::{playground_key, subscribe};
use crate::setup::{PLAYGROUND, SAVE_KEYS, WEBHOOKS};

const CREATED: [&str; 1] = ["Connection Created"];

/// Connects a new account: one `Connection Created`.
async fn connect(app: &TestApp, developer: &Developer, account: &str) -> Actor {
    let key = playground_key(app, "ada@example.com").await;
    let actor = developer.test.account(account).await;
    actor.put(SAVE_KEYS, json!({ "api_key": key })).await.ok();
    actor
}

/// The ids of a list, with what the query asks for.
async fn listed(member: &Actor, path: &str) -> Vec<String> {
    let page = member.get(path).await.ok();
    ids(&page)
}

fn ids(page: &Value) -> Vec<String> {
    let rows = page["deliveries"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

fn header<'a>(detail: &'a Value, name: &str) -> Option<&'a str> {
    let headers = detail["request"]["headers"].as_array().unwrap();
    let mut named = headers.iter().filter(|header| header["name"] == name);
    named.next()?["value"].as_str()
}

on_both! {
    async fn a_request_is_shown_as_it_was_sent_whatever_the_webhook_is_now(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let (member, at) = (developer.member(Role::External).await, developer.console("test"));
        let sink = Receiver::start().await;
        sink.answer_with([Scripted::status(503).body("busy")]);
        let hook = json!({
            "webhook_url": sink.url("/before"),
            "webhook_events": CREATED,
            "method": "PUT",
            "webhook_headers": {
                "X-App": "{{event.slug}}",
                "Authorization": "Bearer the-receivers-own-secret",
                "webhook-signature": "forged",
            },
            "webhook_body": { "slug": "{{event.slug}}", "for": "{{linked_account_name}}" },
        });
        let id = developer.test.post(WEBHOOKS, hook).await.ok()["_id"].clone();
        connect(&app, &developer, "acme").await;
        let first = sink.wait_for(1).await.remove(0);
        let path = format!("{at}/delivery");
        let row = app.seen(async || {
            let page = member.get(&path).await.ok();
            Some(page["deliveries"][0].clone()).filter(|row| row["attempts"] == 1)
        }).await;
        assert_eq!(row["state"], json!("pending"));
        assert!(row["next_attempt_at"].is_string());

        let change = json!({
            "webhook_url": sink.url("/after"),
            "method": "POST",
            "webhook_headers": {},
            "webhook_body": { "event": "{{event}}" },
        });
        let hook = format!("{WEBHOOKS}/{}", id.as_str().unwrap());
        developer.test.put(&hook, change).await.ok();
        let path = format!("{path}/{}", row["id"].as_str().unwrap());
        let answer = member.get(&path).await;
        let shown = answer.ok();
        assert!(!answer.text.contains("the-receivers-own-secret"), "{shown}");
        assert_eq!(shown["request"]["body"].as_str().unwrap().as_bytes(), first.body);
        assert_eq!(header(&shown, "webhook-timestamp"), first.header("webhook-timestamp"));
        assert_eq!(shown["request"]["url"], json!(sink.url("/before")));
        assert_eq!(shown["delivery"]["webhook_url"], json!(sink.url("/after")));
        insta::assert_json_snapshot!("a_delivery", shown, {
            ".delivery.*" => insta::dynamic_redaction(hide),
            ".request.url" => "[url]",
            ".request.headers[].value" => insta::dynamic_redaction(hide),
            ".attempts[].duration_ms" => "[duration]",
            ".attempts[].at" => insta::dynamic_redaction(hide),
        });

        // The next attempt is made as the webhook is then, and shown so.
        let second = app.passing(50, sink.wait_for(2)).await.remove(1);
        app.delivered().await;
        let shown = member.get(&path).await.ok();
        assert_eq!(shown["request"]["url"], json!(sink.url("/after")));
        assert_eq!(shown["request"]["method"], json!("POST"));
        assert_eq!(shown["request"]["body"].as_str().unwrap().as_bytes(), second.body);
        assert_eq!(header(&shown, "x-app"), None);
        assert_eq!(shown["delivery"]["state"], json!("delivered"));
        assert_eq!(shown["delivery"]["next_attempt_at"], Value::Null);
        let statuses: Vec<_> = shown["attempts"].as_array().unwrap().iter()
            .map(|attempt| attempt["status"].clone())
            .collect();
        assert_eq!(statuses, [503, 200]);
    }

    async fn deliveries_are_found_by_what_they_are_about(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let (member, at) = (developer.member(Role::Owner).await, developer.console("test"));
        let (good, bad) = (Receiver::start().await, Receiver::start().await);
        bad.answer_by_default(Scripted::status(500));
        let both = ["Connection Created", "Connection Deleted"];
        let (good_id, _) = subscribe(&developer.test, &good, &both).await;
        let (bad_id, _) = subscribe(&developer.test, &bad, &CREATED).await;
        connect(&app, &developer, "ada").await;
        let bob = connect(&app, &developer, "bob").await;
        bob.delete("/api/v2/public/linked-account/integration/playground_app").await.ok();
        let list = format!("{at}/delivery");
        app.passing(2000, app.seen(async || {
            let failed = member.get(&format!("{list}?state=failed")).await.ok();
            (ids(&failed).len() == 2).then_some(())
        })).await;
        let all = listed(&member, &list).await;
        assert_eq!(all.len(), 5);
        for (query, count) in [
            (format!("webhook_id={good_id}"), 3),
            (format!("webhook_id={bad_id}"), 2),
            ("linked_account_id=bob".to_owned(), 3),
            ("linked_account_id=nobody".to_owned(), 0),
            ("state=failed".to_owned(), 2),
            ("state=delivered".to_owned(), 3),
            ("state=pending".to_owned(), 0),
            ("event=Connection%20Deleted".to_owned(), 1),
            ("event=connection-created".to_owned(), 4),
            (format!("webhook_id={bad_id}&state=failed&linked_account_id=ada"), 1),
            (format!("webhook_id={good_id}&state=failed"), 0),
        ] {
            assert_eq!(listed(&member, &format!("{list}?{query}")).await.len(), count, "{query}");
        }
        // Page by page, each once.
        let mut paged = Vec::new();
        let mut next = json!("");
        while let Some(cursor) = next.as_str() {
            let page = member.get(&format!("{list}?limit=2&cursor={cursor}")).await.ok();
            paged.extend(ids(&page));
            next = page["next_cursor"].clone();
        }
        assert_eq!(paged, all);
        for (query, field) in [
            ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"),
            ("cursor=x", "cursor"), ("state=lost", "state"), ("event=Lunch", "event"),
            ("webhook_id=x", "webhook_id"),
        ] {
            let refused = member.get(&format!("{list}?{query}")).await;
            refused.fault(400);
            assert_eq!(refused.json()["field"], json!(field), "{query}");
        }
    }

    async fn a_replay_is_a_new_delivery_of_the_same_message(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let (member, at) = (developer.member(Role::Solutions).await, developer.console("test"));
        let sink = Receiver::start().await;
        let (hook, _) = subscribe(&developer.test, &sink, &CREATED).await;
        connect(&app, &developer, "acme").await;
        app.delivered().await;
        let old = listed(&member, &format!("{at}/delivery")).await.remove(0);
        let path = format!("{at}/delivery/{old}/replay");
        let new = member.post(&path, json!({})).await.ok();
        assert_ne!(new["id"], json!(old));
        let sent = sink.wait_for(2).await;
        assert_eq!(sent[0].body, sent[1].body);
        assert_eq!(sent[0].header("webhook-id"), sent[1].header("webhook-id"));
        assert_eq!(sent[1].header("webhook-id"), new["message_id"].as_str());
        app.delivered().await;
        let first = member.get(&format!("{at}/delivery/{old}")).await.ok();
        assert_eq!(first["attempts"].as_array().unwrap().len(), 1);
        let audit = app.audit(&developer, Environment::Test).await;
        let replayed: Vec<_> = audit.iter()
            .filter(|entry| entry.action == AuditAction::WebhookDeliveryReplayed)
            .collect();
        assert_eq!((replayed.len(), replayed[0].subject.as_str()), (1, old.as_str()));
        assert!(replayed[0].details.contains(new["id"].as_str().unwrap()));

        let off = json!({ "is_enabled": false });
        developer.test.put(&format!("{WEBHOOKS}/{hook}"), off).await.ok();
        assert_eq!(member.post(&path, json!({})).await.fault(409).0, "CONFLICT");
        assert_eq!(listed(&member, &format!("{at}/delivery")).await.len(), 2);
    }

    async fn a_delivery_is_nobody_elses(test: TestDb) {
        let app = TestApp::start(&test).await;
        let (developer, stranger) = (app.developer().await, app.developer().await);
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &CREATED).await;
        connect(&app, &developer, "acme").await;
        app.delivered().await;
        let (own, other) = (
            developer.member(Role::Owner).await,
            stranger.member(Role::Owner).await,
        );
        let at = developer.console("test");
        let id = listed(&own, &format!("{at}/delivery")).await.remove(0);
        for (member, place) in [
            (&own, developer.console("live")),
            (&other, stranger.console("test")),
            (&other, at.clone()),
        ] {
            let path = format!("{place}/delivery/{id}");
            assert_eq!(member.get(&path).await.status, 404, "{path}");
            assert_eq!(member.post(&format!("{path}/replay"), json!({})).await.status, 404);
        }
        assert_eq!(own.get(&format!("{at}/delivery/x")).await.fault(404).0, "RESOURCE_NOT_FOUND");
        let reader = developer.member(Role::External).await;
        reader.get(&format!("{at}/delivery/{id}")).await.ok();
        let replay = format!("{at}/delivery/{id}/replay");
        assert_eq!(reader.post(&replay, json!({})).await.fault(403).0, "FORBIDDEN");
        assert_eq!(sink.requests().len(), 1);
        // It goes with its webhook.
        let hooks = developer.test.get(WEBHOOKS).await.ok();
        let hook = hooks[0]["_id"].as_str().unwrap();
        developer.test.delete(&format!("{WEBHOOKS}/{hook}")).await.ok();
        assert_eq!(own.get(&format!("{at}/delivery/{id}")).await.status, 404);
        developer.test.on("acme").get(PLAYGROUND).await.ok();
    }
}

/// Ids, times and addresses are another each time; what they are is asserted.
fn hide(
    value: insta::internals::Content,
    _: insta::internals::ContentPath<'_>,
) -> insta::internals::Content {
    let text = value.as_str().unwrap_or_default();
    let kind = match text {
        _ if text.starts_with("dlv_") => "[delivery]",
        _ if text.starts_with("msg_") => "[message]",
        _ if text.starts_with("wh_") => "[webhook]",
        _ if text.starts_with("http://127.0.0.1:") => "[url]",
        _ if text.len() == 24 && text.ends_with('Z') => "[time]",
        _ if text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit()) => "[seconds]",
        _ => return value,
    };
    kind.into()
}
