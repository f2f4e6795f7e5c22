//! The database: which one, reading from it, and transactions on it.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::Notify;

use crate::error::StoreError;
use crate::gate::Gate;
use crate::memory::Memory;
use crate::postgres::{On, Postgres};
use crate::sqlite::{self, Sqlite};
use crate::statement::Statement;
use crate::value::{Param, Row};

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Location<'a> {
    /// A SQLite file, made if it is not there.
    File(&'a Path),
    /// A `postgres://` URL.
    Postgres { url: &'a str, connections: usize },
    /// In memory, gone with the last handle: for simulations.
    Memory,
}

/// A handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
    wakes: Arc<Wakes>,
    gate: Option<Arc<dyn Gate>>,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
    Memory(Memory),
}

/// Work that waits in a table for a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Webhook deliveries.
    Delivery,
    /// Everything else a worker does on its own.
    Job,
}

/// Rings a worker of this process after a commit that gave it work.
///
/// Only this process: any node can do any work, so the node that made it is the
/// right one, and PostgreSQL's NOTIFY would take a lock that all commits share.
/// Other nodes find what is left over by polling, which is the truth anyway.
#[derive(Default)]
struct Wakes {
    delivery: Notify,
    job: Notify,
}

impl Wakes {
    fn of(&self, queue: Queue) -> &Notify {
        match queue {
            Queue::Delivery => &self.delivery,
            Queue::Job => &self.job,
        }
    }
}

/// What a transaction's closure returns. It is a future so that one text of a use
/// case serves both databases; on SQLite it must be ready at once.
pub type InTx<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

impl Db {
    pub fn open(location: &Location<'_>) -> Result<Self, StoreError> {
        let backend = match location {
            Location::File(path) => Backend::Sqlite(Sqlite::open(path)?),
            Location::Postgres { url, connections } => {
                Backend::Postgres(Postgres::open(url, *connections)?)
            }
            Location::Memory => Backend::Memory(Memory::open()?),
        };
        Ok(Self {
            backend,
            wakes: Arc::default(),
            gate: None,
        })
    }

    /// Another handle to the same database, behind a gate: as one node's, for a simulation.
    #[must_use]
    pub fn behind(&self, gate: Arc<dyn Gate>) -> Self {
        Self {
            gate: Some(gate),
            wakes: Arc::default(),
            ..self.clone()
        }
    }

    async fn pass(&self) {
        if let Some(gate) = &self.gate {
            gate.pass().await;
        }
    }

    pub const fn dialect(&self) -> Dialect {
        match self.backend {
            Backend::Sqlite(_) | Backend::Memory(_) => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Waits until a transaction of this process has queued work.
    pub async fn woken(&self, queue: Queue) {
        self.wakes.of(queue).notified().await;
    }

    /// A look-up by key: at most one row.
    pub(crate) async fn one<T>(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
        map: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.pass().await;
        match &self.backend {
            Backend::Sqlite(db) => db.read(|reader| sqlite::one(reader, statement, params, map)),
            Backend::Memory(db) => db.read(|reader| sqlite::one(reader, statement, params, map)),
            Backend::Postgres(db) => {
                let client = db.client().await?;
                On::Client(&client).one(statement, params, map).await
            }
        }
    }

    /// A row and the few rows that belong to it, as of one moment. One transaction
    /// costs SQLite half the file locks of two, and PostgreSQL gets both questions
    /// at once.
    pub(crate) async fn one_with<A, B>(
        &self,
        one: (
            &'static Statement,
            impl FnOnce(&Row<'_>) -> Result<A, StoreError>,
        ),
        all: (
            &'static Statement,
            impl Fn(&Row<'_>) -> Result<B, StoreError>,
        ),
        params: &[Param<'_>],
    ) -> Result<Option<(A, Vec<B>)>, StoreError> {
        self.pass().await;
        let (found, rows) = match &self.backend {
            Backend::Sqlite(db) => db.read(|on| sqlite::one_with(on, one, all, params))?,
            Backend::Memory(db) => db.read(|on| sqlite::one_with(on, one, all, params))?,
            Backend::Postgres(db) => {
                let client = db.client().await?;
                let on = On::Client(&client);
                let found = on.one(one.0, params, one.1);
                futures_util::future::try_join(found, on.all(all.0, params, all.1)).await?
            }
        };
        Ok(found.map(|found| (found, rows)))
    }

    /// Few rows by a key.
    pub(crate) async fn all<T>(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
        map: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.pass().await;
        match &self.backend {
            Backend::Sqlite(db) => db.read(|reader| sqlite::all(reader, statement, params, map)),
            Backend::Memory(db) => db.read(|reader| sqlite::all(reader, statement, params, map)),
            Backend::Postgres(db) => {
                let client = db.client().await?;
                On::Client(&client).all(statement, params, map).await
            }
        }
    }

    /// Rows that may take a walk through a table to find. On SQLite the walk
    /// happens on a thread of its own, so that look-ups do not queue behind it.
    pub(crate) async fn scan<T: Send + 'static>(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
        map: impl Fn(&Row<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        let Backend::Sqlite(db) = &self.backend else {
            return self.all(statement, params, map).await;
        };
        self.pass().await;
        let owned: Vec<_> = params.iter().map(Owned::from).collect();
        db.scan(move |reader| {
            let params: Vec<Param<'_>> = owned.iter().map(Owned::param).collect();
            sqlite::all(reader, statement, &params, map)
        })
        .await
    }

    /// One use case as one transaction: kept whole when the closure succeeds,
    /// undone whole when it fails.
    ///
    /// The closure may await its `Tx` and nothing else. On SQLite that is checked:
    /// a transaction that waits for anything is refused, since every writer of the
    /// product would wait with it.
    pub async fn write<T, E, F>(&self, use_case: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx<'_>) -> InTx<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.pass().await;
        let (value, rung) = match &self.backend {
            Backend::Sqlite(db) => db.write(move |on| at_once(on, use_case)).await?,
            Backend::Memory(db) => db.write(move |on| at_once(on, use_case))?,
            Backend::Postgres(db) => {
                let mut client = db.client().await?;
                let begun = client.transaction().await.map_err(StoreError::from)?;
                let mut tx = Tx::new(TxOn::Postgres(begun));
                // Dropped on failure, which rolls back.
                let value = use_case(&mut tx).await?;
                let Tx { on, rung } = tx;
                if let TxOn::Postgres(begun) = on {
                    begun.commit().await.map_err(StoreError::from)?;
                }
                (value, rung)
            }
        };
        for queue in [Queue::Delivery, Queue::Job] {
            if rung.has(queue) {
                self.wakes.of(queue).notify_one();
            }
        }
        self.pass().await;
        Ok(value)
    }

    /// For migrations only: several statements at once, written for one dialect.
    /// `unless` is a query of one number; when it finds a row, nothing is done
    /// (SQLite only; PostgreSQL can ask in the statements themselves).
    pub(crate) async fn batch(
        &self,
        sql: String,
        unless: Option<String>,
    ) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Sqlite(db) => db.write(move |on| sqlite::batch(on, &sql, unless)).await,
            Backend::Memory(db) => db.write(move |on| sqlite::batch(on, &sql, unless)),
            Backend::Postgres(db) => {
                let mut client = db.client().await?;
                let tx = client.transaction().await?;
                tx.batch_execute(&sql).await?;
                Ok(tx.commit().await?)
            }
        }
    }

    /// Prepares a statement and throws it away; the test of all statements calls this.
    pub async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Sqlite(db) => db.read(|reader| sqlite::prepare(reader, statement)),
            Backend::Memory(db) => db.read(|reader| sqlite::prepare(reader, statement)),
            Backend::Postgres(db) => {
                let client = db.client().await?;
                client.prepare(statement.postgres()).await?;
                Ok(())
            }
        }
    }
}

/// One use case on SQLite, which must not wait for anything.
fn at_once<T, E, F>(connection: &mut rusqlite::Connection, use_case: F) -> Result<(T, Rung), E>
where
    F: for<'t> FnOnce(&'t mut Tx<'_>) -> InTx<'t, T, E>,
    E: From<StoreError>,
{
    let mut tx = Tx::new(TxOn::Sqlite(connection));
    let value = use_case(&mut tx)
        .now_or_never()
        .unwrap_or_else(|| Err(StoreError::Awaited.into()))?;
    Ok((value, tx.rung))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A transaction in progress.
pub struct Tx<'c> {
    on: TxOn<'c>,
    rung: Rung,
}

enum TxOn<'c> {
    Sqlite(&'c mut rusqlite::Connection),
    Postgres(deadpool_postgres::Transaction<'c>),
}

#[derive(Debug, Clone, Copy, Default)]
struct Rung(u8);

impl Rung {
    const fn bit(queue: Queue) -> u8 {
        match queue {
            Queue::Delivery => 1,
            Queue::Job => 2,
        }
    }
    const fn has(self, queue: Queue) -> bool {
        self.0 & Self::bit(queue) != 0
    }
}

impl<'c> Tx<'c> {
    const fn new(on: TxOn<'c>) -> Self {
        Self { on, rung: Rung(0) }
    }

    /// Rings the queue's worker once this transaction is committed.
    pub(crate) const fn ring(&mut self, queue: Queue) {
        self.rung.0 |= Rung::bit(queue);
    }

    pub(crate) async fn one<T>(
        &mut self,
        statement: &'static Statement,
        params: &[Param<'_>],
        map: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match &self.on {
            TxOn::Sqlite(connection) => sqlite::one(connection, statement, params, map),
            TxOn::Postgres(tx) => On::Transaction(tx).one(statement, params, map).await,
        }
    }

    pub(crate) async fn all<T>(
        &mut self,
        statement: &'static Statement,
        params: &[Param<'_>],
        map: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        match &self.on {
            TxOn::Sqlite(connection) => sqlite::all(connection, statement, params, map),
            TxOn::Postgres(tx) => On::Transaction(tx).all(statement, params, map).await,
        }
    }

    /// Answers how many rows were changed.
    pub(crate) async fn execute(
        &mut self,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        match &self.on {
            TxOn::Sqlite(connection) => sqlite::execute(connection, statement, params),
            TxOn::Postgres(tx) => On::Transaction(tx).execute(statement, params).await,
        }
    }
}

/// A parameter that can travel to another thread.
enum Owned {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<&Param<'_>> for Owned {
    fn from(param: &Param<'_>) -> Self {
        match *param {
            Param::Null => Self::Null,
            Param::Int(number) => Self::Int(number),
            Param::Text(text) => Self::Text(text.to_owned()),
            Param::Bytes(bytes) => Self::Bytes(bytes.to_owned()),
        }
    }
}

impl Owned {
    fn param(&self) -> Param<'_> {
        match self {
            Self::Null => Param::Null,
            Self::Int(number) => Param::Int(*number),
            Self::Text(text) => Param::Text(text),
            Self::Bytes(bytes) => Param::Bytes(bytes),
        }
    }
}
