//! Connections, and the fence that lets one caller refresh at a time.

use trunnel_model::connection::{AuthType, Status};
use trunnel_model::id::{ConnectionId, DataKeyId};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_store::connection::{self, Established, Refreshed, StoredConnection};
use trunnel_store::{Db, StoreError};
use trunnel_testing::on_both;

use crate::world::{World, at, commit, race};

fn established(world: &World, token: &str, when: i64) -> Established {
    Established {
        auth_type: AuthType::OAuth2,
        auth_option: "oauth2".to_owned(),
        identifier: Some(r#"{"login":"ada","n":1}"#.to_owned()),
        fields: r#"{"subdomain":"acme"}"#.to_owned(),
        scopes: Some(r#"["read","write"]"#.to_owned()),
        client_id: Some("client".to_owned()),
        sealed: world.sealed(token),
        expires_at: Some(at(3_600_000)),
        renewable: true,
        metadata: Some(r#"{"plan":"pro"}"#.to_owned()),
        at: at(when),
    }
}

fn refreshed(world: &World, token: &str) -> Refreshed {
    Refreshed {
        sealed: world.sealed(token),
        expires_at: None,
        fields: r#"{"subdomain":"moved"}"#.to_owned(),
        scopes: None,
        renewable: true,
        at: at(70),
    }
}

/// A connection of `slug` and `auth_type`, connected at `when`.
async fn try_add(
    world: &World,
    scope: &Scope,
    account: &AccountId,
    (slug, auth_type): (&'static str, AuthType),
    when: i64,
) -> Result<ConnectionId, StoreError> {
    let id = ConnectionId::new(at(when), &*world.chance);
    let mut new = established(world, "token", when);
    new.auth_type = auth_type;
    auth_type.as_str().clone_into(&mut new.auth_option);
    let answer = id.clone();
    commit!(world.db; scope, account, id, new; |tx| {
        connection::add(tx, &scope, &id, &account, slug, &new)
    })
    .map(|()| answer)
}

const GITHUB: (&str, AuthType) = ("github", AuthType::OAuth2);

async fn add(world: &World, scope: &Scope, account: &AccountId, when: i64) -> ConnectionId {
    try_add(world, scope, account, GITHUB, when).await.unwrap()
}

pub(crate) async fn find(world: &World, id: &ConnectionId) -> StoredConnection {
    connection::find(&world.db, &world.scope, id)
        .await
        .unwrap()
        .unwrap()
}

/// One connection of one account: where most tests begin.
pub(crate) async fn connected(world: &World) -> (AccountId, ConnectionId) {
    let account = world.add_account_everywhere("ada").await;
    let id = add(world, &world.scope, &account, 0).await;
    (account, id)
}

async fn lease(
    db: Db,
    scope: Scope,
    stored: StoredConnection,
    (lease, until, now): (&'static str, Timestamp, Timestamp),
) -> bool {
    commit!(db; scope, stored; |tx| connection::lease(tx, &scope, &stored, lease, until, now))
        .unwrap()
}

pub(crate) async fn take_lease(
    world: &World,
    stored: &StoredConnection,
    name: &'static str,
) -> bool {
    let terms = (name, at(100), at(50));
    lease(world.db.clone(), world.scope.clone(), stored.clone(), terms).await
}

async fn release(world: &World, id: &ConnectionId, lease: &'static str, after: Timestamp) {
    let scope = world.scope.clone();
    commit!(world.db; scope, id; |tx| connection::release(tx, &scope, &id, lease, after)).unwrap();
}

/// With a version that is not the row's, so that the lease alone decides.
async fn keep(world: &World, id: &ConnectionId, lease: &'static str) -> bool {
    keep_of_version(world, id, lease, -1).await
}

async fn keep_of_version(
    world: &World,
    id: &ConnectionId,
    lease: &'static str,
    version: i64,
) -> bool {
    let (scope, new) = (world.scope.clone(), refreshed(world, "refreshed"));
    commit!(world.db; scope, id, new; |tx| {
        connection::refreshed(tx, &scope, &id, (lease, version), &new)
    })
    .unwrap()
}

async fn expire(db: Db, scope: Scope, id: ConnectionId, version: i64) -> bool {
    commit!(db; scope, id; |tx| {
        connection::expire(tx, &scope, &id, version, "invalid_grant", at(60))
    })
    .unwrap()
}

on_both! {
    async fn a_connection_is_found_as_it_was_established(test: TestDb) {
        let world = World::new(&test).await;
        let (account, id) = connected(&world).await;
        let stored = find(&world, &id).await;
        assert_eq!(stored.connection.id, id);
        assert_eq!(stored.connection.account_id, account);
        assert_eq!(stored.connection.slug, "github");
        assert_eq!(stored.connection.auth_type, AuthType::OAuth2);
        assert_eq!(stored.connection.status, Status::Active);
        let identifier = stored.connection.identifier.clone().unwrap();
        assert_eq!(identifier.to_string(), r#"{"login":"ada","n":1}"#);
        assert_eq!(stored.connection.scopes.clone().unwrap(), ["read", "write"]);
        assert_eq!(stored.connection.last_error, None);
        assert_eq!(stored.connection.connected_at, at(0));
        assert_eq!(stored.fields, r#"{"subdomain":"acme"}"#);
        assert_eq!(stored.client_id.as_deref(), Some("client"));
        assert_eq!(stored.connection.expires_at, Some(at(3_600_000)));
        assert_eq!((stored.refresh_lease.as_ref(), stored.refresh_until), (None, None));
        assert_eq!(stored.version, 0);
        assert_eq!(stored.sealed, world.sealed("token"));
    }

    async fn strangers_neither_see_nor_change_a_connection(test: TestDb) {
        let world = World::new(&test).await;
        let (account, id) = connected(&world).await;
        let before = find(&world, &id).await;
        for scope in world.strangers.clone() {
            assert_eq!(connection::find(&world.db, &scope, &id).await.unwrap(), None);
            assert_eq!(connection::of_account(&world.db, &scope, &account).await.unwrap(), []);
            let of_app = connection::of_app(&world.db, &scope, &account, "github").await;
            assert_eq!(of_app.unwrap(), []);
            let terms = ("theirs", at(100), at(50));
            assert!(!lease(world.db.clone(), scope.clone(), before.clone(), terms).await);
            assert!(!expire(world.db.clone(), scope.clone(), id.clone(), 0).await);
            let new = established(&world, "theirs", 9);
            commit!(world.db; scope, id, account, new; |tx| async move {
                connection::renew(tx, &scope, &id, &new).await?;
                connection::release(tx, &scope, &id, "theirs", at(1)).await?;
                assert_eq!(connection::lock_of_account(tx, &scope, &account).await?, []);
                assert_eq!(connection::lock_of_app(tx, &scope, &account, "github").await?, []);
                connection::delete(tx, &scope, &id).await
            })
            .unwrap();
        }
        assert_eq!(find(&world, &id).await, before);
    }

    async fn an_account_may_have_several_connections_to_one_app(test: TestDb) {
        let world = World::new(&test).await;
        let (account, first) = connected(&world).await;
        let second = try_add(&world, &world.scope, &account, GITHUB, 1).await.unwrap();
        let both = connection::of_app(&world.db, &world.scope, &account, "github").await.unwrap();
        let ids: Vec<_> = both.iter().map(|stored| &stored.connection.id).collect();
        assert_eq!(ids, [&first, &second]);
        for other in [("github", AuthType::KeyBased), ("gitlab", AuthType::OAuth2)] {
            try_add(&world, &world.scope, &account, other, 1).await.unwrap();
        }
        for stranger in &world.strangers {
            try_add(&world, stranger, &account, GITHUB, 1).await.unwrap();
        }
    }

    async fn a_connection_needs_its_account_and_its_data_key(test: TestDb) {
        let world = World::new(&test).await;
        let nobody = AccountId::parse("nobody").unwrap();
        let missing = try_add(&world, &world.scope, &nobody, GITHUB, 0).await;
        assert!(matches!(missing, Err(StoreError::Missing)), "{missing:?}");

        let account = world.add_account_everywhere("ada").await;
        let (scope, id) = (world.scope.clone(), ConnectionId::new(at(0), &*world.chance));
        let mut new = established(&world, "token", 0);
        new.sealed.data_key = DataKeyId::new(at(0), &*world.chance);
        let missing = commit!(world.db; scope, id, account, new; |tx| {
            connection::add(tx, &scope, &id, &account, "github", &new)
        });
        assert!(matches!(missing, Err(StoreError::Missing)), "{missing:?}");
    }

    async fn an_accounts_connections_come_oldest_first(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        let other = world.add_account(&world.scope, "bob").await.account_id;
        let keyed = ("github", AuthType::KeyBased);
        let second = try_add(&world, &world.scope, &account, keyed, 2).await.unwrap();
        let first = add(&world, &world.scope, &account, 1).await;
        let slack = ("slack", AuthType::OAuth2);
        let third = try_add(&world, &world.scope, &account, slack, 3).await.unwrap();
        add(&world, &world.scope, &other, 0).await;

        let all = connection::of_account(&world.db, &world.scope, &account).await.unwrap();
        let ids: Vec<_> = all.iter().map(|connection| &connection.id).collect();
        assert_eq!(ids, [&first, &second, &third]);
        let github = connection::of_app(&world.db, &world.scope, &account, "github").await.unwrap();
        let ids: Vec<_> = github.iter().map(|stored| &stored.connection.id).collect();
        assert_eq!(ids, [&first, &second]);

        let scope = world.scope.clone();
        let (of_app, of_account) = commit!(world.db; scope, account; |tx| async move {
            let of_app = connection::lock_of_app(tx, &scope, &account, "github").await?;
            let of_account = connection::lock_of_account(tx, &scope, &account).await?;
            Ok::<_, StoreError>((of_app, of_account))
        })
        .unwrap();
        assert_eq!(of_app, github);
        let locked: Vec<_> = of_account.into_iter().map(|stored| stored.connection).collect();
        assert_eq!(locked, all);
    }

    async fn connecting_again_renews_what_is_there(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let stored = find(&world, &id).await;
        assert!(take_lease(&world, &stored, "refresher").await);
        assert!(expire(world.db.clone(), world.scope.clone(), id.clone(), 0).await);
        let (scope, mut new) = (world.scope.clone(), established(&world, "new", 90));
        new.identifier = None;
        new.scopes = None;
        new.client_id = None;
        new.expires_at = None;
        commit!(world.db; scope, id, new; |tx| connection::renew(tx, &scope, &id, &new)).unwrap();
        let renewed = find(&world, &id).await;
        assert_eq!(renewed.connection.status, Status::Active);
        assert_eq!(renewed.connection.identifier, None);
        assert_eq!(renewed.connection.scopes, None);
        assert_eq!(renewed.connection.last_error, None);
        assert_eq!(renewed.connection.created_at, at(0));
        assert_eq!(renewed.connection.connected_at, at(90));
        assert_eq!((renewed.client_id, renewed.connection.expires_at), (None, None));
        assert_eq!((renewed.refresh_lease, renewed.refresh_until), (None, None));
        assert_eq!(renewed.version, 2);
        assert_eq!(renewed.sealed, world.sealed("new"));
    }

    async fn a_deleted_connection_is_gone_and_the_others_are_not(test: TestDb) {
        let world = World::new(&test).await;
        let (account, id) = connected(&world).await;
        let slack = ("slack", AuthType::OAuth2);
        let other = try_add(&world, &world.scope, &account, slack, 0).await.unwrap();
        let scope = world.scope.clone();
        commit!(world.db; scope, id; |tx| connection::delete(tx, &scope, &id)).unwrap();
        assert_eq!(connection::find(&world.db, &world.scope, &id).await.unwrap(), None);
        find(&world, &other).await;
    }

    async fn an_accounts_connections_go_with_it(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account(&world.scope, "ada").await;
        let id = add(&world, &world.scope, &account.account_id, 0).await;
        world.delete_account(&world.scope, &account).await;
        assert_eq!(connection::find(&world.db, &world.scope, &id).await.unwrap(), None);
    }

    async fn of_fifty_that_want_the_lease_one_gets_it(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let stored = find(&world, &id).await;
        let won = race(50, |_| {
            let terms = ("any", at(100), at(50));
            lease(world.db.clone(), world.scope.clone(), stored.clone(), terms)
        })
        .await;
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
        let leased = find(&world, &id).await;
        assert_eq!(leased.refresh_lease.as_deref(), Some("any"));
        assert_eq!(leased.refresh_until, Some(at(100)));
    }

    async fn a_lease_that_ran_out_may_be_taken(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let stored = find(&world, &id).await;
        assert!(take_lease(&world, &stored, "first").await);
        let try_at = |now| {
            let terms = ("second", at(200), now);
            lease(world.db.clone(), world.scope.clone(), stored.clone(), terms)
        };
        assert!(!try_at(at(99)).await);
        assert!(try_at(at(100)).await);
        assert!(!keep(&world, &id, "first").await, "the first holder was too late");
        assert!(keep(&world, &id, "second").await);
    }

    async fn a_lease_given_back_may_be_taken_when_its_giver_says(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let stored = find(&world, &id).await;
        assert!(take_lease(&world, &stored, "first").await);
        release(&world, &id, "someone else's", at(1)).await;
        assert!(!take_lease(&world, &stored, "second").await);
        release(&world, &id, "first", at(1)).await;
        assert!(take_lease(&world, &stored, "second").await);
        release(&world, &id, "second", at(51)).await;
        assert_eq!(find(&world, &id).await.refresh_failures, 2);
        assert!(!take_lease(&world, &stored, "third").await);
        assert_eq!(find(&world, &id).await.refresh_lease, None);
        let terms = ("third", at(200), at(51));
        assert!(lease(world.db.clone(), world.scope.clone(), stored, terms).await);
    }

    /// A holder that was slower than its lease has the only good tokens, as long as
    /// nobody else has brought others.
    async fn tokens_that_come_late_are_kept_if_nothing_came_between(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let stored = find(&world, &id).await;
        assert!(take_lease(&world, &stored, "slow").await);
        let terms = ("next", at(400), at(300));
        assert!(lease(world.db.clone(), world.scope.clone(), stored.clone(), terms).await);
        assert!(keep_of_version(&world, &id, "slow", stored.version).await);
        let kept = find(&world, &id).await;
        assert_eq!((kept.version, kept.refresh_lease), (stored.version + 1, None));
        assert!(!keep_of_version(&world, &id, "next", stored.version).await);
    }

    async fn only_the_leases_holder_may_keep_what_a_refresh_brought(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        assert!(!keep(&world, &id, "none").await);
        let stored = find(&world, &id).await;
        assert!(take_lease(&world, &stored, "mine").await);
        assert!(!keep(&world, &id, "forged").await);
        assert_eq!(find(&world, &id).await.sealed, world.sealed("token"));
        assert!(keep(&world, &id, "mine").await);
        assert!(!keep(&world, &id, "mine").await, "a lease keeps once");
        let kept = find(&world, &id).await;
        assert_eq!(kept.sealed, world.sealed("refreshed"));
        assert_eq!(kept.fields, r#"{"subdomain":"moved"}"#);
        assert_eq!((kept.connection.expires_at, kept.connection.scopes), (None, None));
        assert_eq!((kept.refresh_lease, kept.refresh_until), (None, None));
        assert_eq!(kept.connection.updated_at, at(70));
        assert_eq!(kept.version, 1);
    }

    async fn who_read_before_a_refresh_gets_no_lease_after_it(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let old = find(&world, &id).await;
        assert!(take_lease(&world, &old, "mine").await);
        assert!(keep(&world, &id, "mine").await);
        assert!(!take_lease(&world, &old, "late").await);
        let fresh = find(&world, &id).await;
        assert!(take_lease(&world, &fresh, "next").await);
    }

    async fn of_twenty_that_see_it_expire_one_tells(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let told = race(20, |_| {
            expire(world.db.clone(), world.scope.clone(), id.clone(), 0)
        })
        .await;
        assert_eq!(told.into_iter().filter(|told| *told).count(), 1);
        let expired = find(&world, &id).await;
        assert_eq!(expired.connection.status, Status::Expired);
        assert_eq!(expired.connection.last_error.as_deref(), Some("invalid_grant"));
        assert_eq!(expired.version, 1);
        assert!(!take_lease(&world, &expired, "mine").await, "nothing to refresh");
        assert!(!expire(world.db.clone(), world.scope.clone(), id, 1).await);
    }

    async fn who_read_before_a_refresh_cannot_expire_it(test: TestDb) {
        let world = World::new(&test).await;
        let (_, id) = connected(&world).await;
        let old = find(&world, &id).await;
        assert!(take_lease(&world, &old, "mine").await);
        assert!(keep(&world, &id, "mine").await);
        assert!(!expire(world.db.clone(), world.scope.clone(), id.clone(), old.version).await);
        assert_eq!(find(&world, &id).await.connection.status, Status::Active);
    }

    /// A row kept from change makes who comes second see what the first has done.
    async fn a_locked_row_waits_for_the_one_before(test: TestDb) {
        let world = World::new(&test).await;
        let (account, _) = connected(&world).await;
        let seen = race(20, |_| {
            let (db, scope, account) = (world.db.clone(), world.scope.clone(), account.clone());
            let mut new = established(&world, "token", 1);
            async move {
                commit!(db; scope, account; |tx| async move {
                    let locked = connection::lock_of_app(tx, &scope, &account, "github").await?;
                    let [found] = locked.as_slice() else { panic!("{locked:?}") };
                    let number: i64 = found.fields.parse().unwrap_or(0);
                    new.fields = (number + 1).to_string();
                    connection::renew(tx, &scope, &found.connection.id, &new).await?;
                    Ok::<_, StoreError>(number)
                })
            }
        })
        .await;
        let mut numbers: Vec<_> = seen.into_iter().map(Result::unwrap).collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..20));
    }
}
