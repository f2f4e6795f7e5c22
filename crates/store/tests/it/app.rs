//! Organizations, apps, their environments' secrets.

use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, DataKeyId, OrganizationId};
use trunnel_model::scope::Scope;
use trunnel_store::sealed::Sealed;
use trunnel_store::{StoreError, app};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::world::{NOW, World, commit, race};

async fn add_secret(
    world: &World,
    scope: &Scope,
    name: &'static str,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    commit!(world.db; scope, sealed; |tx| app::add_secret(tx, &scope, name, &sealed))
}

on_both! {
    async fn of_twenty_that_claim_a_fact_one_writes_it(test: TestDb) {
        let world = World::new(&test).await;
        let claim = |name: &'static str| {
            let db = world.db.clone();
            async move { commit!(db; ; |tx| app::claim_fact(tx, name, "value")).unwrap() }
        };
        let wrote = race(20, |_| claim("first")).await;
        assert_eq!(wrote.into_iter().filter(|wrote| *wrote).count(), 1);
        assert!(claim("second").await);
        assert!(!claim("second").await);
    }

    async fn a_database_answers_a_ping_once_it_has_its_schema(test: TestDb) {
        let db = test.open_unmigrated();
        assert!(app::ping(&db).await.is_err());
        test.open().await;
        app::ping(&db).await.unwrap();
    }

    async fn an_app_is_found_as_it_was_added(test: TestDb) {
        let world = World::new(&test).await;
        let mut silent = world.app(&AppId::new(NOW, &*world.chance));
        silent.reveal_keys = false;
        silent.name = String::from("Ünïcode \"shop\"");
        commit!(world.db; silent; |tx| app::add(tx, &silent)).unwrap();
        assert_eq!(app::find(&world.db, &silent.id).await.unwrap(), Some(silent));
        let unknown = AppId::new(NOW, &*world.chance);
        assert_eq!(app::find(&world.db, &unknown).await.unwrap(), None);
    }

    async fn apps_are_listed_in_the_order_of_their_ids(test: TestDb) {
        let world = World::new(&test).await;
        for last in ["b", "B", "0"] {
            let id = AppId::parse(&format!("app_000000000000000000000{last}")).unwrap();
            let new = world.app(&id);
            commit!(world.db; new; |tx| app::add(tx, &new)).unwrap();
        }
        let ids: Vec<_> =
            app::list(&world.db).await.unwrap().into_iter().map(|app| app.id).collect();
        assert_eq!(ids.len(), 5);
        assert!(ids.is_sorted(), "{ids:?}");
    }

    async fn an_app_has_both_environments_and_no_other_has(test: TestDb) {
        let world = World::new(&test).await;
        let new = world.app(&AppId::new(NOW, &*world.chance));
        let key = DataKeyId::new(NOW, &*world.chance);
        let scopes = Environment::ALL.map(|each| Scope::verified(new.id.clone(), each));
        let early = world.add_data_key(&scopes[0], &key).await;
        assert!(matches!(early, Err(StoreError::Missing)), "{early:?}");
        commit!(world.db; new; |tx| app::add(tx, &new)).unwrap();
        for scope in scopes {
            world.add_data_key(&scope, &key).await.unwrap();
        }
    }

    async fn an_id_is_taken_once_and_an_organization_must_exist(test: TestDb) {
        let world = World::new(&test).await;
        let organization = world.organization.clone();
        let again = commit!(world.db; organization; |tx| {
            app::add_organization(tx, &organization, "Twin", NOW)
        });
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");

        let existing = world.app(world.scope.app());
        let again = commit!(world.db; existing; |tx| app::add(tx, &existing));
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");

        let mut orphan = world.app(&AppId::new(NOW, &*world.chance));
        orphan.organization = OrganizationId::new(NOW, &*world.chance);
        let orphaned = commit!(world.db; orphan; |tx| app::add(tx, &orphan));
        assert!(matches!(orphaned, Err(StoreError::Missing)), "{orphaned:?}");
        assert_eq!(app::find(&world.db, &orphan.id).await.unwrap(), None);
    }

    async fn a_secret_is_its_environments_own(test: TestDb) {
        let world = World::new(&test).await;
        let secret = world.sealed("signing");
        add_secret(&world, &world.scope, "session_token", &secret).await.unwrap();
        let find = |scope, name| app::find_secret(&world.db, scope, name);
        assert_eq!(find(&world.scope, "session_token").await.unwrap(), Some(secret.clone()));
        assert_eq!(find(&world.scope, "other").await.unwrap(), None);
        for stranger in &world.strangers {
            assert_eq!(find(stranger, "session_token").await.unwrap(), None);
            add_secret(&world, stranger, "session_token", &world.sealed("theirs")).await.unwrap();
        }
        assert_eq!(find(&world.scope, "session_token").await.unwrap(), Some(secret));
    }

    async fn a_secret_is_added_once_and_needs_its_data_key(test: TestDb) {
        let world = World::new(&test).await;
        add_secret(&world, &world.scope, "a", &world.sealed("first")).await.unwrap();
        let again = add_secret(&world, &world.scope, "a", &world.sealed("second")).await;
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
        let unknown = Sealed {
            bytes: vec![1],
            data_key: DataKeyId::new(NOW, &*world.chance),
        };
        let keyless = add_secret(&world, &world.scope, "b", &unknown).await;
        assert!(matches!(keyless, Err(StoreError::Missing)), "{keyless:?}");
    }
}

/// Accounts refer to their environment, which PostgreSQL checks with a lock of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_locked_environment_does_not_hold_up_its_accounts() {
    let test = TestDb::postgres().await;
    let world = World::new(&test).await;
    let (locked, is_locked) = tokio::sync::oneshot::channel();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let (db, scope) = (world.db.clone(), world.scope.clone());
    let mut holder = tokio::task::JoinSet::new();
    holder.spawn(async move {
        commit!(db; scope; |tx| async move {
            app::lock_environment(tx, &scope).await?;
            locked.send(()).unwrap();
            released.await.map_err(|_| StoreError::Closed)
        })
    });
    is_locked.await.unwrap();
    let adding = world.add_account(&world.scope, "ada");
    tokio::time::timeout(std::time::Duration::from_secs(30), adding)
        .await
        .unwrap();
    release.send(()).unwrap();
    holder.join_next().await.unwrap().unwrap().unwrap();
}
