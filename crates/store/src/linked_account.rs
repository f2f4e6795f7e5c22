//! Linked accounts, how many there are, and what they are found by.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use trunnel_model::connection::Connection;
use trunnel_model::id::{LinkedAccountId, UdfEntryId};
use trunnel_model::linked_account::{AccountFilter, LinkedAccount, UdfEntry};
use trunnel_model::page::{Page, PageRequest};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::connection;
use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::{Statement, statements};
use crate::value::{Row, scoped};

macro_rules! columns {
    () => {
        "a.id, a.account_id, a.name, a.scope, a.udf, a.version, a.created_at, a.updated_at"
    };
}
macro_rules! matching {
    () => {
        " WHERE a.app_id = ?1 AND a.environment = ?2 \
        AND (CAST(?3 AS TEXT) IS NULL OR a.scope = ?3) \
        AND (CAST(?4 AS TEXT) IS NULL OR a.search LIKE ?4 ESCAPE '!')"
    };
}
macro_rules! by_udf {
    () => {
        " FROM linked_account_udf u JOIN linked_account a ON a.app_id = u.app_id \
        AND a.environment = u.environment AND a.account_id = u.account_id"
    };
}
macro_rules! udf_is {
    () => {
        " AND u.app_id = ?1 AND u.environment = ?2 AND u.key_name = ?5 AND u.value_hash = ?6"
    };
}

statements! { "linked_account":
    ADD = "INSERT INTO linked_account \
        (app_id, environment, account_id, id, name, scope, udf, version, created_at, updated_at, \
        search) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";
    COUNT_UP = "INSERT INTO linked_account_count (app_id, environment, shard, total) \
        VALUES (?1, ?2, ?3, ?4) ON CONFLICT (app_id, environment, shard) \
        DO UPDATE SET total = linked_account_count.total + ?4";
    FIND = concat!("SELECT ", columns!(), " FROM linked_account a \
        WHERE a.app_id = ?1 AND a.environment = ?2 AND a.account_id = ?3");
    LOCK = concat!("SELECT ", columns!(), " FROM linked_account a \
        WHERE a.app_id = ?1 AND a.environment = ?2 AND a.account_id = ?3 /*pg FOR UPDATE*/");
    UPDATE = "UPDATE linked_account SET name = ?4, scope = ?5, udf = ?6, version = ?7, \
        updated_at = ?8, search = ?9 WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3";
    DELETE = "DELETE FROM linked_account \
        WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3";
    TOTAL = "SELECT CAST(coalesce(sum(total), 0) AS BIGINT) FROM linked_account_count \
        WHERE app_id = ?1 AND environment = ?2";
    LIST = concat!("SELECT ", columns!(), " FROM linked_account a \
        WHERE a.app_id = ?1 AND a.environment = ?2 ORDER BY a.id DESC LIMIT ?3 OFFSET ?4");
    LIST_MATCHING = concat!("SELECT ", columns!(), " FROM linked_account a", matching!(),
        " ORDER BY a.id DESC LIMIT ?5 OFFSET ?6");
    COUNT_MATCHING = concat!("SELECT count(*) FROM linked_account a", matching!());
    LIST_BY_UDF = concat!("SELECT ", columns!(), by_udf!(), matching!(), udf_is!(),
        " ORDER BY a.id DESC LIMIT ?7 OFFSET ?8");
    COUNT_BY_UDF = concat!("SELECT count(*)", by_udf!(), matching!(), udf_is!());
    CLEAR_UDF = "DELETE FROM linked_account_udf \
        WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3";
    ADD_UDF = "INSERT INTO linked_account_udf (app_id, environment, key_name, value_hash, account_id) \
        VALUES (?1, ?2, ?3, ?4, ?5)";
    FIND_CREDENTIAL = "SELECT sealed, data_key_id FROM linked_account_credential \
        WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3";
    PUT_CREDENTIAL = "INSERT INTO linked_account_credential \
        (app_id, environment, account_id, sealed, data_key_id) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (app_id, environment, account_id) \
        DO UPDATE SET sealed = ?4, data_key_id = ?5, \
        version = linked_account_credential.version + 1";
    CREDENTIAL_AND_VERSION = "SELECT sealed, data_key_id, version FROM linked_account_credential \
        WHERE app_id = ?1 AND environment = ?2 AND account_id = ?3";
}

/// Adds the account unless its id is taken; says whether it was added.
pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &LinkedAccount,
) -> Result<bool, StoreError> {
    let added = add_uncounted(tx, scope, account).await?;
    if added {
        count(tx, scope, &account.id, 1).await?;
    }
    Ok(added)
}

/// The same for one of many, which are counted together behind the last of them.
pub async fn add_uncounted(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &LinkedAccount,
) -> Result<bool, StoreError> {
    let (udf, search) = (write_udf(&account.udf), searchable(account));
    let params = scoped![
        scope,
        account.account_id.as_str(),
        account.id.as_str(),
        account.name.as_deref(),
        account.scope.as_deref(),
        &udf,
        account.version,
        account.created_at,
        account.updated_at,
        &search,
    ];
    if tx.execute(&ADD, &params).await? == 0 {
        return Ok(false);
    }
    index_udf(tx, scope, account).await?;
    Ok(true)
}

/// Counts accounts that were added uncounted. Everyone comes to the counters in the same
/// order, so that two cannot wait for each other.
pub async fn count_added(
    tx: &mut Tx<'_>,
    scope: &Scope,
    added: &[LinkedAccountId],
) -> Result<(), StoreError> {
    for shard in 0..SHARDS {
        let of_shard = added.iter().filter(|id| shard_of(id) == shard).count();
        let by = i64::try_from(of_shard).unwrap_or(0);
        if by > 0 {
            tx.execute(&COUNT_UP, &scoped![scope, shard, by]).await?;
        }
    }
    Ok(())
}

pub async fn find(
    db: &Db,
    scope: &Scope,
    id: &AccountId,
) -> Result<Option<LinkedAccount>, StoreError> {
    db.one(&FIND, &scoped![scope, id.as_str()], account).await
}

/// The account and what it is connected to, oldest first.
pub async fn find_with_connections(
    db: &Db,
    scope: &Scope,
    id: &AccountId,
) -> Result<Option<(LinkedAccount, Vec<Connection>)>, StoreError> {
    let connections = (&connection::OF_ACCOUNT, connection::connection);
    db.one_with((&FIND, account), connections, &scoped![scope, id.as_str()])
        .await
}

/// Finds the account and keeps others from changing it until the transaction ends.
pub async fn lock(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &AccountId,
) -> Result<Option<LinkedAccount>, StoreError> {
    tx.one(&LOCK, &scoped![scope, id.as_str()], account).await
}

/// Writes everything that can change; call [`lock`] before.
pub async fn update(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &LinkedAccount,
) -> Result<(), StoreError> {
    let (udf, search) = (write_udf(&account.udf), searchable(account));
    let params = scoped![
        scope,
        account.account_id.as_str(),
        account.name.as_deref(),
        account.scope.as_deref(),
        &udf,
        account.version,
        account.updated_at,
        &search,
    ];
    tx.execute(&UPDATE, &params).await?;
    tx.execute(&CLEAR_UDF, &scoped![scope, account.account_id.as_str()])
        .await?;
    index_udf(tx, scope, account).await
}

/// Deletes the account and, by the foreign keys, everything it owns.
pub async fn delete(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &LinkedAccount,
) -> Result<(), StoreError> {
    tx.execute(&DELETE, &scoped![scope, account.account_id.as_str()])
        .await?;
    count(tx, scope, &account.id, -1).await
}

/// One page, newest first.
pub async fn list(
    db: &Db,
    scope: &Scope,
    filter: &AccountFilter,
    request: PageRequest,
) -> Result<Page<LinkedAccount>, StoreError> {
    let (limit, offset) = (request.limit(), request.offset());
    let total = |rows: Vec<i64>| rows.first().copied().unwrap_or(0);
    if filter.is_empty() {
        let items = db
            .scan(&LIST, &scoped![scope, limit, offset], account)
            .await?;
        let total = total(db.all(&TOTAL, &scoped![scope], |row| row.int(0)).await?);
        return Ok(Page {
            items,
            total,
            request,
        });
    }
    let pattern = filter.search.as_deref().map(contains);
    let (search, group) = (pattern.as_deref(), filter.scope.as_deref());
    let count = |statement: &'static Statement| (statement, |row: &Row<'_>| row.int(0));
    let (items, counted) = match &filter.udf {
        None => {
            let (statement, read) = count(&COUNT_MATCHING);
            (
                db.scan(
                    &LIST_MATCHING,
                    &scoped![scope, group, search, limit, offset],
                    account,
                )
                .await?,
                db.scan(statement, &scoped![scope, group, search], read)
                    .await?,
            )
        }
        Some((name, value)) => {
            let (statement, read) = count(&COUNT_BY_UDF);
            let hash = value_hash(value);
            let value = hash.as_slice();
            let params = scoped![scope, group, search, name, value, limit, offset];
            (
                db.scan(&LIST_BY_UDF, &params, account).await?,
                db.scan(statement, &scoped![scope, group, search, name, value], read)
                    .await?,
            )
        }
    };
    Ok(Page {
        items,
        total: total(counted),
        request,
    })
}

/// How many the environment has.
pub async fn total(db: &Db, scope: &Scope) -> Result<i64, StoreError> {
    let found = db.one(&TOTAL, &scoped![scope], |row| row.int(0)).await?;
    Ok(found.unwrap_or(0))
}

pub async fn find_credential(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &AccountId,
) -> Result<Option<Sealed>, StoreError> {
    tx.one(&FIND_CREDENTIAL, &scoped![scope, id.as_str()], |row| {
        Sealed::read(row, 0)
    })
    .await
}

/// The same outside a transaction, with the number of changes made to it so far.
pub async fn credential_and_version(
    db: &Db,
    scope: &Scope,
    id: &AccountId,
) -> Result<Option<(Sealed, i64)>, StoreError> {
    let params = scoped![scope, id.as_str()];
    db.one(&CREDENTIAL_AND_VERSION, &params, |row| {
        Ok((Sealed::read(row, 0)?, row.int(2)?))
    })
    .await
}

pub async fn put_credential(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &AccountId,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    let params = scoped![scope, id.as_str(), &sealed.bytes, sealed.data_key.as_str()];
    tx.execute(&PUT_CREDENTIAL, &params).await?;
    Ok(())
}

/// How many rows the count is spread over.
const SHARDS: i64 = 8;

/// By the id's last, random character, which both the create and the delete know.
fn shard_of(id: &LinkedAccountId) -> i64 {
    i64::from(id.as_str().bytes().last().unwrap_or(0)) % SHARDS
}

async fn count(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &LinkedAccountId,
    by: i64,
) -> Result<(), StoreError> {
    tx.execute(&COUNT_UP, &scoped![scope, shard_of(id), by])
        .await?;
    Ok(())
}

async fn index_udf(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: &LinkedAccount,
) -> Result<(), StoreError> {
    for entry in &account.udf {
        let hash = value_hash(&entry.value);
        let params = scoped![
            scope,
            &entry.name,
            hash.as_slice(),
            account.account_id.as_str()
        ];
        tx.execute(&ADD_UDF, &params).await?;
    }
    Ok(())
}

/// What a field's value is found by.
fn value_hash(value: &str) -> [u8; 32] {
    Sha256::digest(value).into()
}

/// What a search looks in. Lower case is made here, not in SQL: SQLite knows the case
/// of ASCII only, and PostgreSQL of what its collation says.
fn searchable(account: &LinkedAccount) -> String {
    let name = account.name.as_deref().unwrap_or_default();
    format!("{name}\n{}", account.account_id).to_lowercase()
}

/// A LIKE pattern for "has this in it", in lower case and with `!` as its escape.
pub(crate) fn contains(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// How a user-defined field is kept in the account's row.
#[derive(Serialize, Deserialize)]
struct StoredUdf {
    id: String,
    name: String,
    value: String,
    created_at: i64,
    updated_at: i64,
}

fn write_udf(entries: &[UdfEntry]) -> String {
    let stored: Vec<_> = entries
        .iter()
        .map(|entry| StoredUdf {
            id: entry.id.as_str().to_owned(),
            name: entry.name.clone(),
            value: entry.value.clone(),
            created_at: entry.created_at.as_millis(),
            updated_at: entry.updated_at.as_millis(),
        })
        .collect();
    // Texts and numbers always serialize.
    serde_json::to_string(&stored).unwrap_or_default()
}

fn read_udf(text: &str) -> Result<Vec<UdfEntry>, StoreError> {
    const EMPTY: &str = "[]";
    if text == EMPTY {
        return Ok(Vec::new());
    }
    let damaged = |why: String| StoreError::Damaged {
        place: "linked_account.udf",
        why,
    };
    let stored: Vec<StoredUdf> =
        serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
    stored
        .into_iter()
        .map(|entry| {
            Ok(UdfEntry {
                id: UdfEntryId::parse(&entry.id).map_err(|error| damaged(error.to_string()))?,
                name: entry.name,
                value: entry.value,
                created_at: Timestamp::from_millis(entry.created_at),
                updated_at: Timestamp::from_millis(entry.updated_at),
            })
        })
        .collect()
}

fn account(row: &Row<'_>) -> Result<LinkedAccount, StoreError> {
    Ok(LinkedAccount {
        id: row.parsed(0, "linked_account.id", LinkedAccountId::parse)?,
        account_id: row.parsed(1, "linked_account.account_id", AccountId::parse)?,
        name: row.opt_text(2)?,
        scope: row.opt_text(3)?,
        udf: read_udf(&row.text(4)?)?,
        version: row.int(5)?,
        created_at: row.time(6)?,
        updated_at: row.time(7)?,
    })
}
