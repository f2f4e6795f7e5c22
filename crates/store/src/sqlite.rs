//! The embedded database: many readers, one writer that commits in groups.
//!
//! A commit costs one flush to disk, however many transactions are in it. The
//! writer thread takes every transaction that is waiting, runs each in a
//! savepoint of its own, commits once and only then answers all of them. So an
//! answer still means "on disk", and a thousand callers share one flush.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::{Param, Row};

/// Transactions in one commit. More would not be faster, only later.
const GROUP: usize = 512;

/// Readers kept open while nobody reads.
const IDLE_READERS: usize = 8;

/// Walks through tables at one time; more would only take the disk from each other.
const SCANS: usize = 4;

/// Pages each connection keeps in memory at most, in KiB: enough for the inner pages of
/// a tree with millions of rows, so that a look-up reads one page from the file and not
/// three. Two or three readers are warm at a time.
const READER_CACHE_KIB: u32 = 16_000;
const WRITER_CACHE_KIB: u32 = 16_000;

/// Prepared statements kept per connection; the product has fewer.
const STATEMENT_CACHE: usize = 256;

#[derive(Clone)]
pub(crate) struct Sqlite {
    readers: Arc<Readers>,
    scans: Arc<Semaphore>,
    writer: mpsc::Sender<Work>,
}

/// Runs inside the group, or learns why there is none; what it returns is called
/// once the group's fate is known.
type Work = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

struct Readers {
    path: std::path::PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let writer = connect(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            WRITER_CACHE_KIB,
        )?;
        use_write_ahead_log(&writer)?;
        writer.execute_batch("PRAGMA synchronous = FULL;")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_groups(writer, &receiver))
            .map_err(|error| StoreError::Setup(format!("cannot start the writer: {error}")))?;
        Ok(Self {
            readers: Arc::new(Readers {
                path: path.to_owned(),
                idle: Mutex::new(Vec::new()),
            }),
            scans: Arc::new(Semaphore::new(SCANS)),
            writer: sender,
        })
    }

    /// Runs `read` on a reader of its own. The reader blocks the calling thread,
    /// which is right for a look-up by key (microseconds) and wrong for a scan.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let reader = self.readers.idle.lock().pop();
        let reader = match reader {
            Some(reader) => reader,
            None => connect(
                &self.readers.path,
                OpenFlags::SQLITE_OPEN_READ_ONLY,
                READER_CACHE_KIB,
            )?,
        };
        let answer = read(&reader);
        let mut idle = self.readers.idle.lock();
        if idle.len() < IDLE_READERS {
            idle.push(reader);
        }
        answer
    }

    /// Runs a `read` that may take long, on a thread of its own; few at a time.
    pub(crate) async fn scan<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.scans).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Closed)?;
        let db = self.clone();
        tokio::task::spawn_blocking(move || {
            // Here and not outside: the walk goes on when the caller has hung up.
            let _permit = permit;
            db.read(read)
        })
        .await
        .map_err(|_| StoreError::Closed)?
    }

    /// Queues `work` for the writer; its answer comes after the commit.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let queued = self.writer.send(Box::new(move |connection| {
            let result = connection
                .map_err(E::from)
                .and_then(|connection| in_savepoint(connection, work));
            Box::new(move |fate| {
                // The caller may have hung up; its work is committed all the same.
                let _ = reply.send(fate.map_err(E::from).and(result));
            })
        }));
        if queued.is_err() {
            return Err(StoreError::Closed.into());
        }
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}

fn connect(path: &Path, flags: OpenFlags, cache_kib: u32) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Plans must not depend on what is bound. Without this, SQLite compiles a cached
    // statement anew each time its parameters change, which costs several times as
    // much as running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The command line may hold the write lock for a moment, in another process.
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.execute_batch(&format!(
        "PRAGMA foreign_keys = ON; PRAGMA cache_size = -{cache_kib};"
    ))?;
    Ok(connection)
}

/// Two that open a new file at the same time both want to switch its mode, and
/// SQLite fails one of them at once instead of letting it wait. That one waits for
/// the other's lock here, and then finds the mode switched.
fn use_write_ahead_log(writer: &Connection) -> Result<(), StoreError> {
    const ATTEMPTS: usize = 100;
    for _ in 0..ATTEMPTS {
        let switched = writer.execute_batch("PRAGMA journal_mode = WAL");
        let busy = matches!(&switched, Err(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy));
        if !busy {
            return Ok(switched?);
        }
        writer.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
    }
    Err(StoreError::Setup(
        "the database file stays locked; who else uses it?".into(),
    ))
}

fn write_groups(mut connection: Connection, waiting: &mpsc::Receiver<Work>) {
    while let Ok(first) = waiting.recv() {
        // IMMEDIATE takes the write lock now, where waiting for it is harmless.
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            first(Err(StoreError::NotCommitted(error.to_string())))(Ok(()));
            continue;
        }
        let mut answers = vec![first(Ok(&mut connection))];
        // A full disk makes SQLite undo the whole transaction by itself; what came
        // after would run outside of any.
        while answers.len() < GROUP && !connection.is_autocommit() {
            let Ok(next) = waiting.try_recv() else { break };
            answers.push(next(Ok(&mut connection)));
        }
        let fate = commit(&connection);
        for answer in answers {
            answer(fate.clone().map_err(StoreError::NotCommitted));
        }
    }
}

fn commit(connection: &Connection) -> Result<(), String> {
    if connection.is_autocommit() {
        return Err("the database undid it; is the disk full?".to_owned());
    }
    connection.execute_batch("COMMIT").map_err(|error| {
        if !connection.is_autocommit() {
            // Nothing to add: the commit's own error goes to every caller.
            let _ = connection.execute_batch("ROLLBACK");
        }
        error.to_string()
    })
}

/// One use case inside the group: kept whole or undone whole.
pub(crate) fn in_savepoint<T, E: From<StoreError>>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, E>,
) -> Result<T, E> {
    run_cached(connection, "SAVEPOINT use_case")?;
    match work(connection) {
        Ok(value) => {
            run_cached(connection, "RELEASE use_case")?;
            Ok(value)
        }
        Err(error) => {
            run_cached(connection, "ROLLBACK TO use_case")?;
            run_cached(connection, "RELEASE use_case")?;
            Err(error)
        }
    }
}

fn run_cached(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Several statements, unless the query `unless` finds a row.
pub(crate) fn batch(
    connection: &Connection,
    sql: &str,
    unless: Option<String>,
) -> Result<(), StoreError> {
    let done = match unless {
        Some(query) => connection.prepare(&query)?.exists([])?,
        None => false,
    };
    if !done {
        connection.execute_batch(sql)?;
    }
    Ok(())
}

pub(crate) fn prepare(connection: &Connection, statement: &Statement) -> Result<(), StoreError> {
    connection.prepare(statement.sqlite())?;
    Ok(())
}

type Read<M> = (&'static Statement, M);

/// Two reads of one moment.
pub(crate) fn one_with<A, B>(
    reader: &Connection,
    (one_of, one_map): Read<impl FnOnce(&Row<'_>) -> Result<A, StoreError>>,
    (all_of, all_map): Read<impl Fn(&Row<'_>) -> Result<B, StoreError>>,
    params: &[Param<'_>],
) -> Result<(Option<A>, Vec<B>), StoreError> {
    run_cached(reader, "BEGIN")?;
    let found = one(reader, one_of, params, one_map);
    let rows = all(reader, all_of, params, all_map);
    run_cached(reader, "COMMIT")?;
    Ok((found?, rows?))
}

pub(crate) fn all<T>(
    connection: &Connection,
    statement: &Statement,
    params: &[Param<'_>],
    map: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut prepared = connection.prepare_cached(statement.sqlite())?;
    let mut rows = prepared.query(rusqlite::params_from_iter(params))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(map(&Row::Sqlite(row))?);
    }
    Ok(found)
}

pub(crate) fn one<T>(
    connection: &Connection,
    statement: &Statement,
    params: &[Param<'_>],
    map: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut prepared = connection.prepare_cached(statement.sqlite())?;
    let mut rows = prepared.query(rusqlite::params_from_iter(params))?;
    match rows.next()? {
        Some(row) => map(&Row::Sqlite(row)).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn execute(
    connection: &Connection,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<u64, StoreError> {
    let mut prepared = connection.prepare_cached(statement.sqlite())?;
    let changed = prepared.execute(rusqlite::params_from_iter(params))?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}
