//! What can go wrong in storage, split by what the caller can do about it.

/// A failure of the database, never of the caller.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique key is taken. The method that meets it knows which one.
    #[error("a row with this key exists already")]
    Taken,
    /// A row refers to one that is gone (or was never there).
    #[error("the row refers to one that is not there")]
    Missing,
    /// What is stored cannot be read as what it should be.
    #[error("the stored {place} is damaged: {why}")]
    Damaged { place: &'static str, why: String },
    #[error("SQLite: {0}")]
    Sqlite(#[source] rusqlite::Error),
    #[error("PostgreSQL: {}", chain(.0))]
    Postgres(#[source] tokio_postgres::Error),
    #[error("no connection to PostgreSQL: {0}")]
    Pool(String),
    /// The commit failed after the statements had succeeded; nothing was kept.
    #[error("the transaction was not kept: {0}")]
    NotCommitted(String),
    /// A use case awaited something other than its own transaction.
    #[error("a transaction waited for something outside the database; this is a defect")]
    Awaited,
    #[error("storage is closed")]
    Closed,
    #[error("{0}")]
    Setup(String),
}

/// `tokio_postgres` keeps the server's own sentence in the source.
fn chain(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |db| format!("{} ({})", db.message(), db.code().code()),
    )
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi;
        match &error {
            rusqlite::Error::SqliteFailure(code, _) => match code.extended_code {
                ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => Self::Taken,
                ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Self::Missing,
                _ => Self::Sqlite(error),
            },
            _ => Self::Sqlite(error),
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        match error.code() {
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => Self::Taken,
            Some(code) if *code == SqlState::FOREIGN_KEY_VIOLATION => Self::Missing,
            _ => Self::Postgres(error),
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => Self::from(error),
            other => Self::Pool(other.to_string()),
        }
    }
}
