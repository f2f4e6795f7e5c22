//! Every query of the product, as text.

use std::collections::BTreeSet;

use trunnel_store::all_statements;
use trunnel_testing::on_both;

on_both! {
    async fn every_statement_is_understood(test: TestDb) {
        let db = test.open().await;
        let mut refused = Vec::new();
        for statement in all_statements() {
            if let Err(error) = db.prepare(statement).await {
                refused.push(format!("{}: {error}", statement.name()));
            }
        }
        assert!(refused.is_empty(), "{refused:#?}");
    }

    /// The test above would pass for a `prepare` that always agrees.
    async fn without_tables_no_statement_is_understood(test: TestDb) {
        let db = test.open_unmigrated();
        for statement in all_statements() {
            assert!(db.prepare(statement).await.is_err(), "{}", statement.name());
        }
    }
}

#[test]
fn every_statement_has_a_name_of_its_own() {
    let names: BTreeSet<_> = all_statements()
        .iter()
        .map(|statement| statement.name())
        .collect();
    assert_eq!(names.len(), all_statements().len());
}

#[test]
fn what_one_database_must_not_see_is_hidden_from_it() {
    let mut with_words = 0;
    for statement in all_statements() {
        let (sqlite, postgres) = (statement.sqlite(), statement.postgres());
        assert!(!postgres.contains(['?', '*'].as_slice()) || postgres.contains("count(*)"));
        assert!(
            !postgres.contains("/*") && !postgres.contains("*/"),
            "{postgres}"
        );
        assert!(!postgres.contains('?') && !sqlite.contains('$'), "{sqlite}");
        with_words += usize::from(sqlite.contains("/*pg FOR UPDATE"));
    }
    assert!(with_words > 0);
}
