//! API keys: found by their hash, valid until they expire.

use trunnel_model::api_key::{ApiKey, HashedApiKey, LastUse, PlainApiKey};
use trunnel_model::id::ApiKeyId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::{StoreError, api_key};
use trunnel_testing::on_both;

use crate::world::{NOW, World, at, commit};

struct Key {
    id: ApiKeyId,
    hash: HashedApiKey,
}

fn new_key(world: &World, scope: &Scope, created_at: Timestamp) -> Key {
    Key {
        id: ApiKeyId::new(created_at, &*world.chance),
        hash: PlainApiKey::generate(scope.environment(), &*world.chance).hash(),
    }
}

async fn try_store(
    world: &World,
    scope: &Scope,
    key: &Key,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (id, hash, sealed) = (key.id.clone(), key.hash, world.sealed(key.id.as_str()));
    commit!(world.db; scope, id, sealed; |tx| async move {
        let new = api_key::NewApiKey { id: &id, hash, hint: "trn_…1234", sealed: &sealed, now };
        api_key::add(tx, &scope, &new).await
    })
}

async fn add(world: &World, scope: &Scope, created_at: Timestamp) -> Key {
    let key = new_key(world, scope, created_at);
    try_store(world, scope, &key, created_at).await.unwrap();
    key
}

async fn expire_others(world: &World, keep: &ApiKeyId, end: Timestamp) {
    let scope = world.scope.clone();
    commit!(world.db; scope, keep; |tx| api_key::expire_others(tx, &scope, &keep, end)).unwrap();
}

async fn is_valid(world: &World, key: &Key, now: Timestamp) -> bool {
    api_key::verify(&world.db, &key.hash, now)
        .await
        .unwrap()
        .is_some()
}

async fn listed(world: &World, scope: &Scope, now: Timestamp) -> Vec<ApiKeyId> {
    let keys = api_key::list(&world.db, scope, now).await.unwrap();
    keys.into_iter().map(|key| key.id).collect()
}

on_both! {
    async fn a_key_stands_for_its_scope(test: TestDb) {
        let world = World::new(&test).await;
        for scope in world.scopes() {
            let key = add(&world, &scope, NOW).await;
            let verified = api_key::verify(&world.db, &key.hash, NOW).await.unwrap().unwrap();
            assert_eq!(verified.scope, scope);
            assert_eq!(verified.key, key.id);
        }
        let unknown = new_key(&world, &world.scope, NOW);
        assert!(!is_valid(&world, &unknown, NOW).await);
    }

    async fn a_replaced_key_is_valid_until_the_grace_is_over(test: TestDb) {
        let world = World::new(&test).await;
        let old = add(&world, &world.scope, at(0)).await;
        let new = add(&world, &world.scope, at(1)).await;
        expire_others(&world, &new.id, at(1_000)).await;
        assert!(is_valid(&world, &old, at(999)).await);
        assert!(!is_valid(&world, &old, at(1_000)).await);
        assert!(is_valid(&world, &new, at(1_000_000)).await);
    }

    async fn a_grace_is_shortened_and_never_lengthened(test: TestDb) {
        let world = World::new(&test).await;
        let old = add(&world, &world.scope, at(0)).await;
        let new = add(&world, &world.scope, at(1)).await;
        expire_others(&world, &new.id, at(1_000)).await;
        expire_others(&world, &new.id, at(5_000)).await;
        assert!(!is_valid(&world, &old, at(1_000)).await);
        expire_others(&world, &new.id, at(500)).await;
        assert!(is_valid(&world, &old, at(499)).await);
        assert!(!is_valid(&world, &old, at(500)).await);
    }

    async fn a_rotation_leaves_strangers_alone(test: TestDb) {
        let world = World::new(&test).await;
        let own = add(&world, &world.scope, NOW).await;
        let mut theirs = Vec::new();
        for stranger in &world.strangers {
            theirs.push(add(&world, stranger, NOW).await);
        }
        expire_others(&world, &own.id, NOW).await;
        for key in &theirs {
            assert!(is_valid(&world, key, at(1)).await);
        }
    }

    async fn valid_keys_are_listed_newest_first_with_their_sealed_copies(test: TestDb) {
        let world = World::new(&test).await;
        let first = add(&world, &world.scope, at(0)).await;
        let second = add(&world, &world.scope, at(1)).await;
        add(&world, &world.strangers[0], at(2)).await;
        add(&world, &world.strangers[1], at(2)).await;
        let newest_first = [second.id.clone(), first.id.clone()];
        assert_eq!(listed(&world, &world.scope, at(3)).await, newest_first);

        let sealed = api_key::sealed(&world.db, &world.scope, at(3)).await.unwrap();
        let expected = newest_first.map(|id| (id.clone(), world.sealed(id.as_str())));
        assert_eq!(sealed, expected);

        expire_others(&world, &second.id, at(10)).await;
        assert_eq!(listed(&world, &world.scope, at(9)).await.len(), 2);
        assert_eq!(listed(&world, &world.scope, at(10)).await, std::slice::from_ref(&second.id));
        let sealed = api_key::sealed(&world.db, &world.scope, at(10)).await.unwrap();
        assert_eq!(sealed, [(second.id.clone(), world.sealed(second.id.as_str()))]);
    }

    async fn a_key_remembers_its_last_use(test: TestDb) {
        let world = World::new(&test).await;
        let key = add(&world, &world.scope, at(0)).await;
        let mut expected = ApiKey {
            id: key.id.clone(),
            hint: "trn_…1234".to_owned(),
            created_at: at(0),
            expires_at: None,
            last_use: None,
        };
        let list = || api_key::list(&world.db, &world.scope, at(50));
        assert_eq!(list().await.unwrap(), [expected.clone()]);
        let last_use = LastUse {
            at: at(40),
            address: Some("192.0.2.1".to_owned()),
            route: None,
        };
        for scope in [&world.strangers[0], &world.strangers[1]] {
            let (id, elsewhere) = (key.id.clone(), last_use.clone());
            commit!(world.db; scope, id, elsewhere; |tx| {
                api_key::touch(tx, &scope, &id, &elsewhere)
            })
            .unwrap();
        }
        assert_eq!(list().await.unwrap(), [expected.clone()]);
        let (scope, id) = (world.scope.clone(), key.id.clone());
        commit!(world.db; scope, id, last_use; |tx| api_key::touch(tx, &scope, &id, &last_use))
            .unwrap();
        expected.last_use = Some(last_use);
        assert_eq!(list().await.unwrap(), [expected]);
    }

    async fn no_two_keys_have_one_hash_whosever_they_are(test: TestDb) {
        let world = World::new(&test).await;
        let key = add(&world, &world.scope, NOW).await;
        let twin = Key { id: ApiKeyId::new(NOW, &*world.chance), hash: key.hash };
        let taken = try_store(&world, &world.strangers[1], &twin, NOW).await;
        assert!(matches!(taken, Err(StoreError::Taken)), "{taken:?}");
    }
}
