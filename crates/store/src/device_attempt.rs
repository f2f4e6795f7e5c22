//! Device flows that wait for their customers.

use trunnel_model::id::{ConnectionId, DeviceAttemptId};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::{Row, scoped};

macro_rules! columns {
    () => {
        "id, account_id, slug, client_id, state, interval_s, ask_at, connection_id, created_at, \
         expires_at, sealed, data_key_id"
    };
}

statements! { "device_attempt":
    ADD = "INSERT INTO device_attempt (app_id, environment, id, account_id, slug, client_id, \
        state, interval_s, ask_at, sealed, data_key_id, created_at, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', ?7, ?8, ?9, ?10, ?11, ?12)";
    FIND = concat!("SELECT ", columns!(), " FROM device_attempt \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3");
    TAKE = "UPDATE device_attempt SET ask_at = ?5 WHERE app_id = ?1 AND environment = ?2 \
        AND id = ?3 AND ask_at = ?4 AND state = 'pending'";
    WAIT = "UPDATE device_attempt SET ask_at = ?4, interval_s = ?5 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND state = 'pending'";
    END = "UPDATE device_attempt SET state = ?4, connection_id = ?5 \
        WHERE app_id = ?1 AND environment = ?2 AND id = ?3 AND state = 'pending'";
    FORGET = "DELETE FROM device_attempt WHERE (app_id, environment, id) IN \
        (SELECT app_id, environment, id FROM device_attempt WHERE expires_at < ?1 LIMIT ?2)";
}

/// How far a flow has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Connected,
    Denied,
    Expired,
    Failed,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Connected,
        Self::Denied,
        Self::Expired,
        Self::Failed,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Connected => "connected",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no state"))
    }
}

/// A flow that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAttempt {
    pub id: DeviceAttemptId,
    pub account_id: AccountId,
    pub slug: String,
    /// The OAuth client it was begun with; the same one must finish it.
    pub client_id: String,
    pub state: State,
    pub interval_s: i64,
    /// When the provider may be asked next.
    pub ask_at: Timestamp,
    pub connection_id: Option<ConnectionId>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// The device code and the connection's fields.
    pub sealed: Sealed,
}

pub async fn add(tx: &mut Tx<'_>, scope: &Scope, new: &DeviceAttempt) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        new.id.as_str(),
        new.account_id.as_str(),
        &new.slug,
        &new.client_id,
        new.interval_s,
        new.ask_at,
        &new.sealed.bytes,
        new.sealed.data_key.as_str(),
        new.created_at,
        new.expires_at,
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

pub async fn find(db: &Db, scope: &Scope, id: &str) -> Result<Option<DeviceAttempt>, StoreError> {
    db.one(&FIND, &scoped![scope, id], attempt).await
}

/// Takes the right to ask the provider, until `until`. False when someone was faster.
pub async fn take(
    tx: &mut Tx<'_>,
    scope: &Scope,
    seen: &DeviceAttempt,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let params = scoped![scope, seen.id.as_str(), seen.ask_at, until];
    Ok(tx.execute(&TAKE, &params).await? > 0)
}

/// The provider is to be asked again, not before `ask_at`.
pub async fn wait(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &DeviceAttemptId,
    ask_at: Timestamp,
    interval_s: i64,
) -> Result<(), StoreError> {
    let params = scoped![scope, id.as_str(), ask_at, interval_s];
    tx.execute(&WAIT, &params).await?;
    Ok(())
}

/// The flow has come to an end.
pub async fn end(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &DeviceAttemptId,
    state: State,
    connection: Option<&ConnectionId>,
) -> Result<(), StoreError> {
    let connection = connection.map(ConnectionId::as_str);
    let params = scoped![scope, id.as_str(), state.as_str(), connection];
    tx.execute(&END, &params).await?;
    Ok(())
}

/// Deletes up to `limit` flows that are long over.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}

fn attempt(row: &Row<'_>) -> Result<DeviceAttempt, StoreError> {
    let connection = row.opt_text(7)?;
    let connection = connection
        .map(|text| ConnectionId::parse(&text))
        .transpose();
    Ok(DeviceAttempt {
        id: row.parsed(0, "device_attempt.id", DeviceAttemptId::parse)?,
        account_id: row.parsed(1, "device_attempt.account_id", AccountId::parse)?,
        slug: row.text(2)?,
        client_id: row.text(3)?,
        state: row.parsed(4, "device_attempt.state", State::parse)?,
        interval_s: row.int(5)?,
        ask_at: row.time(6)?,
        connection_id: connection.ok().flatten(),
        created_at: row.time(8)?,
        expires_at: row.time(9)?,
        sealed: Sealed::read(row, 10)?,
    })
}
