//! Links to the portal: found by their hash until they end, and then forgotten.

use trunnel_model::connect_link::{ConnectLink, PlainLink};
use trunnel_model::id::ConnectLinkId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_store::connect_link;
use trunnel_testing::on_both;

use crate::world::{NOW, World, at, commit};

async fn add(
    world: &World,
    scope: &Scope,
    account: &AccountId,
    ends: i64,
) -> (PlainLink, ConnectLink) {
    let plain = PlainLink::generate(&*world.chance);
    let link = ConnectLink {
        id: ConnectLinkId::new(NOW, &*world.chance),
        account_id: account.clone(),
        config_id: Some("main".to_owned()),
        properties: "{\"b\":1,\"a\":2}".to_owned(),
        made_by: "key_0".to_owned(),
        created_at: NOW,
        expires_at: at(ends),
    };
    let hash = plain.hash();
    commit!(world.db; scope, link; |tx| connect_link::add(tx, &scope, &hash, &link)).unwrap();
    (plain, link)
}

on_both! {
    async fn a_link_is_found_by_its_hash_until_it_ends(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        let (plain, link) = add(&world, &world.scope, &account, 100).await;
        let found = async |now| connect_link::find(&world.db, &plain.hash(), at(now)).await.unwrap();
        assert_eq!(found(99).await, Some((world.scope.clone(), link)));
        assert_eq!(found(100).await, None);
    }

    async fn an_accounts_newest_link_is_nobody_elses(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        add(&world, &world.strangers[0], &account, 100).await;
        let newest = async || connect_link::newest(&world.db, &world.scope, &account, NOW).await.unwrap();
        assert_eq!(newest().await, None);
        let (_, link) = add(&world, &world.scope, &account, 100).await;
        assert_eq!(newest().await, Some(link));
    }

    async fn what_has_ended_is_forgotten_in_every_scope_a_few_at_once(test: TestDb) {
        let world = World::new(&test).await;
        let account = world.add_account_everywhere("ada").await;
        for scope in world.scopes() {
            add(&world, &scope, &account, 100).await;
        }
        let (kept, _) = add(&world, &world.scope, &account, 101).await;
        for (before, expected) in [(100, 0), (101, 2), (101, 1), (101, 0)] {
            let forgotten = commit!(world.db; ; |tx| connect_link::forget(tx, at(before), 2)).unwrap();
            assert_eq!(forgotten, expected);
        }
        assert!(connect_link::find(&world.db, &kept.hash(), NOW).await.unwrap().is_some());
    }
}
