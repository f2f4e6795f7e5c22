//! Many deliveries, slow receivers, and answers that are no answers.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use trunnel_model::environment::Environment;
use trunnel_model::id::{DeliveryId, MessageId, WebhookId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Clock as _;
use trunnel_model::webhook::{Message, WebhookEvent};
use trunnel_store::{StoreError, webhook};
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Developer, Options, TestApp};
use crate::provider::{playground_key, subscribe};

const WEBHOOKS: &str = "/api/v2/public/webhook";
const SAVE: &str = "/api/v2/public/linked-account/integration/save-key-credentials/playground_app";
const CREATED: [&str; 1] = ["Connection Created"];

async fn connect_new(app: &TestApp, developer: &Actor, account: &str) {
    let key = playground_key(app, "ada@example.com").await;
    let actor = developer.account(account).await;
    actor.put(SAVE, json!({ "api_key": key })).await.ok();
}

/// So many messages to one webhook, due now.
async fn flood(app: &TestApp, developer: &Developer, webhook: &str, count: usize) {
    let scope = Scope::verified(developer.app_id.clone(), Environment::Test);
    let (chance, now) = (app.chance.clone(), app.clock.now());
    let webhook = WebhookId::parse(webhook).unwrap();
    let written = app.db.write(move |tx| {
        Box::pin(async move {
            for _ in 0..count {
                let message = Message {
                    id: MessageId::new(now, &*chance),
                    event: WebhookEvent::ConnectionCreated,
                    account_id: "acme".to_owned(),
                    account_name: None,
                    payload: "{}".to_owned(),
                    is_test: false,
                    created_at: now,
                };
                webhook::add_message(tx, &scope, &message).await?;
                let id = DeliveryId::new(now, &*chance);
                webhook::add_delivery(tx, &scope, &id, &message, &webhook, now).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    written.await.unwrap();
}

on_both! {
    async fn receivers_that_hang_do_not_hold_up_the_others(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let slow = [Receiver::start().await, Receiver::start().await];
        for sink in &slow {
            sink.answer_by_default(Scripted::never());
            let (id, _) = subscribe(&developer.test, sink, &["Connection Deleted"]).await;
            flood(&app, &developer, &id, 500).await;
        }
        let fast = Receiver::start().await;
        let (id, _) = subscribe(&developer.test, &fast, &["Connection Deleted"]).await;
        // Behind all of the others'.
        app.clock.advance_ms(1);
        flood(&app, &developer, &id, 100).await;
        // Sooner than a hanging receiver is given up.
        let all = tokio::time::timeout(Duration::from_secs(14), fast.wait_for(100));
        app.passing(5, all).await.unwrap();
        let busy = slow.each_ref().map(|sink| sink.requests().len());
        assert!(busy.iter().all(|count| (1..=192).contains(count)), "{busy:?}");
        assert!(busy.iter().sum::<usize>() < 256, "{busy:?}");
        drop(slow);
    }

    async fn a_fast_receiver_gets_everything_once_and_at_once(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let (id, _) = subscribe(&developer.test, &sink, &["Connection Deleted"]).await;
        flood(&app, &developer, &id, 2000).await;
        // Time stands still: none of them waits for anything but its turn.
        sink.wait_for(2000).await;
        app.delivered().await;
        let told = sink.requests();
        let ids: BTreeSet<_> = told.iter().map(|sent| sent.header("webhook-id")).collect();
        assert_eq!((told.len(), ids.len()), (2000, 2000));
    }

    async fn what_a_stopping_node_has_not_begun_is_left_to_the_next(test: TestDb) {
        let one = TestApp::start(&test).await;
        let developer = one.developer().await;
        let sink = Receiver::start().await;
        sink.answer_by_default(Scripted::status(200).after_ms(1000));
        let (id, _) = subscribe(&developer.test, &sink, &["Connection Deleted"]).await;
        flood(&one, &developer, &id, 400).await;
        sink.wait_for(1).await;
        let (clock, db) = (one.clock.clone(), one.db.clone());
        one.stop().await;
        let due = webhook::next_due(&db).await.unwrap().unwrap();
        assert!(due <= clock.now(), "taken for {} more", due.since(clock.now()));
        sink.answer_by_default(Scripted::status(200));
        let two = TestApp::node(&test, clock, Options::default()).await;
        two.passing(1, sink.wait_for(400)).await;
        two.delivered().await;
        assert_eq!(sink.requests().len(), 400);
    }

    async fn a_failure_of_our_own_uses_up_no_attempt(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        sink.answer_with([Scripted::status(500)]);
        subscribe(&developer.test, &sink, &CREATED).await;
        test.tamper("CREATE TABLE kept AS SELECT id, sealed FROM webhook").await;
        test.tamper("UPDATE webhook SET sealed = substr(sealed, 2)").await;
        connect_new(&app, &developer.test, "acme").await;
        for _ in 0..6 {
            let put_back = app.seen(async || {
                let due = webhook::next_due(&app.db).await.unwrap()?;
                let left = due.since(app.clock.now());
                (8_000..=10_000).contains(&left).then_some(left)
            });
            let left = app.passing(5, put_back).await;
            app.clock.advance_ms(left);
        }
        assert!(sink.requests().is_empty());
        let whole = "UPDATE webhook SET sealed = (SELECT kept.sealed FROM kept \
            WHERE kept.id = webhook.id)";
        test.tamper(whole).await;
        // The first attempt, which fails, is followed by a second.
        app.passing(20, sink.wait_for(2)).await;
        app.delivered().await;
    }

    async fn the_status_decides_whatever_the_body_is(test: TestDb) {
        let options = Options { outbound_timeout: Duration::from_secs(5), ..Options::default() };
        let app = TestApp::with(&test, options).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        sink.answer_by_default(Scripted::status(200).body(vec![b'x'; 3_000_000]));
        subscribe(&developer.test, &sink, &CREATED).await;
        connect_new(&app, &developer.test, "acme").await;
        app.passing(5, sink.wait_for(1)).await;
        app.delivered().await;
        app.clock.advance_ms(3_600_000);
        assert_eq!(sink.requests().len(), 1);
    }

    async fn a_body_that_grew_too_long_is_not_sent(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let long = json!({
            "webhook_url": sink.url("/hook"),
            "webhook_events": CREATED,
            "webhook_body": "{{event}} ".repeat(6_000),
        });
        developer.test.post(WEBHOOKS, long).await.ok();
        let ok = Receiver::start().await;
        subscribe(&developer.test, &ok, &CREATED).await;
        connect_new(&app, &developer.test, "acme").await;
        app.passing(5, ok.wait_for(1)).await;
        // It is tried again as any that fails, and given up.
        app.passing(2_000, app.seen(async || {
            let due = webhook::next_due(&app.db).await.unwrap();
            due.is_none().then_some(())
        })).await;
        assert!(sink.requests().is_empty());
    }
}
