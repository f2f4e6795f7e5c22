//! OAuth flows: a state that comes back is good for one time.

use trunnel_model::id::OAuthAttemptId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_store::oauth_attempt::{self, Attempt};
use trunnel_store::{Db, StoreError};
use trunnel_testing::on_both;

use crate::world::{NOW, World, at, commit, race};

fn attempt(world: &World, account: &AccountId, expires_at: Timestamp) -> Attempt {
    Attempt {
        id: OAuthAttemptId::new(NOW, &*world.chance),
        account_id: account.clone(),
        slug: "github".to_owned(),
        redirect_uri: "https://example.com/back?a=b".to_owned(),
        client_id: "client".to_owned(),
        sealed: world.sealed("verifier"),
        created_at: NOW,
        expires_at,
    }
}

async fn add(
    world: &World,
    scope: &Scope,
    state: [u8; 32],
    attempt: &Attempt,
) -> Result<(), StoreError> {
    commit!(world.db; scope, attempt; |tx| oauth_attempt::add(tx, &scope, &state, &attempt))
}

async fn take(db: Db, state: [u8; 32]) -> Option<(Scope, Attempt)> {
    commit!(db; ; |tx| async move { oauth_attempt::take(tx, &state).await }).unwrap()
}

on_both! {
    async fn of_twenty_that_bring_the_state_one_gets_the_attempt(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        let attempt = attempt(&world, &account, at(100));
        add(&world, &world.scope, [0; 32], &attempt).await.unwrap();
        let taken = race(20, |_| take(world.db.clone(), [0; 32])).await;
        let got: Vec<_> = taken.into_iter().flatten().collect();
        assert_eq!(got, [(world.scope.clone(), attempt)]);
        assert_eq!(take(world.db.clone(), [0; 32]).await, None);
    }

    async fn a_state_leads_to_the_scope_it_was_made_in(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        for (number, scope) in (1..).zip(world.scopes()) {
            let attempt = attempt(&world, &account, at(100));
            add(&world, &scope, [number; 32], &attempt).await.unwrap();
            assert_eq!(take(world.db.clone(), [number; 32]).await, Some((scope, attempt)));
        }
        assert_eq!(take(world.db.clone(), [9; 32]).await, None);
    }

    async fn a_state_is_used_by_one_attempt_of_a_known_account(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        add(&world, &world.scope, [1; 32], &attempt(&world, &account, at(1))).await.unwrap();
        let again =
            add(&world, &world.strangers[0], [1; 32], &attempt(&world, &account, at(1))).await;
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
        let nobody = AccountId::parse("nobody").unwrap();
        let missing = add(&world, &world.scope, [2; 32], &attempt(&world, &nobody, at(1))).await;
        assert!(matches!(missing, Err(StoreError::Missing)), "{missing:?}");
    }

    async fn an_attempt_goes_with_its_account(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account(&world.scope, "ada").await;
        add(&world, &world.scope, [1; 32], &attempt(&world, &account.account_id, at(1)))
            .await
            .unwrap();
        world.delete_account(&world.scope, &account).await;
        assert_eq!(take(world.db.clone(), [1; 32]).await, None);
    }

    async fn only_so_many_are_forgotten_at_once(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        for number in 1..=3 {
            add(&world, &world.scope, [number; 32], &attempt(&world, &account, at(1))).await.unwrap();
        }
        for expected in [2, 1, 0] {
            let forgotten = commit!(world.db; ; |tx| oauth_attempt::forget(tx, at(9), 2)).unwrap();
            assert_eq!(forgotten, expected);
        }
    }

    async fn what_nobody_finished_is_forgotten(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        for (number, expiry) in [(1, 10), (2, 20), (3, 30)] {
            add(&world, &world.scope, [number; 32], &attempt(&world, &account, at(expiry)))
                .await
                .unwrap();
        }
        let forgotten = commit!(world.db; ; |tx| oauth_attempt::forget(tx, at(20), 100)).unwrap();
        assert_eq!(forgotten, 1);
        assert_eq!(take(world.db.clone(), [1; 32]).await, None);
        assert!(take(world.db.clone(), [2; 32]).await.is_some());
        assert!(take(world.db.clone(), [3; 32]).await.is_some());
    }
}
