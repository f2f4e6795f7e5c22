//! Webhooks with several nodes, with dead ones, and with addresses of the inside.

use std::collections::BTreeSet;

use serde_json::json;
use tokio::task::JoinSet;
use trunnel_model::time::Clock as _;
use trunnel_store::StoreError;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Options, TestApp};
use crate::provider::{events, playground_key, subscribe};

const WEBHOOKS: &str = "/api/v2/public/webhook";
const SAVE: &str = "/api/v2/public/linked-account/integration/save-key-credentials/playground_app";
const CREATED: [&str; 1] = ["Connection Created"];

fn without_workers() -> Options {
    Options {
        workers: false,
        ..Options::default()
    }
}

async fn connect_new(app: &TestApp, developer: &Actor, account: &str) {
    let key = playground_key(app, "ada@example.com").await;
    let actor = developer.account(account).await;
    actor.put(SAVE, json!({ "api_key": key })).await.ok();
}

on_both! {
    async fn what_a_node_could_not_tell_the_next_one_tells(test: TestDb) {
        let one = TestApp::with(&test, without_workers()).await;
        let developer = one.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &CREATED).await;
        connect_new(&one, &developer.test, "acme").await;
        let clock = one.clock.clone();
        one.stop().await;
        assert!(sink.requests().is_empty());
        let two = TestApp::node(&test, clock, Options::default()).await;
        assert_eq!(events(&sink.wait_for(1).await), ["Connection Created"]);
        two.delivered().await;
        two.stop().await;
        assert_eq!(sink.requests().len(), 1);
    }

    async fn a_stopping_node_finishes_what_it_has_begun(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        sink.answer_by_default(Scripted::status(200).after_ms(300));
        subscribe(&developer.test, &sink, &CREATED).await;
        connect_new(&app, &developer.test, "acme").await;
        sink.wait_for(1).await;
        let db = app.db.clone();
        app.stop().await;
        let due = trunnel_store::webhook::next_due(&db).await.unwrap();
        assert_eq!(due, None, "the delivery was not written down");
    }

    async fn two_nodes_tell_each_event_once(test: TestDb) {
        let one = TestApp::start(&test).await;
        let two = TestApp::node(&test, one.clock.clone(), Options::default()).await;
        let developer = one.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &CREATED).await;
        let key = playground_key(&one, "ada@example.com").await;
        let mut work = JoinSet::new();
        for n in 0..30 {
            let node = if n % 2 == 0 { &one } else { &two };
            let (at, key) = (developer.test.at(node), key.clone());
            work.spawn(async move {
                let actor = at.account(&format!("acme-{n}")).await;
                actor.put(SAVE, json!({ "api_key": key })).await.ok();
            });
        }
        // Each looks for the other's work all the time.
        one.passing(3, work.join_all()).await;
        one.passing(3, sink.wait_for(30)).await;
        one.delivered().await;
        let told = sink.requests();
        let ids: BTreeSet<_> = told.iter().map(|sent| sent.header("webhook-id")).collect();
        assert_eq!((told.len(), ids.len()), (30, 30));
    }

    async fn a_dead_nodes_delivery_is_taken_over_when_its_lease_ends(test: TestDb) {
        let dead = TestApp::with(&test, without_workers()).await;
        let developer = dead.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &CREATED).await;
        connect_new(&dead, &developer.test, "acme").await;
        let now = dead.clock.now();
        let claimed: Result<usize, StoreError> = dead
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let lease = now.plus_millis(25_000);
                    Ok(trunnel_store::webhook::claim(tx, now, lease, 10).await?.len())
                })
            })
            .await;
        assert_eq!(claimed.unwrap(), 1);
        let clock = dead.clock.clone();
        drop(dead);
        let heir = TestApp::node(&test, clock, Options::default()).await;
        let began = heir.clock.now();
        heir.passing(50, sink.wait_for(1)).await;
        let waited = heir.clock.now().since(began);
        assert!(waited >= 25_000, "the lease did not hold: {waited}");
        heir.delivered().await;
        assert_eq!(sink.requests().len(), 1);
    }

    async fn no_webhook_is_aimed_at_the_inside(test: TestDb) {
        let app = TestApp::with(&test, Options { egress_allow: "", ..Options::default() }).await;
        let developer = app.developer().await;
        for url in [
            "http://127.0.0.1/hook",
            "http://127.1:8080/hook",
            "http://2130706433/hook",
            "http://[::1]/hook",
            "http://[::ffff:127.0.0.1]/hook",
            "http://0.0.0.0/hook",
            "http://10.0.0.1/hook",
            "https://172.16.0.1/hook",
            "https://192.168.1.1/hook",
            "http://169.254.169.254/latest/meta-data",
            "http://[fe80::1]/hook",
            "http://[fd00::1]/hook",
            "http://100.64.0.1/hook",
            "ftp://example.com/hook",
            "http://user:secret@example.com/hook",
        ] {
            let hook = json!({ "webhook_url": url, "webhook_events": CREATED });
            let refused = developer.test.post(WEBHOOKS, hook).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{url}");
            assert_eq!(refused.json()["field"], json!("webhook_url"), "{url}");
        }
        assert_eq!(developer.test.get(WEBHOOKS).await.ok(), json!([]));
    }

    async fn a_name_that_leads_inside_is_refused_when_it_is_used(test: TestDb) {
        let app = TestApp::with(&test, Options { egress_allow: "", ..Options::default() }).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let url = format!("http://localhost:{}/hook", sink.address().port());
        let hook = json!({ "webhook_url": url, "webhook_events": CREATED });
        developer.test.post(WEBHOOKS, hook).await.ok();
        connect_new(&app, &developer.test, "acme").await;
        // Every attempt fails, and each is followed by the pause of a failed one.
        for gap in [10_000, 60_000, 300_000] {
            let left = app.seen(async || {
                let due = trunnel_store::webhook::next_due(&app.db).await.unwrap()?;
                let left = due.since(app.clock.now());
                (gap - 1_000..=gap * 6 / 5).contains(&left).then_some(left)
            });
            let left = app.passing(5, left).await;
            app.clock.advance_ms(left);
        }
        app.delivered().await;
        assert!(sink.requests().is_empty());
    }
}
