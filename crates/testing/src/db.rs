//! Databases of a test's own, of both kinds.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trunnel_store::{Db, Location};

use crate::environment;

/// Where PostgreSQL is, for tests.
pub const POSTGRES: &str = "TRUNNEL_TEST_POSTGRES";

/// The file of the embedded database inside a data directory.
pub const SQLITE_FILE: &str = "trunnel.db";

/// Enough for a test that lets many callers race, few enough that all tests of a
/// run fit into one server.
const CONNECTIONS: usize = 8;

/// A database that no other test sees. It is gone when this is dropped.
#[derive(Debug)]
pub struct TestDb {
    // Fields are dropped in this order: the schema before anything else.
    schema: Option<Schema>,
    data_dir: TempDir,
}

/// What a started binary is told about where its data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocationArgs<'a> {
    /// For `--data-dir`. With PostgreSQL it has no database in it.
    pub data_dir: &'a Path,
    /// For `DATABASE_URL`; absent for SQLite.
    pub database_url: Option<&'a str>,
}

impl TestDb {
    /// A SQLite database in a directory of its own.
    pub fn sqlite() -> Self {
        Self {
            schema: None,
            data_dir: TempDir::new().expect("a temporary directory can be made"),
        }
    }

    /// A schema of its own in the server that `TRUNNEL_TEST_POSTGRES` names. Without
    /// the variable it panics: a test that is skipped in silence is no test.
    pub async fn postgres() -> Self {
        let server = environment::variable(POSTGRES).unwrap_or_else(|| {
            panic!("{POSTGRES} is not set; run the tests as `scripts/with-postgres cargo test`")
        });
        Self {
            schema: Some(Schema::create(server).await),
            ..Self::sqlite()
        }
    }

    /// A handle to the migrated database. Each call is one more node on the same
    /// data, or the same one started again.
    pub async fn open(&self) -> Db {
        let db = self.open_unmigrated();
        trunnel_store::migrate(&db)
            .await
            .expect("the migrations succeed");
        db
    }

    /// A handle to the database as it is: empty, until some handle migrates it.
    pub fn open_unmigrated(&self) -> Db {
        let file = self.sqlite_file();
        let location = match self.location_args().database_url {
            None => Location::File(&file),
            Some(url) => Location::Postgres {
                url,
                connections: CONNECTIONS,
            },
        };
        Db::open(&location).expect("the test's own database can be opened")
    }

    pub fn location_args(&self) -> LocationArgs<'_> {
        LocationArgs {
            data_dir: self.data_dir.path(),
            database_url: self.schema.as_ref().map(|schema| schema.url.as_str()),
        }
    }

    /// Runs SQL beside the product, to set what no use case sets and to break what
    /// none breaks.
    pub async fn tamper(&self, sql: &str) {
        match self.location_args().database_url {
            None => rusqlite::Connection::open(self.sqlite_file())
                .and_then(|connection| connection.execute_batch(sql))
                .expect("SQLite runs the SQL"),
            Some(url) => run(url, sql).await.expect("PostgreSQL runs the SQL"),
        }
    }

    /// Where SQLite keeps this database, should it be one of SQLite's.
    pub fn sqlite_file(&self) -> PathBuf {
        self.data_dir.path().join(SQLITE_FILE)
    }
}

/// One schema of a server, dropped with all that is in it.
#[derive(Debug)]
struct Schema {
    server: String,
    name: String,
    url: String,
}

impl Schema {
    async fn create(server: String) -> Self {
        let name = format!(
            "t{:016x}",
            getrandom::u64().expect("the system has randomness")
        );
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-csearch_path%3D{name}");
        run(&server, &format!("CREATE SCHEMA {name}"))
            .await
            .unwrap_or_else(|error| panic!("{POSTGRES} ({server}) cannot be used: {error}"));
        Self { server, name, url }
    }
}

impl Drop for Schema {
    /// On a thread of its own, since the test's runtime may be the one that is
    /// ending. What a test still holds locked stays; the server is a throw-away.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let drop = format!("SET lock_timeout = '2s'; DROP SCHEMA {name} CASCADE");
            runtime.map(|runtime| runtime.block_on(run(&server, &drop)))
        });
        if !matches!(dropping.join(), Ok(Ok(Ok(())))) {
            eprintln!("the schema {} could not be dropped", self.name);
        }
    }
}

async fn run(url: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let work = async {
        let done = client.batch_execute(sql).await;
        // The connection ends once its client is gone.
        drop(client);
        done
    };
    let (done, _) = tokio::join!(work, connection);
    done
}

/// Makes two tests of one: the same body on SQLite and on PostgreSQL, named
/// `name::sqlite` and `name::postgres`.
///
/// ```text
/// on_both! {
///     async fn an_account_is_found_by_its_id(test: TestDb) {
///         let db = test.open().await;
///     }
/// }
/// ```
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: TestDb) $body:block)+) => {$(
        $(#[$meta])*
        async fn $name($db: $crate::db::TestDb) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                Box::pin(super::$name($crate::db::TestDb::sqlite())).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                Box::pin(super::$name($crate::db::TestDb::postgres().await)).await;
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use super::*;

    on_both! {
        async fn two_handles_see_one_database(test: TestDb) {
            let (first, second) = (test.open().await, test.open().await);
            write_organization(&first, "org_0000000000000000000001").await;
            let taken = try_organization(&second, "org_0000000000000000000001").await;
            assert!(matches!(taken, Err(trunnel_store::StoreError::Taken)), "{taken:?}");
        }

        async fn another_test_has_another_database(test: TestDb) {
            let db = test.open().await;
            let other = match test.location_args().database_url {
                None => TestDb::sqlite(),
                Some(_) => TestDb::postgres().await,
            };
            write_organization(&db, "org_0000000000000000000001").await;
            write_organization(&other.open().await, "org_0000000000000000000001").await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_is_left_of_a_schema_that_was_dropped() {
        let test = TestDb::postgres().await;
        drop(test.open().await);
        let (server, name) = {
            let schema = test.schema.as_ref().unwrap();
            (schema.server.clone(), schema.name.clone())
        };
        drop(test);
        run(&server, &format!("CREATE SCHEMA {name}"))
            .await
            .unwrap();
        run(&server, &format!("DROP SCHEMA {name}")).await.unwrap();
    }

    async fn write_organization(db: &Db, id: &'static str) {
        try_organization(db, id).await.unwrap();
    }

    async fn try_organization(db: &Db, id: &'static str) -> Result<(), trunnel_store::StoreError> {
        let id = trunnel_model::id::OrganizationId::parse(id).unwrap();
        db.write(move |tx| {
            Box::pin(async move {
                let now = crate::clock::SimClock::START;
                trunnel_store::app::add_organization(tx, &id, "Acme", now).await
            })
        })
        .await
    }
}
