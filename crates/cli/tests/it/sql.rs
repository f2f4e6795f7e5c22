//! Looking into a database beside the product.

use tempfile::TempDir;
use tokio::task::JoinSet;
use trunnel_testing::db::{SQLITE_FILE, TestDb};

/// The rows of a query that gives two texts each. It reads a copy of what SQLite has
/// on disk, so that it cannot mend anything by looking.
pub async fn pairs(test: &TestDb, sql: &str) -> Vec<(String, String)> {
    let location = test.location_args();
    let Some(url) = location.database_url else {
        let copy = TempDir::new().unwrap();
        for name in [SQLITE_FILE, "trunnel.db-wal"] {
            // Without a server there may be no log beside the database.
            let _ = std::fs::copy(location.data_dir.join(name), copy.path().join(name));
        }
        let db = rusqlite::Connection::open(copy.path().join(SQLITE_FILE)).unwrap();
        let mut query = db.prepare(sql).unwrap();
        let rows = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        return rows.map(Result::unwrap).collect();
    };
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(connection);
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
