//! Audit entries; written with what they record, and not changed afterwards.

use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::id::AuditEntryId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::{Statement, statements};
use crate::value::{Row, scoped};

statements! { "audit":
    ADD = "INSERT INTO audit_entry \
        (app_id, environment, id, action, actor, subject, address, details, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    PUT = "INSERT INTO audit_entry \
        (app_id, environment, id, action, actor, subject, address, details, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
        ON CONFLICT (app_id, environment, id) DO UPDATE SET details = ?8";
    LATEST = "SELECT id, action, actor, subject, address, details, created_at FROM audit_entry \
        WHERE app_id = ?1 AND environment = ?2 ORDER BY id DESC LIMIT ?3";
    LIST = "SELECT id, action, actor, subject, address, details, created_at FROM audit_entry \
        WHERE app_id = ?1 AND environment = ?2 AND id >= ?3 AND id < ?4 \
        AND (CAST(?5 AS TEXT) IS NULL OR CAST(?5 AS TEXT) LIKE '%|' || action || '|%') \
        AND (CAST(?6 AS TEXT) IS NULL OR actor = ?6) \
        AND (CAST(?7 AS TEXT) IS NULL OR subject = ?7) ORDER BY id DESC LIMIT ?8";
}

/// Sorts behind every id.
const BEHIND_ALL: &str = "~";

/// Which entries a list shows.
#[derive(Debug, Clone)]
pub struct AuditFilter {
    pub since: Timestamp,
    /// Any of these; all where there is none.
    pub actions: Vec<AuditAction>,
    pub actor: Option<String>,
    pub subject: Option<String>,
}

pub async fn add(tx: &mut Tx<'_>, scope: &Scope, entry: &AuditEntry) -> Result<(), StoreError> {
    write(tx, scope, entry, &ADD).await
}

/// For what is done in several transactions: each writes what it has come to so far.
pub async fn put(tx: &mut Tx<'_>, scope: &Scope, entry: &AuditEntry) -> Result<(), StoreError> {
    write(tx, scope, entry, &PUT).await
}

async fn write(
    tx: &mut Tx<'_>,
    scope: &Scope,
    entry: &AuditEntry,
    statement: &'static Statement,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        entry.id.as_str(),
        entry.action.as_str(),
        &entry.actor,
        &entry.subject,
        entry.address.as_deref(),
        &entry.details,
        entry.created_at
    ];
    tx.execute(statement, &params).await?;
    Ok(())
}

/// The newest entries, newest first.
pub async fn latest(db: &Db, scope: &Scope, limit: i64) -> Result<Vec<AuditEntry>, StoreError> {
    db.all(&LATEST, &scoped![scope, limit], entry).await
}

/// Up to `limit` entries, newest first, from behind `before`. An id begins with its time,
/// so the walk ends at the oldest entry that is asked for.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &AuditFilter,
    before: Option<&AuditEntryId>,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    let least = AuditEntryId::least(filter.since);
    let actions: Vec<_> = filter
        .actions
        .iter()
        .map(|action| action.as_str())
        .collect();
    let actions = (!actions.is_empty()).then(|| format!("|{}|", actions.join("|")));
    let params = scoped![
        scope,
        least.as_str(),
        before.map_or(BEHIND_ALL, AuditEntryId::as_str),
        actions.as_deref(),
        filter.actor.as_deref(),
        filter.subject.as_deref(),
        limit
    ];
    db.scan(&LIST, &params, entry).await
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: row.parsed(0, "audit_entry.id", AuditEntryId::parse)?,
        action: row.parsed(1, "audit_entry.action", AuditAction::parse)?,
        actor: row.text(2)?,
        subject: row.text(3)?,
        address: row.opt_text(4)?,
        details: row.text(5)?,
        created_at: row.time(6)?,
    })
}
