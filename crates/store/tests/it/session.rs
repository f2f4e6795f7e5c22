//! Session tokens: valid until they expire, are revoked, or their account goes.

use trunnel_model::id::SessionTokenId;
use trunnel_model::scope::Scope;
use trunnel_model::session::SessionToken;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_store::{StoreError, session};
use trunnel_testing::on_both;

use crate::world::{NOW, World, at, commit};

fn token(world: &World, account: &AccountId, expires_at: Timestamp) -> SessionToken {
    SessionToken {
        id: SessionTokenId::new(NOW, &*world.chance),
        account_id: account.clone(),
        created_at: NOW,
        expires_at,
        refresh_expires_at: expires_at.plus_millis(1_000),
    }
}

async fn store(world: &World, scope: &Scope, token: &SessionToken) -> Result<(), StoreError> {
    commit!(world.db; scope, token; |tx| session::add(tx, &scope, &token))
}

async fn add(world: &World, account: &AccountId, expires_at: Timestamp) -> SessionToken {
    let token = token(world, account, expires_at);
    store(world, &world.scope, &token).await.unwrap();
    token
}

async fn revoke(world: &World, scope: &Scope, token: &SessionToken) -> bool {
    let id = token.id.clone();
    commit!(world.db; scope, id; |tx| session::revoke(tx, &scope, &id, at(1))).unwrap()
}

async fn latest(world: &World, scope: &Scope, account: &AccountId) -> Option<SessionToken> {
    commit!(world.db; scope, account; |tx| session::latest(tx, &scope, &account)).unwrap()
}

async fn find(world: &World, token: &SessionToken, now: Timestamp) -> Option<SessionToken> {
    session::find_valid(&world.db, &world.scope, &token.id, now)
        .await
        .unwrap()
}

on_both! {
    async fn a_token_is_valid_until_it_expires(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        let token = add(&world, &account, at(100)).await;
        assert_eq!(find(&world, &token, at(99)).await.as_ref(), Some(&token));
        assert_eq!(find(&world, &token, at(100)).await, None);
    }

    async fn a_revoked_token_is_over_at_once_and_revoked_once(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        let (kept, gone) = (
            add(&world, &account, at(100)).await,
            add(&world, &account, at(200)).await,
        );
        assert!(revoke(&world, &world.scope, &gone).await);
        assert!(!revoke(&world, &world.scope, &gone).await);
        assert_eq!(find(&world, &gone, at(2)).await, None);
        assert_eq!(latest(&world, &world.scope, &account).await, Some(kept));
    }

    async fn the_latest_token_is_the_one_that_lives_longest(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        assert_eq!(latest(&world, &world.scope, &account).await, None);
        let longest = add(&world, &account, at(300)).await;
        add(&world, &account, at(200)).await;
        let other = world.add_account(&world.scope, "bob").await.account_id;
        add(&world, &other, at(900)).await;
        assert_eq!(latest(&world, &world.scope, &account).await, Some(longest));
    }

    async fn strangers_neither_see_nor_revoke_a_token(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        let token = add(&world, &account, at(100)).await;
        for stranger in &world.strangers {
            let found = session::find_valid(&world.db, stranger, &token.id, NOW).await.unwrap();
            assert_eq!(found, None);
            assert_eq!(latest(&world, stranger, &account).await, None);
            assert!(!revoke(&world, stranger, &token).await);
        }
        assert!(find(&world, &token, NOW).await.is_some());
    }

    async fn a_token_needs_its_account_and_goes_with_it(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account(&world.scope, "ada").await;
        let orphan = token(&world, &AccountId::parse("nobody").unwrap(), at(100));
        let refused = store(&world, &world.scope, &orphan).await;
        assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
        let token = add(&world, &account.account_id, at(100)).await;
        world.delete_account(&world.scope, &account).await;
        assert_eq!(find(&world, &token, NOW).await, None);
    }

    async fn only_so_many_are_forgotten_at_once(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        for _ in 0..3 {
            add(&world, &account, at(0)).await;
        }
        for expected in [2, 1, 0] {
            let forgotten = commit!(world.db; ; |tx| session::forget(tx, at(9_999), 2)).unwrap();
            assert_eq!(forgotten, expected);
        }
    }

    async fn what_is_over_is_forgotten_in_every_scope(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        for scope in world.scopes() {
            store(&world, &scope, &token(&world, &account, at(100))).await.unwrap();
        }
        let kept = add(&world, &account, at(101)).await;
        let forget = |before: Timestamp| {
            let db = world.db.clone();
            async move { commit!(db; ; |tx| session::forget(tx, before, 100)).unwrap() }
        };
        assert_eq!(forget(at(1_100)).await, 0);
        assert_eq!(forget(at(1_101)).await, 3);
        assert_eq!(find(&world, &kept, NOW).await, Some(kept));
    }
}
