//! How an environment has set up its connectors.

use trunnel_model::connector_setting::{ConnectorSetting, CredentialSource};
use trunnel_model::scope::Scope;
use trunnel_store::StoreError;
use trunnel_store::connector_setting::{self, StoredSetting};
use trunnel_testing::on_both;

use crate::world::{World, at, commit, race};

fn setting(world: &World, slug: &str) -> StoredSetting {
    StoredSetting {
        setting: ConnectorSetting {
            slug: slug.to_owned(),
            source: CredentialSource::Own,
            enabled: true,
            client_id: Some("client".to_owned()),
            has_secret: true,
            scopes: vec!["read".to_owned(), "a \"quoted\" one".to_owned()],
            fields: [("host".to_owned(), "git.acme.example".into())]
                .into_iter()
                .collect(),
            created_at: at(0),
            updated_at: at(0),
        },
        secret: Some(world.sealed("client secret")),
    }
}

async fn put(world: &World, scope: &Scope, stored: &StoredSetting) {
    commit!(world.db; scope, stored; |tx| connector_setting::put(tx, &scope, &stored)).unwrap();
}

on_both! {
    async fn a_setting_is_put_changed_and_found(test: TestDb) {
        let world = World::new(&test).await;
        let find = || connector_setting::find(&world.db, &world.scope, "github");
        assert_eq!(find().await.unwrap(), None);
        let mut stored = setting(&world, "github");
        put(&world, &world.scope, &stored).await;
        assert_eq!(find().await.unwrap().as_ref(), Some(&stored));

        stored.setting.source = CredentialSource::Shared;
        stored.setting.enabled = false;
        stored.setting.client_id = None;
        stored.setting.has_secret = false;
        stored.setting.scopes = Vec::new();
        stored.setting.updated_at = at(5);
        stored.secret = None;
        put(&world, &world.scope, &stored).await;
        assert_eq!(find().await.unwrap(), Some(stored));
    }

    async fn a_change_keeps_the_time_of_the_first_put(test: TestDb) {
        let world = World::new(&test).await;
        let mut stored = setting(&world, "github");
        put(&world, &world.scope, &stored).await;
        stored.setting.created_at = at(9);
        put(&world, &world.scope, &stored).await;
        let found = connector_setting::find(&world.db, &world.scope, "github").await.unwrap();
        assert_eq!(found.unwrap().setting.created_at, at(0));
    }

    async fn settings_are_listed_by_slug_in_their_scope_only(test: TestDb) {
        let world = World::new(&test).await;
        for slug in ["b", "a-b", "a_b", "B"] {
            put(&world, &world.scope, &setting(&world, slug)).await;
        }
        let list = connector_setting::list(&world.db, &world.scope).await.unwrap();
        let slugs: Vec<_> = list.into_iter().map(|stored| stored.setting.slug).collect();
        assert_eq!(slugs, ["B", "a-b", "a_b", "b"]);
        for scope in world.strangers.clone() {
            assert_eq!(connector_setting::list(&world.db, &scope).await.unwrap(), []);
            assert_eq!(connector_setting::find(&world.db, &scope, "b").await.unwrap(), None);
            let locked = commit!(world.db; scope; |tx| connector_setting::lock(tx, &scope, "b"));
            assert_eq!(locked.unwrap(), None);
            let mut theirs = setting(&world, "b");
            theirs.setting.enabled = false;
            put(&world, &scope, &theirs).await;
        }
        let own = connector_setting::find(&world.db, &world.scope, "b").await.unwrap();
        assert_eq!(own, Some(setting(&world, "b")));
    }

    async fn no_change_is_lost_to_another_at_the_same_time(test: TestDb) {
        let world = World::new(&test).await;
        put(&world, &world.scope, &setting(&world, "github")).await;
        let changes = race(20, |number| {
            let (db, scope) = (world.db.clone(), world.scope.clone());
            async move {
                commit!(db; scope; |tx| async move {
                    let locked = connector_setting::lock(tx, &scope, "github").await?;
                    let mut stored = locked.unwrap();
                    stored.setting.scopes.push(number.to_string());
                    connector_setting::put(tx, &scope, &stored).await?;
                    Ok::<_, StoreError>(())
                })
            }
        })
        .await;
        assert!(changes.iter().all(Result::is_ok), "{changes:?}");
        let found = connector_setting::find(&world.db, &world.scope, "github").await.unwrap();
        assert_eq!(found.unwrap().setting.scopes.len(), 22);
    }
}
