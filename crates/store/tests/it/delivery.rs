//! Deliveries as people look at them.

use std::collections::BTreeSet;

use trunnel_model::delivery::{DeliveryFilter, DeliveryView};
use trunnel_model::id::{DeliveryId, MessageId, WebhookId};
use trunnel_model::scope::Scope;
use trunnel_model::webhook::{
    Attempt, DeliveryState, Message, Webhook, WebhookEvent, WebhookKind, WebhookMethod,
};
use trunnel_store::{StoreError, all_statements, delivery, webhook, webhook_version};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::raw;
use crate::world::{World, at, commit};

async fn add_webhook(world: &World, scope: &Scope) -> Webhook {
    let webhook = Webhook {
        id: WebhookId::new(at(0), &*world.chance),
        url: "https://example.com/hook".to_owned(),
        events: WebhookEvent::ALL.to_vec(),
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
        created_at: at(0),
        updated_at: at(0),
    };
    let secret = world.sealed("signing secret");
    commit!(world.db; scope, webhook, secret; |tx| webhook::add(tx, &scope, &webhook, &secret))
        .unwrap();
    webhook
}

/// A message that is due to the webhook, as many milliseconds after the start as `when`.
async fn send(
    world: &World,
    scope: &Scope,
    webhook: &WebhookId,
    (event, account, when): (WebhookEvent, &str, i64),
) -> DeliveryId {
    let id = DeliveryId::new(at(when), &*world.chance);
    let message = Message {
        id: MessageId::new(at(when), &*world.chance),
        event,
        account_id: account.to_owned(),
        account_name: None,
        payload: "{}".to_owned(),
        is_test: account == "nobody",
        created_at: at(when),
    };
    let key = id.clone();
    commit!(world.db; scope, webhook, message, id; |tx| async move {
        webhook::add_message(tx, &scope, &message).await?;
        webhook::add_delivery(tx, &scope, &id, &message, &webhook, at(when)).await
    })
    .unwrap();
    key
}

async fn settle(world: &World, id: &DeliveryId, number: i64, state: DeliveryState) {
    let attempt = Attempt {
        number,
        status: Some(500),
        error: None,
        answer: None,
        webhook_version: Some(0),
        duration_ms: 1,
        at: at(1),
    };
    let due = (state == DeliveryState::Pending).then_some(at(9));
    let scope = world.scope.clone();
    commit!(world.db; scope, id, attempt; |tx| {
        webhook::settle(tx, &scope, &id, &attempt, state, due)
    })
    .unwrap();
}

async fn list(world: &World, filter: &DeliveryFilter) -> Vec<DeliveryId> {
    let found = delivery::list(&world.db, &world.scope, filter, None, 100).await;
    found.unwrap().into_iter().map(|found| found.id).collect()
}

/// How SQLite finds what the statement of this name asks for.
fn plan(test: &TestDb, name: &str) -> String {
    let statements = all_statements();
    let named = statements.iter().find(|known| known.name() == name);
    let connection = raw::sqlite(test);
    let sql = format!("EXPLAIN QUERY PLAN {}", named.unwrap().sqlite());
    let mut statement = connection.prepare(&sql).unwrap();
    let count = statement.parameter_count();
    let nothing = vec![rusqlite::types::Null; count];
    let rows = statement
        .query_map(rusqlite::params_from_iter(nothing), |row| row.get(3))
        .unwrap();
    let steps: Vec<String> = rows.map(Result::unwrap).collect();
    steps.join("\n")
}

on_both! {
    async fn every_filter_finds_what_it_names_newest_first(test: TestDb) {
        let world = World::new(&test).await;
        let (one, other) = (
            add_webhook(&world, &world.scope).await.id,
            add_webhook(&world, &world.scope).await.id,
        );
        let (created, deleted) = (WebhookEvent::ConnectionCreated, WebhookEvent::ConnectionDeleted);
        let mut all = Vec::new();
        for (at, (webhook, event, account)) in [
            (&one, created, "ada"), (&one, deleted, "ada"), (&other, created, "bob"),
            (&one, created, "bob"), (&other, deleted, "ada"), (&one, deleted, "nobody"),
        ].into_iter().enumerate() {
            let when = i64::try_from(at).unwrap();
            all.push(send(&world, &world.scope, webhook, (event, account, when)).await);
        }
        for stranger in &world.strangers {
            let webhook = add_webhook(&world, stranger).await.id;
            send(&world, stranger, &webhook, (created, "ada", 3)).await;
        }
        settle(&world, &all[0], 1, DeliveryState::Failed).await;
        settle(&world, &all[1], 1, DeliveryState::Delivered).await;
        settle(&world, &all[2], 1, DeliveryState::Failed).await;

        let found = async |webhook: Option<&WebhookId>, account: Option<&str>, state, event| {
            let filter = DeliveryFilter {
                webhook: webhook.cloned(),
                account: account.map(str::to_owned),
                state,
                event,
            };
            let found = list(&world, &filter).await;
            let place = |id: &DeliveryId| all.iter().position(|known| known == id).unwrap();
            found.iter().map(place).collect::<Vec<_>>()
        };
        let (failed, pending) = (Some(DeliveryState::Failed), Some(DeliveryState::Pending));
        let delivered = Some(DeliveryState::Delivered);
        assert_eq!(found(None, None, None, None).await, [5, 4, 3, 2, 1, 0]);
        assert_eq!(found(Some(&one), None, None, None).await, [5, 3, 1, 0]);
        assert_eq!(found(None, Some("ada"), None, None).await, [4, 1, 0]);
        assert_eq!(found(None, None, failed, None).await, [2, 0]);
        assert_eq!(found(None, None, pending, None).await, [5, 4, 3]);
        assert_eq!(found(None, None, delivered, None).await, [1]);
        assert_eq!(found(None, None, None, Some(deleted)).await, [5, 4, 1]);
        assert_eq!(found(Some(&one), None, failed, None).await, [0]);
        assert_eq!(found(Some(&one), None, pending, Some(created)).await, [3]);
        assert_eq!(found(Some(&one), Some("ada"), failed, Some(created)).await, [0]);
        assert_eq!(found(Some(&other), Some("ada"), failed, None).await, [0_usize; 0]);
        // What was made up is of no account, whatever its message says.
        assert_eq!(found(None, Some("nobody"), None, None).await, [0_usize; 0]);
    }

    async fn a_list_goes_on_behind_the_last_one(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add_webhook(&world, &world.scope).await.id;
        for when in 0..7 {
            let what = (WebhookEvent::ConnectionCreated, "ada", when);
            send(&world, &world.scope, &webhook, what).await;
        }
        for filter in [
            DeliveryFilter::default(),
            DeliveryFilter { account: Some("ada".to_owned()), ..DeliveryFilter::default() },
            DeliveryFilter { state: Some(DeliveryState::Pending), ..DeliveryFilter::default() },
        ] {
            let mut seen: Vec<DeliveryView> = Vec::new();
            loop {
                let before = seen.last().map(|last| last.id.clone());
                let page = delivery::list(&world.db, &world.scope, &filter, before.as_ref(), 3).await;
                let page = page.unwrap();
                if page.is_empty() {
                    break;
                }
                seen.extend(page);
            }
            let different: BTreeSet<_> = seen.iter().map(|view| view.id.clone()).collect();
            assert_eq!((seen.len(), different.len()), (7, 7));
            assert!(seen.is_sorted_by(|one, next| one.id > next.id));
        }
    }

    async fn a_delivery_shows_its_last_attempt_and_has_all(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add_webhook(&world, &world.scope).await;
        let what = (WebhookEvent::ConnectionCreated, "ada", 0);
        let id = send(&world, &world.scope, &webhook.id, what).await;
        let fresh = delivery::find(&world.db, &world.scope, &id).await.unwrap().unwrap();
        assert_eq!((fresh.attempts, fresh.last_status, fresh.due_at), (0, None, Some(at(0))));
        assert_eq!(fresh.url, webhook.url);
        settle(&world, &id, 1, DeliveryState::Pending).await;
        settle(&world, &id, 2, DeliveryState::Failed).await;
        let ended = delivery::find(&world.db, &world.scope, &id).await.unwrap().unwrap();
        assert_eq!((ended.attempts, ended.last_status, ended.due_at), (2, Some(500), None));
        let attempts = delivery::attempts(&world.db, &world.scope, &id).await.unwrap();
        let numbers: Vec<_> = attempts.iter().map(|made| made.number).collect();
        assert_eq!(numbers, [1, 2]);
        for stranger in &world.strangers {
            assert_eq!(delivery::find(&world.db, stranger, &id).await.unwrap(), None);
            assert_eq!(delivery::attempts(&world.db, stranger, &id).await.unwrap(), []);
        }
    }

    async fn a_webhook_is_known_as_it_was_until_that_is_old(test: TestDb) {
        let world = World::new(&test).await;
        let webhook = add_webhook(&world, &world.scope).await;
        let mut then = webhook.clone();
        "https://example.com/before".clone_into(&mut then.url);
        then.body = Some(serde_json::json!({"a": "{{event}}"}));
        then.headers.insert("x-a".to_owned(), "1".into());
        let (scope, kept) = (world.scope.clone(), then.clone());
        commit!(world.db; scope, kept; |tx| webhook_version::add(tx, &scope, &kept, at(5))).unwrap();
        let find = async |scope: &Scope, version| {
            webhook_version::find(&world.db, scope, &webhook, version).await.unwrap()
        };
        assert_eq!(find(&world.scope, 0).await, Some(then));
        assert_eq!(find(&world.scope, 1).await, None);
        assert_eq!(find(&world.strangers[0], 0).await, None);
        for (before, forgotten) in [(5, 0), (6, 1)] {
            let done: Result<u64, StoreError> =
                commit!(world.db; ; |tx| webhook_version::forget(tx, at(before), 10));
            assert_eq!(done.unwrap(), forgotten);
        }
    }
}

/// Each list is led by an index, and none sorts what it has found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_list_walks_through_all_deliveries_or_sorts_them() {
    let test = TestDb::sqlite();
    test.open().await;
    for (name, index) in [
        ("delivery.LIST", "PRIMARY KEY"),
        ("delivery.LIST_OF_ACCOUNT", "webhook_delivery_by_account"),
        ("delivery.LIST_OF_WEBHOOK", "webhook_delivery_by_webhook"),
        ("delivery.LIST_OF_EVENT", "webhook_delivery_by_event"),
        ("delivery.LIST_PENDING", "webhook_delivery_pending"),
        ("delivery.LIST_FAILED", "webhook_delivery_failed"),
        (
            "delivery.LIST_FAILED_OF_WEBHOOK",
            "webhook_delivery_failed_by_webhook",
        ),
    ] {
        let plan = plan(&test, name);
        let first = plan.lines().next().unwrap();
        assert!(
            first.starts_with("SEARCH d USING") && first.contains(index),
            "{name}: {plan}"
        );
        // A page far behind begins where it begins.
        assert!(first.contains("id<?"), "{name}: {plan}");
        assert!(
            !plan.contains("TEMP B-TREE") && !plan.contains("SCAN"),
            "{name}: {plan}"
        );
    }
}
