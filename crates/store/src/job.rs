//! Work for later.

use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, JobId};
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Queue, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::scoped;

statements! { "job":
    ADD = "INSERT INTO job (app_id, environment, id, kind, subject, payload, sealed, data_key_id, \
        attempts, due_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?9)";
    CLAIM = "UPDATE job SET due_at = ?2, attempts = attempts + 1 \
        WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM job WHERE due_at <= ?1 ORDER BY due_at LIMIT ?3 \
        /*pg FOR UPDATE SKIP LOCKED*/) \
        RETURNING app_id, environment, id, kind, subject, payload, attempts, sealed, data_key_id";
    FINISH = "DELETE FROM job WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    RETRY = "UPDATE job SET due_at = ?4, last_error = ?5 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3";
    NEXT_DUE = "SELECT due_at FROM job ORDER BY due_at LIMIT 1";
}

/// Work that a worker has taken.
#[derive(Debug, Clone)]
pub struct Job {
    pub scope: Scope,
    pub id: JobId,
    pub kind: String,
    /// Whose secret `sealed` is.
    pub subject: String,
    pub payload: String,
    pub sealed: Option<Sealed>,
    /// The attempt in progress, counted from one.
    pub attempts: i64,
}

pub struct NewJob<'a> {
    pub id: &'a JobId,
    pub kind: &'a str,
    pub subject: &'a str,
    pub payload: &'a str,
    pub sealed: Option<&'a Sealed>,
    pub due_at: Timestamp,
}

pub async fn add(tx: &mut Tx<'_>, scope: &Scope, job: &NewJob<'_>) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        job.id.as_str(),
        job.kind,
        job.subject,
        job.payload,
        job.sealed.map(|sealed| &sealed.bytes),
        job.sealed.map(|sealed| sealed.data_key.as_str()),
        job.due_at
    ];
    tx.execute(&ADD, &params).await?;
    tx.ring(Queue::Job);
    Ok(())
}

/// Takes up to `limit` jobs that are due. Nobody else gets them until `lease`; a
/// worker that dies leaves them to be taken then.
pub async fn claim(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease: Timestamp,
    limit: i64,
) -> Result<Vec<Job>, StoreError> {
    tx.all(&CLAIM, &[now.into(), lease.into(), limit.into()], |row| {
        let app = row.parsed(0, "job.app_id", AppId::parse)?;
        let environment = row.parsed(1, "job.environment", Environment::parse)?;
        Ok(Job {
            scope: Scope::verified(app, environment),
            id: row.parsed(2, "job.id", JobId::parse)?,
            kind: row.text(3)?,
            subject: row.text(4)?,
            payload: row.text(5)?,
            attempts: row.int(6)?,
            sealed: Sealed::read_opt(row, 7)?,
        })
    })
    .await
}

pub async fn finish(tx: &mut Tx<'_>, job: &Job) -> Result<(), StoreError> {
    let params = scoped![job.scope, job.id.as_str()];
    tx.execute(&FINISH, &params).await?;
    Ok(())
}

pub async fn retry(
    tx: &mut Tx<'_>,
    job: &Job,
    due_at: Timestamp,
    error: &str,
) -> Result<(), StoreError> {
    let params = scoped![job.scope, job.id.as_str(), due_at, error];
    tx.execute(&RETRY, &params).await?;
    Ok(())
}

/// When the next job is due.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    db.one(&NEXT_DUE, &[], |row| row.time(0)).await
}
