//! From nothing to the schema, and from there nowhere.

use std::collections::BTreeSet;
use std::path::Path;

use trunnel_store::{StoreError, migrate};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::raw;
use crate::world::{World, race};

fn files(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(database);
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn both_databases_have_files_of_the_same_names() {
    assert_eq!(files("sqlite"), files("postgres"));
    assert!(files("sqlite").contains("0001_app.sql"));
}

on_both! {
    /// A file that nobody listed would be missed here.
    async fn every_file_is_applied_under_its_name(test: TestDb) {
        test.open().await;
        let applied = raw::texts(&test, "SELECT name FROM schema_migration ORDER BY number").await;
        let files: Vec<_> =
            files("sqlite").iter().map(|name| name.trim_end_matches(".sql").to_owned()).collect();
        assert_eq!(applied, files);
        let numbers =
            "SELECT CAST(number AS TEXT) FROM schema_migration ORDER BY schema_migration.number";
        for (number, name) in raw::texts(&test, numbers).await.iter().zip(&files) {
            assert!(name.starts_with(&format!("{number:0>4}_")), "{number} is {name}");
        }
    }

    async fn migrating_again_changes_nothing(test: TestDb) {
        const APPLIED: &str = "SELECT count(*) FROM schema_migration";
        let world = World::new(&test).await;
        let applied = raw::number(&test, APPLIED).await;
        migrate(&world.db).await.unwrap();
        let restarted = test.open().await;
        assert_eq!(raw::number(&test, APPLIED).await, applied);
        assert_eq!(trunnel_store::app::list(&restarted).await.unwrap().len(), 2);
    }

    async fn a_newer_schema_is_refused(test: TestDb) {
        let db = test.open().await;
        let newest = raw::number(&test, "SELECT max(number) FROM schema_migration").await;
        test.tamper("INSERT INTO schema_migration (number, name) VALUES (9041, 'later')")
            .await;
        match migrate(&db).await {
            Err(StoreError::Setup(sentence)) => assert_eq!(
                sentence,
                format!(
                    "this database was written by a newer Trunnel (its schema is 9041, this one \
                     knows {newest}); start the newer version"
                )
            ),
            other => panic!("{other:?}"),
        }
    }

    async fn nodes_that_start_at_once_all_find_the_schema(test: TestDb) {
        let nodes: Vec<_> = (0..6).map(|_| test.open_unmigrated()).collect();
        let results = race(nodes.len(), |node| {
            let db = nodes[node].clone();
            async move { migrate(&db).await }
        })
        .await;
        for result in results {
            result.unwrap();
        }
        assert_eq!(
            raw::number(&test, "SELECT count(*) FROM schema_migration").await,
            i64::try_from(files("sqlite").len()).unwrap()
        );
    }
}

/// Opening is where SQLite switches to its write-ahead log, which takes a lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_a_new_file_at_once() {
    for _ in 0..10 {
        let test = std::sync::Arc::new(TestDb::sqlite());
        let opened = race(8, |_| {
            let test = std::sync::Arc::clone(&test);
            async move { trunnel_store::app::list(&test.open().await).await }
        })
        .await;
        for apps in opened {
            assert_eq!(apps.unwrap(), []);
        }
    }
}
