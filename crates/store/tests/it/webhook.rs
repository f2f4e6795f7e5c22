//! Webhooks, the messages meant for them, and each one's way there.

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use trunnel_model::id::{DeliveryId, MessageId, WebhookId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::{
    Attempt, Delivery, DeliveryState, Message, Webhook, WebhookEvent, WebhookKind, WebhookMethod,
};
use trunnel_store::{Db, Queue, StoreError, webhook, webhook_previous_secret};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::raw;
use crate::world::{World, at, commit, race};

fn plain(world: &World, created: i64) -> Webhook {
    Webhook {
        id: WebhookId::new(at(created), &*world.chance),
        url: "https://example.com/hook".to_owned(),
        events: vec![WebhookEvent::ConnectionCreated],
        headers: serde_json::Map::new(),
        body: None,
        method: WebhookMethod::Post,
        kind: WebhookKind::Default,
        slug: None,
        workflow_ids: Vec::new(),
        description: None,
        group: None,
        is_enabled: true,
        version: 0,
        created_at: at(created),
        updated_at: at(created),
    }
}

/// The same with every field filled in.
fn full(mut webhook: Webhook) -> Webhook {
    webhook.url = String::from("https://example.com/other?a=b");
    webhook.events = WebhookEvent::ALL.to_vec();
    webhook.headers.insert("z-first".to_owned(), "1".into());
    webhook.headers.insert("a-second".to_owned(), "2".into());
    webhook.body = Some(serde_json::json!({"z": 1, "a": "{{event}}"}));
    webhook.method = WebhookMethod::Patch;
    webhook.kind = WebhookKind::Custom;
    webhook.slug = Some("github".to_owned());
    webhook.workflow_ids = vec!["w1".to_owned(), "w2".to_owned()];
    webhook.description = Some("line\nline".to_owned());
    webhook.group = Some("ops".to_owned());
    webhook.is_enabled = false;
    webhook.version = 4;
    webhook.updated_at = at(77);
    webhook
}

async fn store(world: &World, scope: &Scope, webhook: &Webhook) -> Result<(), StoreError> {
    let secret = world.sealed("signing secret");
    commit!(world.db; scope, webhook, secret; |tx| webhook::add(tx, &scope, &webhook, &secret))
}

async fn add(world: &World, created: i64) -> Webhook {
    let webhook = plain(world, created);
    store(world, &world.scope, &webhook).await.unwrap();
    webhook
}

async fn find(world: &World, scope: &Scope, id: &WebhookId) -> Option<Webhook> {
    webhook::find(&world.db, scope, id).await.unwrap()
}

fn message(world: &World, created: i64) -> Message {
    Message {
        id: MessageId::new(at(created), &*world.chance),
        event: WebhookEvent::ConnectionExpired,
        account_id: "ada".to_owned(),
        account_name: Some("Ada".to_owned()),
        payload: r#"{"a":"b"}"#.to_owned(),
        is_test: false,
        created_at: at(created),
    }
}

/// A message to the webhook that is due at once.
async fn send(world: &World, scope: &Scope, webhook: &WebhookId, created: i64) -> DeliveryId {
    let (message, id) = (
        message(world, created),
        DeliveryId::new(at(0), &*world.chance),
    );
    let (answer, due) = (id.clone(), at(created));
    commit!(world.db; scope, webhook, message, id; |tx| async move {
        webhook::add_message(tx, &scope, &message).await?;
        webhook::add_delivery(tx, &scope, &id, &message, &webhook, due).await
    })
    .map(|()| answer)
    .unwrap()
}

async fn claim(db: Db, now: Timestamp, lease: Timestamp, limit: i64) -> Vec<(Scope, Delivery)> {
    commit!(db; ; |tx| webhook::claim(tx, now, lease, limit)).unwrap()
}

/// The only delivery that is due.
async fn claim_one(world: &World, now: i64) -> Delivery {
    let claimed = claim(world.db.clone(), at(now), at(now + 100), 10).await;
    let [(_, delivery)] = claimed.try_into().unwrap();
    delivery
}

fn attempt(number: i64, when: i64) -> Attempt {
    Attempt {
        number,
        status: Some(503),
        error: None,
        answer: Some("busy".to_owned()),
        webhook_version: Some(0),
        duration_ms: 12,
        at: at(when),
    }
}

async fn settle(
    world: &World,
    scope: &Scope,
    delivery: &DeliveryId,
    attempt: Attempt,
    (state, due_at): (DeliveryState, Option<Timestamp>),
) {
    commit!(world.db; scope, delivery, attempt; |tx| {
        webhook::settle(tx, &scope, &delivery, &attempt, state, due_at)
    })
    .unwrap();
}

async fn back(world: &World, ids: Vec<DeliveryId>, due_at: i64) {
    let scope = world.scope.clone();
    commit!(world.db; scope, ids; |tx| webhook::put_back(tx, &scope, &ids, at(due_at))).unwrap();
}

async fn forget(world: &World, before: i64) -> u64 {
    commit!(world.db; ; |tx| webhook::forget(tx, at(before), 100)).unwrap()
}

async fn states(test: &TestDb) -> Vec<String> {
    raw::texts(
        test,
        "SELECT state FROM webhook_delivery ORDER BY created_at",
    )
    .await
}

on_both! {
    async fn a_webhook_is_found_as_it_was_added_and_as_it_was_changed(test: TestDb) {
        let world = World::new(&test).await;
        let added = add(&world, 1).await;
        assert_eq!(find(&world, &world.scope, &added.id).await.as_ref(), Some(&added));
        let (scope, changed) = (world.scope.clone(), full(added));
        commit!(world.db; scope, changed; |tx| webhook::update(tx, &scope, &changed)).unwrap();
        let found = find(&world, &world.scope, &changed.id).await.unwrap();
        assert_eq!(found, changed);
        let names: Vec<_> = found.headers.keys().collect();
        assert_eq!(names, ["z-first", "a-second"], "headers keep their order");

        let also_full = full(plain(&world, 77));
        store(&world, &world.scope, &also_full).await.unwrap();
        assert_eq!(find(&world, &world.scope, &also_full.id).await, Some(also_full));
    }

    async fn webhooks_are_listed_oldest_first_also_inside_a_transaction(test: TestDb) {
        let world = World::new(&test).await;
        let (second, first) = (add(&world, 2).await, add(&world, 1).await);
        store(&world, &world.strangers[0], &plain(&world, 0)).await.unwrap();
        let listed = webhook::list(&world.db, &world.scope).await.unwrap();
        assert_eq!(listed, [first.clone(), second.clone()]);
        let (scope, id) = (world.scope.clone(), first.id.clone());
        let inside = commit!(world.db; scope, id; |tx| async move {
            webhook::delete(tx, &scope, &id).await?;
            webhook::list_in(tx, &scope).await
        });
        assert_eq!(inside.unwrap(), [second]);
    }

    async fn strangers_neither_see_nor_change_a_webhook(test: TestDb) {
        let world = World::new(&test).await;
        let own = add(&world, 1).await;
        let delivery = send(&world, &world.scope, &own.id, 1).await;
        for scope in world.strangers.clone() {
            let (id, forged) = (own.id.clone(), full(own.clone()));
            assert_eq!(find(&world, &scope, &id).await, None);
            let signing = webhook_previous_secret::signing(&world.db, &scope, &id, at(0)).await;
            assert_eq!(signing.unwrap(), []);
            assert_eq!(webhook::list(&world.db, &scope).await.unwrap(), []);
            let locked = commit!(world.db; scope, id, forged; |tx| async move {
                webhook::update(tx, &scope, &forged).await?;
                let locked = webhook::lock(tx, &scope, &id).await?;
                webhook::delete(tx, &scope, &id).await?;
                Ok::<_, StoreError>(locked)
            });
            assert_eq!(locked.unwrap(), None);
            let other = plain(&world, 3);
            store(&world, &scope, &other).await.unwrap();
            let (message, id) = (message(&world, 3), DeliveryId::new(at(3), &*world.chance));
            let to_own = own.id.clone();
            let crossed = commit!(world.db; scope, message, id, to_own; |tx| async move {
                webhook::add_message(tx, &scope, &message).await?;
                webhook::add_delivery(tx, &scope, &id, &message, &to_own, at(3)).await
            });
            assert!(matches!(crossed, Err(StoreError::Missing)), "{crossed:?}");
        }
        assert_eq!(find(&world, &world.scope, &own.id).await, Some(own));
        assert_eq!(claim_one(&world, 3).await.id, delivery);
    }

    async fn a_secret_is_kept_beside_its_webhook(test: TestDb) {
        let world = World::new(&test).await;
        let own = add(&world, 1).await;
        let (scope, changed) = (world.scope.clone(), full(own.clone()));
        commit!(world.db; scope, changed; |tx| webhook::update(tx, &scope, &changed)).unwrap();
        let signing = webhook_previous_secret::signing(&world.db, &world.scope, &own.id, at(0));
        let secrets: Vec<_> = signing.await.unwrap().into_iter().map(|one| one.sealed).collect();
        assert_eq!(secrets, [world.sealed("signing secret")]);
    }

    async fn no_change_is_lost_to_another_at_the_same_time(test: TestDb) {
        let world = World::new(&test).await;
        let id = add(&world, 1).await.id;
        let changes = race(20, |_| {
            let (db, scope, id) = (world.db.clone(), world.scope.clone(), id.clone());
            async move {
                commit!(db; scope, id; |tx| async move {
                    let mut webhook = webhook::lock(tx, &scope, &id).await?.unwrap();
                    webhook.version += 1;
                    webhook::update(tx, &scope, &webhook).await
                })
            }
        })
        .await;
        assert!(changes.iter().all(Result::is_ok), "{changes:?}");
        assert_eq!(find(&world, &world.scope, &id).await.unwrap().version, 20);
    }

    /// Each counts what is there and adds one: two that count at once would be alike.
    async fn those_who_lock_the_environment_see_what_the_one_before_added(test: TestDb) {
        let world = World::new(&test).await;
        let results = race(20, |_| {
            let (db, scope) = (world.db.clone(), world.scope.clone());
            let (webhook, secret) = (plain(&world, 0), world.sealed("secret"));
            async move {
                commit!(db; scope, webhook, secret; |tx| async move {
                    trunnel_store::app::lock_environment(tx, &scope).await?;
                    let before = webhook::list_in(tx, &scope).await?.len();
                    webhook::add(tx, &scope, &webhook, &secret).await?;
                    Ok::<_, StoreError>(before)
                })
            }
        })
        .await;
        let counts: BTreeSet<_> = results.into_iter().map(Result::unwrap).collect();
        assert_eq!(counts.len(), 20, "{counts:?}");
    }

    async fn a_message_is_found_in_its_scope_and_rings_when_it_is_committed(test: TestDb) {
        let world = World::new(&test).await;
        assert!(world.db.woken(Queue::Delivery).now_or_never().is_none());
        let (scope, message) = (world.scope.clone(), message(&world, 1));
        commit!(world.db; scope, message; |tx| webhook::add_message(tx, &scope, &message))
            .unwrap();
        assert!(world.db.woken(Queue::Delivery).now_or_never().is_some());
        let found = webhook::find_message(&world.db, &world.scope, &message.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&message));
        for stranger in &world.strangers {
            let found = webhook::find_message(&world.db, stranger, &message.id).await.unwrap();
            assert_eq!(found, None);
        }
    }

    async fn no_two_workers_get_the_same_delivery(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add(&world, 0).await;
        for _ in 0..60 {
            send(&world, &world.scope, &webhook.id, 0).await;
        }
        let mut taken = Vec::new();
        while taken.len() < 60 {
            let claims = race(8, |_| claim(world.db.clone(), at(0), at(100), 3)).await;
            let round: Vec<_> = claims.into_iter().flatten().map(|(_, taken)| taken.id).collect();
            assert!(!round.is_empty(), "{} of 60 were handed out", taken.len());
            taken.extend(round);
        }
        let different: BTreeSet<_> = taken.iter().collect();
        assert_eq!((taken.len(), different.len()), (60, 60));
    }

    async fn a_delivery_whose_worker_died_is_taken_again(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add(&world, 0).await;
        let id = send(&world, &world.scope, &webhook.id, 5).await;
        assert_eq!(webhook::next_due(&world.db).await.unwrap(), Some(at(5)));
        assert!(claim(world.db.clone(), at(4), at(100), 10).await.is_empty());
        let first = claim_one(&world, 5).await;
        assert_eq!((&first.id, &first.webhook, first.attempts), (&id, &webhook.id, 1));
        assert_eq!(webhook::next_due(&world.db).await.unwrap(), Some(at(105)));
        assert!(claim(world.db.clone(), at(104), at(200), 10).await.is_empty());
        // Nobody knows of an attempt.
        assert_eq!(claim_one(&world, 105).await.attempts, 1);
    }

    async fn a_delivery_that_is_put_back_has_used_up_no_attempt(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add(&world, 0).await;
        let id = send(&world, &world.scope, &webhook.id, 0).await;
        let put_back = async |due_at: i64| back(&world, vec![id.clone()], due_at).await;
        for due_at in [50, 60, 70] {
            assert_eq!(claim_one(&world, due_at - 10).await.attempts, 1);
            put_back(due_at).await;
            assert_eq!(webhook::next_due(&world.db).await.unwrap(), Some(at(due_at)));
        }
        claim_one(&world, 70).await;
        settle(&world, &world.scope, &id, attempt(1, 70), (DeliveryState::Failed, None)).await;
        // What has ended is not begun again.
        put_back(80).await;
        assert_eq!(webhook::next_due(&world.db).await.unwrap(), None);
    }

    async fn any_number_is_put_back_and_only_those(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add(&world, 0).await;
        for count in [1, 31, 32, 33, 70] {
            let mut ids = Vec::new();
            for _ in 0..=count {
                ids.push(send(&world, &world.scope, &webhook.id, 0).await);
            }
            assert_eq!(claim(world.db.clone(), at(0), at(900), 100).await.len(), count + 1);
            let stays = ids.pop().unwrap();
            back(&world, ids, 100).await;
            let again = claim(world.db.clone(), at(100), at(900), 100).await;
            assert_eq!(again.len(), count);
            assert!(again.iter().all(|(_, delivery)| delivery.id != stays));
        }
    }

    async fn the_enabled_webhooks_of_the_environment_are_subscribed(test: TestDb) {
        let world = World::new(&test).await;
        let (second, first) = (add(&world, 2).await, add(&world, 1).await);
        let off = Webhook { is_enabled: false, ..plain(&world, 3) };
        store(&world, &world.scope, &off).await.unwrap();
        store(&world, &world.strangers[0], &plain(&world, 0)).await.unwrap();
        let scope = world.scope.clone();
        let subscribed = commit!(world.db; scope; |tx| webhook::subscribed(tx, &scope));
        let expected = [first, second].map(|webhook| webhook::Subscription {
            webhook: webhook.id,
            events: webhook.events,
            slug: webhook.slug,
        });
        assert_eq!(subscribed.unwrap(), expected);
    }

    async fn a_failed_attempt_waits_and_a_good_one_ends_it(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add(&world, 0).await;
        let id = send(&world, &world.scope, &webhook.id, 0).await;
        claim_one(&world, 0).await;
        let again = (DeliveryState::Pending, Some(at(500)));
        settle(&world, &world.scope, &id, attempt(1, 10), again).await;
        assert!(claim(world.db.clone(), at(499), at(600), 10).await.is_empty());
        assert_eq!(claim_one(&world, 500).await.attempts, 2);
        let good = Attempt { status: Some(200), ..attempt(2, 501) };
        settle(&world, &world.scope, &id, good, (DeliveryState::Delivered, None)).await;
        assert_eq!(webhook::next_due(&world.db).await.unwrap(), None);
        assert!(claim(world.db.clone(), at(99_999), at(100_000), 10).await.is_empty());
        assert_eq!(states(&test).await, ["delivered"]);
        let attempts = raw::texts(
            &test,
            "SELECT CAST(number AS TEXT) || ' ' || CAST(status AS TEXT) || ' ' || answer \
             FROM webhook_attempt ORDER BY number",
        )
        .await;
        assert_eq!(attempts, ["1 503 busy", "2 200 busy"]);
    }

    async fn what_has_ended_stays_ended(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add(&world, 0).await;
        let id = send(&world, &world.scope, &webhook.id, 0).await;
        claim_one(&world, 0).await;
        settle(&world, &world.scope, &id, attempt(1, 1), (DeliveryState::Failed, None)).await;
        // A worker that was thought dead answers late.
        let late = (DeliveryState::Pending, Some(at(2)));
        settle(&world, &world.scope, &id, attempt(1, 2), late).await;
        assert_eq!(states(&test).await, ["failed"]);
        assert_eq!(webhook::next_due(&world.db).await.unwrap(), None);
        assert_eq!(raw::number(&test, "SELECT count(*) FROM webhook_attempt").await, 1);
    }

    async fn a_deleted_webhook_takes_its_deliveries(test: TestDb) {
        let world = World::new(&test).await;
        let (gone, kept) = (add(&world, 0).await, add(&world, 1).await);
        let delivery = send(&world, &world.scope, &gone.id, 0).await;
        settle(&world, &world.scope, &delivery, attempt(1, 1), (DeliveryState::Pending, Some(at(2))))
            .await;
        let other = send(&world, &world.scope, &kept.id, 0).await;
        let (scope, id) = (world.scope.clone(), gone.id.clone());
        commit!(world.db; scope, id; |tx| webhook::delete(tx, &scope, &id)).unwrap();
        assert_eq!(claim_one(&world, 9).await.id, other);
        assert_eq!(raw::number(&test, "SELECT count(*) FROM webhook_attempt").await, 0);
    }

    async fn only_so_many_are_forgotten_at_once(test: TestDb) {
        let world = World::new(&test).await;
        for _ in 0..3 {
            let (scope, message) = (world.scope.clone(), message(&world, 0));
            commit!(world.db; scope, message; |tx| webhook::add_message(tx, &scope, &message))
                .unwrap();
        }
        for expected in [2, 1, 0] {
            let forgotten = commit!(world.db; ; |tx| webhook::forget(tx, at(9), 2)).unwrap();
            assert_eq!(forgotten, expected);
        }
    }

    async fn old_messages_are_forgotten_unless_one_still_waits(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add(&world, 0).await;
        let ended = send(&world, &world.scope, &webhook.id, 0).await;
        settle(&world, &world.scope, &ended, attempt(1, 1), (DeliveryState::Delivered, None)).await;
        send(&world, &world.scope, &webhook.id, 1).await;
        let recent = send(&world, &world.scope, &webhook.id, 50).await;
        settle(&world, &world.scope, &recent, attempt(1, 51), (DeliveryState::Failed, None)).await;

        assert_eq!(forget(&world, 50).await, 1);
        assert_eq!(states(&test).await, ["pending", "failed"]);
        assert_eq!(raw::number(&test, "SELECT count(*) FROM webhook_message").await, 2);
        assert_eq!(raw::number(&test, "SELECT count(*) FROM webhook_attempt").await, 1);
        assert_eq!(forget(&world, 51).await, 1);
        assert_eq!(states(&test).await, ["pending"]);
    }
}
