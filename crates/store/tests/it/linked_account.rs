//! Linked accounts: kept, counted, listed and found.

use trunnel_model::id::{LinkedAccountId, UdfEntryId};
use trunnel_model::linked_account::{AccountFilter, LinkedAccount, UdfEntry};
use trunnel_model::page::{Page, PageRequest};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_store::sealed::Sealed;
use trunnel_store::{StoreError, linked_account};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::raw;
use crate::world::{NOW, World, at, commit, race};

fn udf(world: &World, pairs: &[(&str, &str)]) -> Vec<UdfEntry> {
    let entry = |(name, value): &(&str, &str)| UdfEntry {
        id: UdfEntryId::new(NOW, &*world.chance),
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        created_at: at(1),
        updated_at: at(2),
    };
    pairs.iter().map(entry).collect()
}

async fn find(world: &World, scope: &Scope, id: &str) -> Option<LinkedAccount> {
    let id = AccountId::parse(id).unwrap();
    linked_account::find(&world.db, scope, &id).await.unwrap()
}

async fn update(world: &World, scope: &Scope, account: &LinkedAccount) {
    commit!(world.db; scope, account; |tx| linked_account::update(tx, &scope, &account)).unwrap();
}

async fn list(world: &World, filter: &AccountFilter, page: i64, limit: i64) -> Page<LinkedAccount> {
    let request = PageRequest::new(Some(page), Some(limit)).unwrap();
    linked_account::list(&world.db, &world.scope, filter, request)
        .await
        .unwrap()
}

/// The account ids that match, newest first; their count is checked on the way.
async fn matching(world: &World, filter: &AccountFilter) -> Vec<String> {
    let page = list(world, filter, 1, 100).await;
    assert_eq!(page.total, i64::try_from(page.items.len()).unwrap());
    page.items
        .iter()
        .map(|account| account.account_id.to_string())
        .collect()
}

async fn searched(world: &World, text: &str) -> Vec<String> {
    let filter = AccountFilter {
        search: Some(text.to_owned()),
        ..AccountFilter::default()
    };
    matching(world, &filter).await
}

async fn with_field(world: &World, name: &str, value: &str) -> Vec<String> {
    let udf = Some((name.to_owned(), value.to_owned()));
    matching(
        world,
        &AccountFilter {
            udf,
            ..AccountFilter::default()
        },
    )
    .await
}

async fn add_named(world: &World, id: &str, name: &str, created: i64) {
    let mut account = world.account(id, at(created));
    account.name = Some(name.to_owned());
    assert!(world.store_account(&world.scope, &account).await.unwrap());
}

async fn total(world: &World, scope: &Scope) -> i64 {
    let request = PageRequest::new(None, None).unwrap();
    let all = AccountFilter::default();
    linked_account::list(&world.db, scope, &all, request)
        .await
        .unwrap()
        .total
}

async fn rows(test: &TestDb, table: &str) -> i64 {
    raw::number(test, &format!("SELECT count(*) FROM {table}")).await
}

on_both! {
    async fn an_account_is_found_as_it_was_added(test: TestDb) {
        let world = World::new(&test).await;
        let mut full = world.account("Ada Lovelace/№ 1", at(1));
        full.name = Some("Ada \"the first\" 🚀".to_owned());
        full.scope = Some("eu".to_owned());
        full.udf = udf(&world, &[("plan", "gold"), ("empty", "")]);
        full.version = 3;
        full.updated_at = at(2);
        assert!(world.store_account(&world.scope, &full).await.unwrap());
        assert_eq!(find(&world, &world.scope, "Ada Lovelace/№ 1").await, Some(full));

        let bare = world.add_account(&world.scope, "bare").await;
        assert_eq!(find(&world, &world.scope, "bare").await, Some(bare));
        assert_eq!(find(&world, &world.scope, "BARE").await, None, "ids know case");
    }

    async fn an_id_is_taken_once_in_a_scope(test: TestDb) {
        let world = World::new(&test).await;
        let first = world.add_account(&world.scope, "ada").await;
        let second = world.account("ada", at(5));
        assert!(!world.store_account(&world.scope, &second).await.unwrap());
        assert_eq!(find(&world, &world.scope, "ada").await, Some(first));
        assert_eq!(total(&world, &world.scope).await, 1);
        for stranger in &world.strangers {
            assert!(world.store_account(stranger, &second).await.unwrap());
        }
    }

    async fn of_twenty_that_add_the_same_account_one_does(test: TestDb) {
        let world = World::new(&test).await;
        let added = race(20, |number| {
            let (db, scope) = (world.db.clone(), world.scope.clone());
            let account = world.account("ada", at(i64::try_from(number).unwrap()));
            async move {
                commit!(db; scope, account; |tx| linked_account::add(tx, &scope, &account))
            }
        })
        .await;
        assert_eq!(added.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 1);
        assert_eq!(total(&world, &world.scope).await, 1);
    }

    async fn an_update_changes_what_can_change(test: TestDb) {
        let world = World::new(&test).await;
        let mut account = world.account("ada", at(0));
        account.udf = udf(&world, &[("plan", "gold"), ("team", "red")]);
        world.store_account(&world.scope, &account).await.unwrap();

        account.name = Some("Ada".to_owned());
        account.scope = Some("eu".to_owned());
        account.udf = udf(&world, &[("plan", "silver")]);
        account.version = 1;
        account.updated_at = at(9);
        update(&world, &world.scope, &account).await;
        assert_eq!(find(&world, &world.scope, "ada").await, Some(account));
        assert_eq!(with_field(&world, "plan", "silver").await, ["ada"]);
        assert!(with_field(&world, "plan", "gold").await.is_empty());
        assert!(with_field(&world, "team", "red").await.is_empty());
        assert_eq!(searched(&world, "ADA").await, ["ada"]);
    }

    async fn no_update_is_lost_to_another_at_the_same_time(test: TestDb) {
        let world = World::new(&test).await;
        world.add_account(&world.scope, "ada").await;
        let updates = race(30, |_| {
            let (db, scope) = (world.db.clone(), world.scope.clone());
            async move {
                commit!(db; scope; |tx| async move {
                    let ada = AccountId::parse("ada").unwrap();
                    let mut account = linked_account::lock(tx, &scope, &ada).await?.unwrap();
                    account.version += 1;
                    linked_account::update(tx, &scope, &account).await
                })
            }
        })
        .await;
        assert!(updates.iter().all(Result::is_ok), "{updates:?}");
        assert_eq!(find(&world, &world.scope, "ada").await.unwrap().version, 30);
    }

    async fn strangers_neither_see_nor_change_an_account(test: TestDb) {
        let world = World::new(&test).await;
        let mut account = world.account("ada", at(0));
        account.udf = udf(&world, &[("plan", "gold")]);
        world.store_account(&world.scope, &account).await.unwrap();
        let mut forged = account.clone();
        forged.name = Some("Eve".to_owned());
        forged.udf = Vec::new();
        for scope in world.strangers.clone() {
            assert_eq!(find(&world, &scope, "ada").await, None);
            assert_eq!(total(&world, &scope).await, 0);
            update(&world, &scope, &forged).await;
            let id = account.account_id.clone();
            let (locked, credential) = commit!(world.db; scope, id; |tx| async move {
                let locked = linked_account::lock(tx, &scope, &id).await?;
                let credential = linked_account::find_credential(tx, &scope, &id).await?;
                Ok::<_, StoreError>((locked, credential))
            })
            .unwrap();
            assert_eq!((locked, credential), (None, None));
        }
        assert_eq!(find(&world, &world.scope, "ada").await, Some(account));
        assert_eq!(with_field(&world, "plan", "gold").await, ["ada"]);
    }

    async fn no_filter_shows_strangers_accounts(test: TestDb) {
        let world = World::new(&test).await;
        let mut account = world.account("ada", at(0));
        account.scope = Some("eu".to_owned());
        account.udf = udf(&world, &[("plan", "gold")]);
        for stranger in &world.strangers {
            world.store_account(stranger, &account).await.unwrap();
        }
        assert!(matching(&world, &AccountFilter::default()).await.is_empty());
        assert!(searched(&world, "ada").await.is_empty());
        assert!(with_field(&world, "plan", "gold").await.is_empty());
        let by_scope =
            AccountFilter { scope: Some("eu".to_owned()), ..AccountFilter::default() };
        assert!(matching(&world, &by_scope).await.is_empty());
    }

    async fn a_deleted_account_takes_all_it_owns(test: TestDb) {
        let world = World::new(&test).await;
        let mut account = world.account("ada", at(0));
        account.udf = udf(&world, &[("plan", "gold")]);
        for scope in world.scopes() {
            world.store_account(&scope, &account).await.unwrap();
            put_credential(&world, &scope, &account.account_id, &world.sealed("secret")).await
                .unwrap();
        }
        world.delete_account(&world.scope, &account).await;
        assert_eq!(find(&world, &world.scope, "ada").await, None);
        assert_eq!(total(&world, &world.scope).await, 0);
        assert!(with_field(&world, "plan", "gold").await.is_empty());
        for table in ["linked_account", "linked_account_udf", "linked_account_credential"] {
            assert_eq!(rows(&test, table).await, 2, "the strangers' are left in {table}");
        }
    }

    async fn the_total_is_right_however_many_count_at_once(test: TestDb) {
        let world = World::new(&test).await;
        let accounts: Vec<_> =
            (0..120).map(|number| world.account(&format!("a{number}"), at(0))).collect();
        let done = race(120, |number| {
            let (db, scope) = (world.db.clone(), world.scope.clone());
            let account = accounts[number].clone();
            async move {
                let stored = account.clone();
                commit!(db; scope, stored; |tx| linked_account::add(tx, &scope, &stored))?;
                if number % 4 == 0 {
                    commit!(db; scope, account; |tx| {
                        linked_account::delete(tx, &scope, &account)
                    })?;
                }
                Ok::<_, StoreError>(())
            }
        })
        .await;
        assert!(done.iter().all(Result::is_ok), "{done:?}");
        assert_eq!(total(&world, &world.scope).await, 90);
        assert_eq!(rows(&test, "linked_account").await, 90);
        assert!(rows(&test, "linked_account_count").await > 1, "one row would be a queue");
    }

    async fn pages_come_newest_first_and_end(test: TestDb) {
        let world = World::new(&test).await;
        for created in 0..25 {
            let account = world.account(&format!("a{created}"), at(created));
            world.store_account(&world.scope, &account).await.unwrap();
        }
        let all = AccountFilter::default();
        let mut seen = Vec::new();
        for number in 1..=3 {
            let page = list(&world, &all, number, 10).await;
            assert_eq!((page.total, page.total_pages()), (25, 3));
            seen.extend(page.items.iter().map(|account| account.account_id.to_string()));
        }
        let newest_first: Vec<_> = (0..25).rev().map(|created| format!("a{created}")).collect();
        assert_eq!(seen, newest_first);
        let beyond = list(&world, &all, 4, 10).await;
        assert_eq!((beyond.items.len(), beyond.total), (0, 25));

        let last_page_of_matches = AccountFilter {
            search: Some("A1".to_owned()),
            ..AccountFilter::default()
        };
        let page = list(&world, &last_page_of_matches, 2, 10).await;
        assert_eq!(page.total, 11);
        assert_eq!(page.items[0].account_id.as_str(), "a1");
    }

    /// The order of the alphabet the ids are written in, not of any language.
    async fn newest_first_is_by_the_bytes_of_the_id(test: TestDb) {
        let world = World::new(&test).await;
        for last in ["a", "B", "1"] {
            let mut account = world.account(&format!("ends-in-{last}"), at(0));
            account.id = LinkedAccountId::parse(&format!("acct_000000000000000000000{last}"))
                .unwrap();
            world.store_account(&world.scope, &account).await.unwrap();
        }
        let newest_first = ["ends-in-a", "ends-in-B", "ends-in-1"];
        assert_eq!(matching(&world, &AccountFilter::default()).await, newest_first);
        assert_eq!(searched(&world, "ends").await, newest_first);
    }

    async fn a_search_finds_parts_of_name_and_id_in_any_case(test: TestDb) {
        let world = World::new(&test).await;
        add_named(&world, "cust-1", "Ada Lovelace", 1).await;
        add_named(&world, "LOVE-2", "Grace", 2).await;
        world.add_account(&world.scope, "nameless").await;
        assert_eq!(searched(&world, "love").await, ["LOVE-2", "cust-1"]);
        assert_eq!(searched(&world, "LoVeLaCe").await, ["cust-1"]);
        assert_eq!(searched(&world, "NAMELESS").await, ["nameless"]);
        assert!(searched(&world, "nobody").await.is_empty());
    }

    async fn a_search_knows_the_case_of_every_letter(test: TestDb) {
        let world = World::new(&test).await;
        add_named(&world, "1", "École ÅNGSTRÖM", 1).await;
        add_named(&world, "Жук", "beetle", 2).await;
        assert_eq!(searched(&world, "École").await, ["1"]);
        assert_eq!(searched(&world, "éCOLE").await, ["1"]);
        assert_eq!(searched(&world, "ångström").await, ["1"]);
        assert_eq!(searched(&world, "жУК").await, ["Жук"]);
    }

    async fn what_means_something_to_like_means_itself_in_a_search(test: TestDb) {
        let world = World::new(&test).await;
        for (created, name) in (0..).zip(["100%", "100 of 200", "a_b", "axb", "wow!", "w!%_", "\\"])
        {
            add_named(&world, &format!("n{created}"), name, created).await;
        }
        assert_eq!(searched(&world, "100%").await, ["n0"]);
        assert_eq!(searched(&world, "a_b").await, ["n2"]);
        assert_eq!(searched(&world, "!").await, ["n5", "n4"]);
        assert_eq!(searched(&world, "!%").await, ["n5"]);
        assert_eq!(searched(&world, "%_").await, ["n5"]);
        assert_eq!(searched(&world, "\\").await, ["n6"]);
        assert_eq!(searched(&world, "%").await, ["n5", "n0"]);
        assert!(searched(&world, "'; --").await.is_empty());
    }

    async fn a_scope_filter_is_exact_and_combines_with_a_search(test: TestDb) {
        let world = World::new(&test).await;
        for (created, (id, scope)) in (0..).zip([("a", "eu"), ("b", "EU"), ("ab", "eu")]) {
            let mut account = world.account(id, at(created));
            account.scope = Some(scope.to_owned());
            world.store_account(&world.scope, &account).await.unwrap();
        }
        world.add_account(&world.scope, "scopeless").await;
        let mut filter =
            AccountFilter { scope: Some("eu".to_owned()), ..AccountFilter::default() };
        assert_eq!(matching(&world, &filter).await, ["ab", "a"]);
        filter.search = Some("B".to_owned());
        assert_eq!(matching(&world, &filter).await, ["ab"]);
        filter.scope = Some("eu%".to_owned());
        assert!(matching(&world, &filter).await.is_empty());
    }

    async fn a_field_filter_is_exact_and_combines_with_the_others(test: TestDb) {
        let world = World::new(&test).await;
        for (created, (id, value)) in (0..).zip([("a", "gold"), ("b", "Gold"), ("c", "gold")]) {
            let mut account = world.account(id, at(created));
            account.udf = udf(&world, &[("plan", value), ("both", "yes")]);
            account.scope = (id == "c").then(|| "eu".to_owned());
            world.store_account(&world.scope, &account).await.unwrap();
        }
        assert_eq!(with_field(&world, "plan", "gold").await, ["c", "a"]);
        assert_eq!(with_field(&world, "both", "yes").await, ["c", "b", "a"]);
        assert!(with_field(&world, "both", "gold").await.is_empty());
        let mut filter = AccountFilter {
            udf: Some(("plan".to_owned(), "gold".to_owned())),
            scope: Some("eu".to_owned()),
            search: None,
        };
        assert_eq!(matching(&world, &filter).await, ["c"]);
        filter.search = Some("a".to_owned());
        assert!(matching(&world, &filter).await.is_empty());
        filter.scope = None;
        assert_eq!(matching(&world, &filter).await, ["a"]);
        filter.search = None;
        assert_eq!(list(&world, &filter, 2, 1).await.items[0].account_id.as_str(), "a");
    }

    async fn a_credential_is_put_replaced_and_its_accounts_own(test: TestDb) {
        let world = World::new(&test).await;
        let ada = world.add_account_everywhere("ada").await;
        assert_eq!(find_credential(&world, &world.scope, &ada).await, None);
        for text in ["first", "second"] {
            let sealed = world.sealed(text);
            put_credential(&world, &world.scope, &ada, &sealed).await.unwrap();
            assert_eq!(find_credential(&world, &world.scope, &ada).await, Some(sealed));
        }
        for stranger in &world.strangers {
            assert_eq!(find_credential(&world, stranger, &ada).await, None);
        }
        let nobody = AccountId::parse("nobody").unwrap();
        let missing = put_credential(&world, &world.scope, &nobody, &world.sealed("x")).await;
        assert!(matches!(missing, Err(StoreError::Missing)), "{missing:?}");
    }
}

async fn put_credential(
    world: &World,
    scope: &Scope,
    id: &AccountId,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    commit!(world.db; scope, id, sealed; |tx| {
        linked_account::put_credential(tx, &scope, &id, &sealed)
    })
}

async fn find_credential(world: &World, scope: &Scope, id: &AccountId) -> Option<Sealed> {
    commit!(world.db; scope, id; |tx| linked_account::find_credential(tx, &scope, &id)).unwrap()
}

/// Each open reader holds memory, so a burst of lists must not leave one per caller.
#[tokio::test(flavor = "multi_thread")]
async fn few_connections_are_left_of_many_lists() {
    let test = TestDb::sqlite();
    let world = World::new(&test).await;
    let world = std::sync::Arc::new(world);
    let mut listing = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let world = std::sync::Arc::clone(&world);
        listing.spawn(async move { searched(&world, "a").await });
    }
    listing.join_all().await;
    let file = test.sqlite_file().canonicalize().unwrap();
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let open = open.filter(|entry| {
        let path = std::fs::read_link(entry.as_ref().unwrap().path());
        path.is_ok_and(|path| path == file)
    });
    let open = open.count();
    assert!(
        (2..=6).contains(&open),
        "one writer, at most four scans and a reader: {open}"
    );
}
