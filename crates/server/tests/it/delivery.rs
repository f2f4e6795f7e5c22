//! Webhooks on their way: what arrives, how it is signed, when it is sent again.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use trunnel_model::environment::Environment;
use trunnel_model::time::Clock as _;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Received, Receiver};

use crate::app::{Actor, Options, TestApp};
use crate::provider::{connect, events, playground_key, subscribe};

const WEBHOOKS: &str = "/api/v2/public/webhook";
const SAVE: &str = "/api/v2/public/linked-account/integration/save-key-credentials/playground_app";
const DISCONNECT: &str = "/api/v2/public/linked-account/integration/playground_app";
const CREATED: [&str; 1] = ["Connection Created"];

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// The compatible signature of this body by this API key.
fn compatible(key: &str, body: &[u8]) -> String {
    let mut hex = String::new();
    for byte in hmac(key.as_bytes(), &[body]) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

/// The signature as a library for Standard Webhooks makes it.
fn standard(secret: &str, sent: &Received) -> Option<String> {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let (id, at) = (
        sent.header("webhook-id")?,
        sent.header("webhook-timestamp")?,
    );
    let digest = hmac(
        &key,
        &[id.as_bytes(), b".", at.as_bytes(), b".", &sent.body],
    );
    Some(format!("v1,{}", STANDARD.encode(digest)))
}

fn header(sent: &Received, name: &str) -> Option<String> {
    sent.header(name).map(str::to_owned)
}

/// Connects a new account by key: one `Connection Created`.
async fn connect_new(app: &TestApp, developer: &Actor, account: &str) -> Actor {
    let key = playground_key(app, "ada@example.com").await;
    let actor = developer.account(account).await;
    actor.put(SAVE, json!({ "api_key": key })).await.ok();
    actor
}

/// Waits for this many requests. Time goes on a little meanwhile, since a worker that
/// looked just before time was moved sleeps once more.
async fn arrived(app: &TestApp, sink: &Receiver, count: usize) -> Vec<Received> {
    app.passing(5, sink.wait_for(count)).await
}

/// How long until the next attempt, once the one under way has been written down.
async fn pause(app: &TestApp, at_least_ms: i64, at_most_ms: i64) -> i64 {
    app.seen(async || {
        let due = trunnel_store::webhook::next_due(&app.db).await.unwrap()?;
        let left = due.since(app.clock.now());
        (at_least_ms..=at_most_ms).contains(&left).then_some(left)
    })
    .await
}

on_both! {
    async fn an_event_arrives_whole_and_signed_in_both_ways(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let (_, secret) = subscribe(&developer.test, &sink, &CREATED).await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        let sent = sink.wait_for(1).await.remove(0);
        assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/hook"));
        assert_eq!(sent.header("content-type"), Some("application/json"));
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(body["org_id"], json!(developer.organization));
        insta::assert_json_snapshot!("connection_created", body, {
            ".org_id" => "[organization]",
            ".connection_id" => "[connection]",
        });
        let mine = header(&sent, "x-cobalt-signature");
        assert_eq!(mine, Some(compatible(developer.test.key(), &sent.body)));
        assert_ne!(mine, Some(compatible(developer.live.key(), &sent.body)));
        assert_eq!(header(&sent, "x-cobalt-signature-previous"), None);
        assert_eq!(header(&sent, "webhook-signature"), standard(&secret, &sent));
        let at: i64 = sent.header("webhook-timestamp").unwrap().parse().unwrap();
        assert_eq!(at, app.clock.now().as_seconds());
        app.delivered().await;
        app.clock.advance_ms(3_600_000);
        assert_eq!(sink.requests().len(), 1);
    }

    async fn a_rotated_key_signs_at_once_and_the_old_one_while_it_lasts(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let (_, secret) = subscribe(&developer.test, &sink, &CREATED).await;
        let new = app.rotate(&developer, Environment::Test, 3_600_000).await;
        connect_new(&app, &new, "one").await;
        let sent = sink.wait_for(1).await.remove(0);
        assert_eq!(header(&sent, "x-cobalt-signature"), Some(compatible(new.key(), &sent.body)));
        let previous = header(&sent, "x-cobalt-signature-previous");
        assert_eq!(previous, Some(compatible(developer.test.key(), &sent.body)));
        assert_eq!(header(&sent, "webhook-signature"), standard(&secret, &sent));

        app.delivered().await;
        app.clock.advance_ms(3_600_000);
        connect_new(&app, &new, "two").await;
        let sent = sink.wait_for(2).await.remove(1);
        assert_eq!(header(&sent, "x-cobalt-signature"), Some(compatible(new.key(), &sent.body)));
        assert_eq!(header(&sent, "x-cobalt-signature-previous"), None);

        let newest = app.rotate(&developer, Environment::Test, 0).await;
        connect_new(&app, &newest, "three").await;
        let sent = sink.wait_for(3).await.remove(2);
        assert_eq!(header(&sent, "x-cobalt-signature"), Some(compatible(newest.key(), &sent.body)));
        assert_eq!(header(&sent, "x-cobalt-signature-previous"), None);
        assert_eq!(header(&sent, "webhook-signature"), standard(&secret, &sent));
    }

    async fn a_failing_receiver_is_tried_four_times_with_growing_gaps(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        sink.answer_by_default(Scripted::status(500));
        subscribe(&developer.test, &sink, &CREATED).await;
        connect_new(&app, &developer.test, "acme").await;
        for (attempt, gap) in [(1, 10_000), (2, 60_000), (3, 300_000)] {
            arrived(&app, &sink, attempt).await;
            // Up to a fifth more, by chance.
            let left = pause(&app, gap, gap + gap / 5).await;
            app.clock.advance_ms(left);
        }
        arrived(&app, &sink, 4).await;
        app.delivered().await;
        app.clock.advance_ms(24 * 3_600_000);
        // Whatever would come now comes before this.
        sink.answer_by_default(Scripted::status(200));
        connect_new(&app, &developer.test, "other").await;
        let sent = arrived(&app, &sink, 5).await;
        assert_eq!(sent.len(), 5);
        assert!(sent[..4].iter().all(|again| again.body == sent[0].body), "the body changed");
        let ids: Vec<_> = sent.iter().map(|sent| header(sent, "webhook-id")).collect();
        assert!(ids[..4].iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_ne!(ids[4], ids[0]);
        let at = |sent: &Received| sent.header("webhook-timestamp").unwrap().parse::<i64>().unwrap();
        for (pair, gap) in sent[..4].windows(2).zip([10, 60, 300]) {
            let waited = at(&pair[1]) - at(&pair[0]);
            assert!((gap..=gap * 6 / 5 + 5).contains(&waited), "{waited} seconds, not {gap}");
        }
    }

    async fn any_2xx_ends_the_attempts(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &CREATED).await;
        for (at, status) in [200, 201, 202, 204, 299].into_iter().enumerate() {
            sink.answer_with([Scripted::status(503), Scripted::status(status)]);
            connect_new(&app, &developer.test, &format!("acme-{at}")).await;
            arrived(&app, &sink, 2 * at + 1).await;
            let left = pause(&app, 10_000, 12_000).await;
            app.clock.advance_ms(left);
            arrived(&app, &sink, 2 * at + 2).await;
            app.delivered().await;
            app.clock.advance_ms(3_600_000);
        }
        assert_eq!(sink.requests().len(), 10);
    }

    async fn a_redirect_is_a_failure_and_is_not_followed(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let (sink, elsewhere) = (Receiver::start().await, Receiver::start().await);
        let away = |status| Scripted::status(status).header("location", &elsewhere.url("/x"));
        let within = Scripted::redirect("/other");
        sink.answer_with([away(307), away(302), within]);
        subscribe(&developer.test, &sink, &CREATED).await;
        connect_new(&app, &developer.test, "acme").await;
        for (attempt, gap) in [(1, 10_000), (2, 60_000), (3, 300_000)] {
            arrived(&app, &sink, attempt).await;
            let left = pause(&app, gap, gap * 6 / 5).await;
            app.clock.advance_ms(left);
        }
        let sent = arrived(&app, &sink, 4).await;
        assert!(sent.iter().all(|sent| sent.path == "/hook"), "{sent:?}");
        assert!(elsewhere.requests().is_empty());
    }

    async fn a_receiver_that_does_not_answer_is_tried_again(test: TestDb) {
        let options = Options { outbound_timeout: Duration::from_secs(2), ..Options::default() };
        let app = TestApp::with(&test, options).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        sink.answer_with([Scripted::never(), Scripted::hang_up()]);
        subscribe(&developer.test, &sink, &CREATED).await;
        connect_new(&app, &developer.test, "acme").await;
        for (attempt, gap) in [(1, 10_000), (2, 60_000)] {
            arrived(&app, &sink, attempt).await;
            let left = pause(&app, gap, gap * 6 / 5).await;
            app.clock.advance_ms(left);
        }
        arrived(&app, &sink, 3).await;
        app.delivered().await;
    }

    async fn a_webhook_that_is_switched_off_is_silent(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let (off, on) = (Receiver::start().await, Receiver::start().await);
        let (id, _) = subscribe(&developer.test, &off, &CREATED).await;
        subscribe(&developer.test, &on, &CREATED).await;
        let path = format!("{WEBHOOKS}/{id}");
        developer.test.put(&path, json!({ "is_enabled": false })).await.ok();
        connect_new(&app, &developer.test, "one").await;
        on.wait_for(1).await;
        app.delivered().await;
        assert!(off.requests().is_empty());

        // Switched off between two attempts, it is silent from then on.
        developer.test.put(&path, json!({ "is_enabled": true })).await.ok();
        off.answer_by_default(Scripted::status(500));
        connect_new(&app, &developer.test, "two").await;
        arrived(&app, &off, 1).await;
        let left = pause(&app, 10_000, 12_000).await;
        developer.test.put(&path, json!({ "is_enabled": false })).await.ok();
        app.clock.advance_ms(left);
        app.delivered().await;
        assert_eq!(off.requests().len(), 1);
        // What was not said then is not said later.
        developer.test.put(&path, json!({ "is_enabled": true })).await.ok();
        app.clock.advance_ms(3_600_000);
        connect_new(&app, &developer.test, "three").await;
        let said = arrived(&app, &off, 2).await;
        let last: Value = serde_json::from_slice(&said[1].body).unwrap();
        assert_eq!(last["linked_account_id"], json!("three"));
    }

    async fn a_webhook_hears_of_its_own_environment_and_events_alone(test: TestDb) {
        let app = TestApp::start(&test).await;
        let (one, other) = (app.developer().await, app.developer().await);
        let strangers = Receiver::start().await;
        let all = ["Connection Created", "Connection Deleted", "Connection Expired"];
        subscribe(&one.live, &strangers, &all).await;
        subscribe(&other.test, &strangers, &all).await;
        let (created, deleted) = (Receiver::start().await, Receiver::start().await);
        subscribe(&one.test, &created, &CREATED).await;
        subscribe(&one.test, &deleted, &["Connection Deleted"]).await;
        let acme = connect_new(&app, &one.test, "acme").await;
        acme.delete(DISCONNECT).await.ok();
        assert_eq!(events(&created.wait_for(1).await), ["Connection Created"]);
        assert_eq!(events(&deleted.wait_for(1).await), ["Connection Deleted"]);
        app.delivered().await;
        assert!(strangers.requests().is_empty());
        assert_eq!((created.requests().len(), deleted.requests().len()), (1, 1));
    }

    async fn a_template_is_filled_in(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let hook = json!({
            "webhook_url": sink.url("/hook"),
            "webhook_events": CREATED,
            "method": "PUT",
            "webhook_headers": {
                "X-App": "{{event.slug}}",
                "X-Who": "for {{linked_account_name}}",
                "x-cobalt-signature": "forged",
            },
            "webhook_body": {
                "slug": "{{event.slug}}",
                "text": "{{linked_account_name}} connected {{event.slug}} ({{event.nothing}})",
                "all": "{{event}}",
                "list": [1, "{{ event.environment }}", null],
            },
        });
        let made = developer.test.post(WEBHOOKS, hook).await.ok();
        assert_eq!(made["webhook_type"], json!("custom"));
        let named = json!({ "account_id": "acme", "name": "Ada's \"Acme\"" });
        developer.test.post("/api/v2/public/linked-account", named).await.ok();
        connect(&developer.test.on("acme"), "ada@example.com").await;
        let sent = sink.wait_for(1).await.remove(0);
        assert_eq!(sent.method.as_str(), "PUT");
        assert_eq!(sent.header("x-app"), Some("playground_app"));
        assert_eq!(sent.header("x-who"), Some("for Ada's \"Acme\""));
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(body["slug"], json!("playground_app"));
        assert_eq!(body["text"], json!("Ada's \"Acme\" connected playground_app ()"));
        assert_eq!(body["all"]["event"], json!("Connection Created"));
        assert_eq!(body["list"], json!([1, "test", null]));
        let signature = header(&sent, "x-cobalt-signature");
        assert_eq!(signature, Some(compatible(developer.test.key(), &sent.body)));
    }

    async fn a_slack_webhook_sends_a_sentence(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let hook = json!({
            "webhook_url": sink.url("/hook"),
            "webhook_events": CREATED,
            "webhook_type": "slack",
        });
        developer.test.post(WEBHOOKS, hook).await.ok();
        connect_new(&app, &developer.test, "acme").await;
        let sent = sink.wait_for(1).await.remove(0);
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        let text = "Connection Created: playground_app for acme (test)";
        assert_eq!(body, json!({ "text": text }));
    }
}
