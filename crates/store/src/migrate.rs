//! Bringing a database to the schema this binary knows, and reading what it has.

use std::fmt::Write as _;

use crate::db::{Db, Dialect};
use crate::error::StoreError;
use crate::statement::statements;

struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal;)+) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }),+]
    };
}

/// In order. A migration that has been released is never edited.
const MIGRATIONS: &[Migration] = migrations! {
    1 "0001_app";
    2 "0002_linked_account";
    3 "0003_connection";
    4 "0004_webhook";
    5 "0005_playground";
    6 "0006_connection_option";
    7 "0007_connection_event";
    8 "0008_custom_connector";
    9 "0009_api_proxy";
    10 "0010_refresh_schedule";
    11 "0011_consent";
    12 "0012_trigger_event";
    13 "0013_member";
    14 "0014_usage";
    15 "0015_delivery";
    16 "0016_portal";
};

statements! { "migration":
    APPLIED = "SELECT number FROM schema_migration ORDER BY number";
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration \
    (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)";

/// Any constant: it names the lock that keeps two starting nodes apart.
const POSTGRES_LOCK: &str = "SELECT pg_advisory_xact_lock(7293847561);";

/// Applies what is missing. Safe to call on every start and on every node.
///
/// # Errors
/// When the database was written by a newer binary, or a statement fails.
pub async fn migrate(db: &Db) -> Result<(), StoreError> {
    db.batch(
        match db.dialect() {
            Dialect::Sqlite => TABLE.to_owned(),
            Dialect::Postgres => format!("{POSTGRES_LOCK} {TABLE}"),
        },
        None,
    )
    .await?;
    let applied = db.all(&APPLIED, &[], |row| row.int(0)).await?;
    let newest = MIGRATIONS.iter().map(|m| m.number).max().unwrap_or(0);
    if let Some(unknown) = applied.iter().find(|number| **number > newest) {
        return Err(StoreError::Setup(format!(
            "this database was written by a newer Trunnel (its schema is {unknown}, this one \
             knows {newest}); start the newer version"
        )));
    }
    for migration in MIGRATIONS {
        if !applied.contains(&migration.number) {
            let applied = format!(
                "SELECT number FROM schema_migration WHERE number = {}",
                migration.number
            );
            db.batch(guarded(db.dialect(), migration), Some(applied))
                .await?;
        }
    }
    Ok(())
}

/// One migration and the note that it was applied, as one transaction. Another
/// process may have applied it since we looked; holding the lock, we look again.
fn guarded(dialect: Dialect, migration: &Migration) -> String {
    let Migration { number, name, .. } = migration;
    let note = format!("INSERT INTO schema_migration (number, name) VALUES ({number}, '{name}');");
    let mut sql = String::new();
    // Writing to a String cannot fail.
    let _ = match dialect {
        Dialect::Sqlite => write!(sql, "{}\n{note}", migration.sqlite),
        Dialect::Postgres => write!(
            sql,
            "{POSTGRES_LOCK}\nDO $migration$ BEGIN\nIF NOT EXISTS \
             (SELECT 1 FROM schema_migration WHERE number = {number}) THEN\n{}\n{note}\nEND IF;\n\
             END $migration$;",
            migration.postgres
        ),
    };
    sql
}
