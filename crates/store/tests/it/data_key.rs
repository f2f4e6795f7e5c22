//! Data keys: one seals, the older ones still open.

use trunnel_model::id::DataKeyId;
use trunnel_store::data_key::{self, StoredDataKey};
use trunnel_store::{StoreError, app};
use trunnel_testing::on_both;

use crate::world::{World, at, commit};

fn key(world: &World, created: i64, master_key: &str) -> StoredDataKey {
    StoredDataKey {
        id: DataKeyId::new(at(created), &*world.chance),
        master_key: master_key.to_owned(),
        sealed: vec![0, 1, 255],
        created_at: at(created),
        retired_at: None,
    }
}

async fn add(world: &World, key: &StoredDataKey) {
    let (scope, key) = (world.scope.clone(), key.clone());
    commit!(world.db; scope, key; |tx| data_key::add(tx, &scope, &key)).unwrap();
}

async fn delete(world: &World, id: &DataKeyId) -> Result<(), StoreError> {
    let scope = world.scope.clone();
    commit!(world.db; scope, id; |tx| data_key::delete(tx, &scope, &id))
}

on_both! {
    async fn a_key_is_found_in_its_own_scope_only(test: TestDb) {
        let world = World::new(&test).await;
        let key = key(&world, 1, "first");
        add(&world, &key).await;
        let found = data_key::find(&world.db, &world.scope, &key.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&key));
        for stranger in &world.strangers {
            assert_eq!(data_key::find(&world.db, stranger, &key.id).await.unwrap(), None);
            let theirs = data_key::list(&world.db, stranger).await.unwrap();
            assert_eq!(theirs.len(), 1);
            assert_eq!(theirs[0].id, world.data_key);
        }
    }

    async fn the_newest_key_that_is_not_retired_is_current(test: TestDb) {
        let world = World::new(&test).await;
        let (second, third) = (key(&world, 1, "first"), key(&world, 2, "first"));
        add(&world, &second).await;
        add(&world, &third).await;
        let current = data_key::current(&world.db, &world.scope).await.unwrap();
        assert_eq!(current.as_ref(), Some(&third));
        let listed = data_key::list(&world.db, &world.scope).await.unwrap();
        assert_eq!(listed.len(), 3);
        assert_eq!(listed[1..], [second.clone(), third.clone()]);

        let (scope, keep) = (world.scope.clone(), second.id.clone());
        commit!(world.db; scope, keep; |tx| data_key::retire_others(tx, &scope, &keep, at(9)))
            .unwrap();
        let current = data_key::current(&world.db, &world.scope).await.unwrap();
        assert_eq!(current.as_ref(), Some(&second));
        let retired: Vec<_> = data_key::list(&world.db, &world.scope)
            .await
            .unwrap()
            .into_iter()
            .map(|key| key.retired_at)
            .collect();
        assert_eq!(retired, [Some(at(9)), None, Some(at(9))]);
        for stranger in &world.strangers {
            let theirs = data_key::current(&world.db, stranger).await.unwrap().unwrap();
            assert_eq!(theirs.id, world.data_key);
        }
    }

    async fn a_retired_key_keeps_the_time_it_was_retired_at(test: TestDb) {
        let world = World::new(&test).await;
        let next = key(&world, 1, "first");
        add(&world, &next).await;
        for now in [5, 6] {
            let (scope, keep) = (world.scope.clone(), next.id.clone());
            commit!(world.db; scope, keep; |tx| {
                data_key::retire_others(tx, &scope, &keep, at(now))
            })
            .unwrap();
        }
        let old = data_key::find(&world.db, &world.scope, &world.data_key).await.unwrap();
        assert_eq!(old.unwrap().retired_at, Some(at(5)));
    }

    async fn rewrapping_changes_what_one_key_is_sealed_with(test: TestDb) {
        let world = World::new(&test).await;
        let mut key = key(&world, 1, "first");
        add(&world, &key).await;
        assert_eq!(data_key::master_keys(&world.db).await.unwrap(), ["first"]);
        key.master_key = String::from("second");
        key.sealed = vec![9; 40];
        let (scope, rewrapped) = (world.scope.clone(), key.clone());
        commit!(world.db; scope, rewrapped; |tx| data_key::rewrap(tx, &scope, &rewrapped))
            .unwrap();
        let found = data_key::find(&world.db, &world.scope, &key.id).await.unwrap();
        assert_eq!(found, Some(key));
        assert_eq!(data_key::master_keys(&world.db).await.unwrap(), ["first", "second"]);
        let other = data_key::find(&world.db, &world.scope, &world.data_key).await.unwrap();
        assert_eq!(other.unwrap().master_key, "first");
    }

    async fn a_key_in_use_cannot_be_deleted(test: TestDb) {
        let world = World::new(&test).await;
        let (scope, secret) = (world.scope.clone(), world.sealed("in use"));
        commit!(world.db; scope, secret; |tx| app::add_secret(tx, &scope, "name", &secret))
            .unwrap();
        let refused = delete(&world, &world.data_key).await;
        assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
        let kept = data_key::find(&world.db, &world.scope, &world.data_key).await.unwrap();
        assert!(kept.is_some());
    }

    async fn an_unused_key_is_deleted_and_strangers_keep_theirs(test: TestDb) {
        let world = World::new(&test).await;
        delete(&world, &world.data_key).await.unwrap();
        assert_eq!(data_key::list(&world.db, &world.scope).await.unwrap(), []);
        assert_eq!(data_key::current(&world.db, &world.scope).await.unwrap(), None);
        for stranger in &world.strangers {
            assert_eq!(data_key::list(&world.db, stranger).await.unwrap().len(), 1);
        }
    }
}
