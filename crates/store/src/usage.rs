//! What was used, per day and customer.

use trunnel_model::scope::Scope;
use trunnel_model::usage::{Day, UsageCounts, UsageRow};

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! sums {
    () => {
        "CAST(sum(api_calls) AS BIGINT), CAST(sum(actions) AS BIGINT), \
        CAST(sum(deliveries) AS BIGINT), CAST(sum(events) AS BIGINT) FROM usage_day \
        WHERE app_id = ?1 AND environment = ?2 AND day >= ?3"
    };
}

statements! { "usage":
    ADD = "INSERT INTO usage_day \
        (app_id, environment, day, account_id, api_calls, actions, deliveries, events) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
        ON CONFLICT (app_id, environment, day, account_id) DO UPDATE SET \
        api_calls = usage_day.api_calls + ?5, actions = usage_day.actions + ?6, \
        deliveries = usage_day.deliveries + ?7, events = usage_day.events + ?8";
    BY_DAY = concat!("SELECT day, ", sums!(),
        " AND (CAST(?4 AS TEXT) IS NULL OR account_id = ?4) GROUP BY day ORDER BY day");
    BUSIEST = concat!("SELECT account_id, ", sums!(),
        " AND account_id <> '' AND (CAST(?4 AS TEXT) IS NULL OR account_id = ?4) \
        GROUP BY account_id ORDER BY sum(api_calls + actions + deliveries + events) DESC, \
        account_id LIMIT ?5");
    CONNECTIONS = "SELECT count(*) FROM connection WHERE app_id = ?1 AND environment = ?2";
    FORGET = "DELETE FROM usage_day WHERE (app_id, environment, day, account_id) IN \
        (SELECT app_id, environment, day, account_id FROM usage_day WHERE day < ?1 LIMIT ?2)";
}

/// Adds to what is there already.
pub async fn add(tx: &mut Tx<'_>, row: &UsageRow) -> Result<(), StoreError> {
    let counts = &row.counts;
    let account = row.account.as_ref().map_or("", |account| account.as_str());
    let params = scoped![
        row.scope,
        row.day.number(),
        account,
        counts.api_calls,
        counts.actions,
        counts.deliveries,
        counts.events
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Each day that something was used on, from `since` on, oldest first.
pub async fn by_day(
    db: &Db,
    scope: &Scope,
    since: Day,
    account: Option<&str>,
) -> Result<Vec<(Day, UsageCounts)>, StoreError> {
    let params = scoped![scope, since.number(), account];
    db.scan(&BY_DAY, &params, |row| {
        Ok((Day::from_number(row.int(0)?), counts(row)?))
    })
    .await
}

/// The customers that used most, busiest first.
pub async fn busiest(
    db: &Db,
    scope: &Scope,
    since: Day,
    account: Option<&str>,
    limit: i64,
) -> Result<Vec<(String, UsageCounts)>, StoreError> {
    let params = scoped![scope, since.number(), account, limit];
    db.scan(&BUSIEST, &params, |row| Ok((row.text(0)?, counts(row)?)))
        .await
}

/// How many connections the environment has.
pub async fn connections(db: &Db, scope: &Scope) -> Result<i64, StoreError> {
    let params = scoped![scope];
    let found = db.scan(&CONNECTIONS, &params, |row| row.int(0)).await?;
    Ok(found.into_iter().sum())
}

/// Deletes up to `limit` rows of days before this one.
pub async fn forget(tx: &mut Tx<'_>, before: Day, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.number().into(), limit.into()])
        .await
}

fn counts(row: &Row<'_>) -> Result<UsageCounts, StoreError> {
    Ok(UsageCounts {
        api_calls: row.int(1)?,
        actions: row.int(2)?,
        deliveries: row.int(3)?,
        events: row.int(4)?,
    })
}
