//! Linked accounts as a list to scroll through: however far, a page costs the same.

use trunnel_model::account_list::{AccountEntry, AccountListFilter};
use trunnel_model::connection::Status;
use trunnel_model::id::LinkedAccountId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;

use crate::db::Db;
use crate::error::StoreError;
use crate::linked_account::contains;
use crate::statement::statements;
use crate::value::{Row, scoped};

/// Behind every id there can be, so that a first page is a page like the others.
const BEHIND_ALL: &str = "acct_~";

macro_rules! matching {
    () => {
        "a.app_id = ?1 AND a.environment = ?2 \
        AND (CAST(?3 AS TEXT) IS NULL OR a.scope = ?3) \
        AND (CAST(?4 AS TEXT) IS NULL OR a.search LIKE ?4 ESCAPE '!')"
    };
}

statements! { "account_list":
    LIST = concat!("SELECT a.id, a.account_id, a.name, a.scope, a.created_at \
        FROM linked_account a WHERE ", matching!(), " AND a.id < ?5 ORDER BY a.id DESC LIMIT ?6");
    CONNECTIONS = concat!("SELECT a.id, c.slug, c.status FROM linked_account a \
        JOIN connection c ON c.app_id = a.app_id AND c.environment = a.environment \
        AND c.account_id = a.account_id WHERE ", matching!(), " AND a.id <= ?5 AND a.id >= ?6 \
        ORDER BY a.id DESC, c.slug");
    TOTAL = "SELECT CAST(coalesce(sum(total), 0) AS BIGINT) FROM linked_account_count \
        WHERE app_id = ?1 AND environment = ?2";
}

/// Up to `limit` accounts, newest first, from behind `before`, each with what it is
/// connected to.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &AccountListFilter,
    before: Option<&LinkedAccountId>,
    limit: i64,
) -> Result<Vec<AccountEntry>, StoreError> {
    let pattern = filter.search.as_deref().map(contains);
    let (group, search) = (filter.scope.as_deref(), pattern.as_deref());
    let before = before.map_or(BEHIND_ALL, LinkedAccountId::as_str);
    let params = scoped![scope, group, search, before, limit];
    let mut entries = db.scan(&LIST, &params, entry).await?;
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Ok(entries);
    };
    let params = scoped![scope, group, search, first.id.as_str(), last.id.as_str()];
    let connections = db
        .scan(&CONNECTIONS, &params, |row| {
            let id = row.parsed(0, "linked_account.id", LinkedAccountId::parse)?;
            let status = row.parsed(2, "connection.status", Status::parse)?;
            Ok((id, row.text(1)?, status))
        })
        .await?;
    attach(&mut entries, connections);
    Ok(entries)
}

/// Both are newest first, so one walk is enough.
fn attach(entries: &mut [AccountEntry], connections: Vec<(LinkedAccountId, String, Status)>) {
    let mut entries = entries.iter_mut().peekable();
    for (id, slug, status) in connections {
        while entries.next_if(|entry| entry.id > id).is_some() {}
        // An account that was added or removed between the two reads is in one of them only.
        let Some(entry) = entries.peek_mut().filter(|entry| entry.id == id) else {
            continue;
        };
        entry.connections.push(slug);
        entry.expired += i64::from(status == Status::Expired);
    }
}

/// How many accounts the environment has.
pub async fn total(db: &Db, scope: &Scope) -> Result<i64, StoreError> {
    let total = db.one(&TOTAL, &scoped![scope], |row| row.int(0)).await?;
    Ok(total.unwrap_or(0))
}

fn entry(row: &Row<'_>) -> Result<AccountEntry, StoreError> {
    Ok(AccountEntry {
        id: row.parsed(0, "linked_account.id", LinkedAccountId::parse)?,
        account_id: row.parsed(1, "linked_account.account_id", AccountId::parse)?,
        name: row.opt_text(2)?,
        scope: row.opt_text(3)?,
        created_at: row.time(4)?,
        connections: Vec::new(),
        expired: 0,
    })
}
