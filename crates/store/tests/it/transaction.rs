//! What a transaction promises, whatever is in it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_store::{Db, Queue, StoreError, job, linked_account};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::world::{World, at, commit, race};

/// What a use case of the product returns: its own error, made of the store's.
#[derive(Debug)]
enum Fault {
    Refused(usize),
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn has(db: &Db, scope: &Scope, id: &str) -> bool {
    let id = AccountId::parse(id).unwrap();
    linked_account::find(db, scope, &id)
        .await
        .unwrap()
        .is_some()
}

async fn assert_writes(world: &World, id: &str) {
    world.add_account(&world.scope, id).await;
    assert!(has(&world.db, &world.scope, id).await);
}

on_both! {
    async fn of_two_hundred_writes_at_once_the_failed_ones_are_undone(test: TestDb) {
        let world = World::new(&test).await;
        let results = race(200, |number| {
            let (db, scope) = (world.db.clone(), world.scope.clone());
            let account = world.account(&format!("account-{number}"), at(0));
            async move {
                commit!(db; scope, account; |tx| async move {
                    assert!(linked_account::add(tx, &scope, &account).await?);
                    if number % 3 == 0 { Err(Fault::Refused(number)) } else { Ok(number) }
                })
            }
        })
        .await;
        let mut failed = 0;
        for result in results {
            let (number, kept) = match result {
                Ok(number) => (number, true),
                Err(Fault::Refused(number)) => (number, false),
                Err(Fault::Store(error)) => panic!("{error}"),
            };
            failed += usize::from(!kept);
            assert_eq!(kept, number % 3 != 0);
            assert_eq!(has(&world.db, &world.scope, &format!("account-{number}")).await, kept);
        }
        assert_eq!(failed, 67);
    }

    /// A statement's own failure, not the use case's, after one that succeeded.
    async fn a_failed_statement_undoes_those_before_it(test: TestDb) {
        let world = World::new(&test).await;
        world.add_account(&world.scope, "taken").await;
        let results = race(60, |number| {
            let (db, scope) = (world.db.clone(), world.scope.clone());
            let account = world.account(&format!("account-{number}"), at(0));
            let organization = world.organization.clone();
            async move {
                commit!(db; scope, account, organization; |tx| async move {
                    linked_account::add(tx, &scope, &account).await?;
                    if number % 2 == 0 {
                        trunnel_store::app::add_organization(tx, &organization, "A", at(0)).await?;
                    }
                    Ok::<_, StoreError>(())
                })
                .map_err(|error| (number, error))
            }
        })
        .await;
        let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
        assert_eq!(failed.len(), 30);
        assert!(failed.iter().all(|(_, error)| matches!(error, StoreError::Taken)), "{failed:?}");
        for number in 0..60 {
            let kept = has(&world.db, &world.scope, &format!("account-{number}")).await;
            assert_eq!(kept, number % 2 != 0);
        }
    }

    async fn a_write_is_seen_as_soon_as_it_is_answered(test: TestDb) {
        let world = Arc::new(World::new(&test).await);
        let other_node = test.open().await;
        let seen = race(20, |number| {
            let (world, other_node) = (Arc::clone(&world), other_node.clone());
            async move {
                for step in 0..10 {
                    let id = format!("account-{number}-{step}");
                    assert_writes(&world, &id).await;
                    assert!(has(&other_node, &world.scope, &id).await, "by another node");
                }
            }
        })
        .await;
        assert_eq!(seen.len(), 20);
    }

    async fn a_transaction_reads_what_it_has_written(test: TestDb) {
        let world = World::new(&test).await;
        let (scope, account) = (world.scope.clone(), world.account("ada", at(0)));
        let undone = commit!(world.db; scope, account; |tx| async move {
            linked_account::add(tx, &scope, &account).await?;
            let own = linked_account::lock(tx, &scope, &account.account_id).await?;
            assert_eq!(own, Some(account));
            Err::<(), _>(Fault::Refused(0))
        });
        assert!(matches!(undone, Err(Fault::Refused(0))), "{undone:?}");
        assert!(!has(&world.db, &world.scope, "ada").await);
    }

    async fn writing_survives_callers_that_go_away(test: TestDb) {
        let world = World::new(&test).await;
        for number in 0..50 {
            let (db, scope) = (world.db.clone(), world.scope.clone());
            let account = world.account(&format!("account-{number}"), at(0));
            let call = async move {
                commit!(db; scope, account; |tx| linked_account::add(tx, &scope, &account))
            };
            // Some are dropped before they have begun, some in the middle.
            let _ = tokio::time::timeout(Duration::from_micros(number * 50), call).await;
        }
        for number in 0..20 {
            assert_writes(&world, &format!("after-{number}")).await;
        }
    }

    async fn a_commit_that_made_work_wakes_the_worker_and_a_failure_does_not(test: TestDb) {
        let world = World::new(&test).await;
        let id = trunnel_model::id::JobId::new(at(0), &*world.chance);
        for keep in [false, true] {
            let (scope, id) = (world.scope.clone(), id.clone());
            let result = commit!(world.db; scope, id; |tx| async move {
                let new = job::NewJob {
                    id: &id,
                    kind: "k",
                    subject: "s",
                    payload: "{}",
                    sealed: None,
                    due_at: at(0),
                };
                job::add(tx, &scope, &new).await?;
                if keep { Ok(()) } else { Err(Fault::Refused(0)) }
            });
            assert_eq!(result.is_ok(), keep);
            assert_eq!(world.db.woken(Queue::Job).now_or_never().is_some(), keep);
            assert!(world.db.woken(Queue::Delivery).now_or_never().is_none());
        }
    }

    async fn a_row_that_cannot_be_read_is_called_damaged(test: TestDb) {
        let world = World::new(&test).await;
        world.add_account(&world.scope, "ada").await;
        test.tamper("UPDATE linked_account SET udf = '[{\"id\":7}]'").await;
        let ada = AccountId::parse("ada").unwrap();
        match linked_account::find(&world.db, &world.scope, &ada).await {
            Err(StoreError::Damaged { place, .. }) => assert_eq!(place, "linked_account.udf"),
            other => panic!("{other:?}"),
        }
    }
}

/// Every writer would wait with it, so it is refused rather than waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_transaction_that_waits_for_anything_else_is_refused() {
    let test = TestDb::sqlite();
    let world = World::new(&test).await;
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    let (scope, account) = (world.scope.clone(), world.account("slept", at(0)));
    let slept = commit!(world.db; scope, account; |tx| async move {
        linked_account::add(tx, &scope, &account).await?;
        tokio::task::yield_now().await;
        Ok::<_, StoreError>(())
    });
    assert!(matches!(slept, Err(StoreError::Awaited)), "{slept:?}");
    let (scope, account) = (world.scope.clone(), world.account("waited", at(0)));
    let waited = commit!(world.db; scope, account; |tx| async move {
        linked_account::add(tx, &scope, &account).await?;
        receiver.await.map_err(|_| StoreError::Closed)
    });
    assert!(matches!(waited, Err(StoreError::Awaited)), "{waited:?}");
    assert!(sender.is_closed(), "the use case is over");
    for undone in ["slept", "waited"] {
        assert!(!has(&world.db, &world.scope, undone).await, "{undone}");
    }
    assert_writes(&world, "after").await;
}

/// The answer to a caller that went away is lost; what it asked for is done whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_queued_write_is_kept_though_its_caller_went_away() {
    let test = TestDb::sqlite();
    let world = World::new(&test).await;
    let (db, scope) = (world.db.clone(), world.scope.clone());
    let account = world.account("ada", at(0));
    // One poll queues it; then it is dropped.
    let answered =
        async move { commit!(db; scope, account; |tx| linked_account::add(tx, &scope, &account)) }
            .now_or_never();
    drop(answered);
    assert_writes(&world, "after").await;
    assert!(has(&world.db, &world.scope, "ada").await);
}
