//! The way around the crate: SQL that it has no function for.

use trunnel_testing::db::TestDb;

/// A connection to the test's PostgreSQL schema.
#[expect(clippy::disallowed_methods, reason = "the task ends with the client")]
pub(crate) async fn postgres(test: &TestDb) -> tokio_postgres::Client {
    let url = test.location_args().database_url.unwrap();
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) fn sqlite(test: &TestDb) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(test.sqlite_file()).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    connection
}

/// The first column, which is text, of every row.
pub(crate) async fn texts(test: &TestDb, sql: &str) -> Vec<String> {
    if test.location_args().database_url.is_some() {
        let rows = postgres(test).await.query(sql, &[]).await.unwrap();
        return rows.iter().map(|row| row.get(0)).collect();
    }
    let connection = sqlite(test);
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The one number a query answers.
pub(crate) async fn number(test: &TestDb, sql: &str) -> i64 {
    match test.location_args().database_url {
        None => sqlite(test).query_row(sql, [], |row| row.get(0)).unwrap(),
        Some(_) => postgres(test)
            .await
            .query_one(sql, &[])
            .await
            .unwrap()
            .get(0),
    }
}
