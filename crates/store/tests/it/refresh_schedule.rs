//! When tokens are to be renewed, and who takes them.

use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::refresh_schedule;
use trunnel_testing::on_both;

use crate::connection::{connected, find, take_lease};
use crate::world::{World, at, commit};

async fn set(world: &World, id: &ConnectionId, due_at: Option<Timestamp>) {
    let scope = world.scope.clone();
    commit!(world.db; scope, id; |tx| refresh_schedule::set(tx, &scope, &id, due_at)).unwrap();
}

async fn put_off(world: &World, id: &ConnectionId, version: i64, due_at: Timestamp) {
    let scope = world.scope.clone();
    commit!(world.db; scope, id; |tx| {
        refresh_schedule::put_off(tx, &scope, &id, version, Some(due_at))
    })
    .unwrap();
}

async fn claim(world: &World, now: Timestamp) -> Vec<(Scope, ConnectionId)> {
    let lease = now.plus_millis(100);
    commit!(world.db;; |tx| refresh_schedule::claim(tx, now, lease, 10)).unwrap()
}

async fn is_leased(world: &World, id: &ConnectionId, lease: &'static str, now: i64) -> bool {
    let scope = world.scope.clone();
    commit!(world.db; scope, id; |tx| {
        refresh_schedule::is_leased_to_another(tx, &scope, &id, lease, at(now))
    })
    .unwrap()
}

on_both! {
    async fn what_is_due_is_taken_once_and_again_when_its_taker_has_died(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        assert!(claim(&world, at(1_000)).await.is_empty(), "nothing was said of it");
        set(&world, &id, Some(at(50))).await;
        assert_eq!(refresh_schedule::next_due(&world.db).await.unwrap(), Some(at(50)));
        assert!(claim(&world, at(49)).await.is_empty());
        assert_eq!(claim(&world, at(50)).await, [(world.scope.clone(), id.clone())]);
        assert!(claim(&world, at(149)).await.is_empty());
        assert_eq!(claim(&world, at(150)).await.len(), 1);
        set(&world, &id, None).await;
        assert!(claim(&world, at(10_000)).await.is_empty());
        assert_eq!(refresh_schedule::next_due(&world.db).await.unwrap(), None);
    }

    async fn a_time_that_was_decided_on_an_older_row_is_not_set(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let version = find(&world, &id).await.version;
        set(&world, &id, Some(at(50))).await;
        put_off(&world, &id, version + 1, at(500)).await;
        assert_eq!(refresh_schedule::next_due(&world.db).await.unwrap(), Some(at(50)));
        put_off(&world, &id, version, at(500)).await;
        assert_eq!(refresh_schedule::next_due(&world.db).await.unwrap(), Some(at(500)));
    }

    async fn a_lease_is_anothers_until_it_ends(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let stored = find(&world, &id).await;
        assert!(!is_leased(&world, &id, "mine", 50).await);
        assert!(take_lease(&world, &stored, "theirs").await);
        assert!(is_leased(&world, &id, "mine", 99).await);
        assert!(!is_leased(&world, &id, "theirs", 99).await);
        assert!(!is_leased(&world, &id, "mine", 100).await);
    }
}
