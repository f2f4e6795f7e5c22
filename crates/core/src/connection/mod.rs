//! Connections: beginning, finishing, using, refreshing and ending them.

mod at_risk;
mod begin;
mod change;
mod consent;
mod credential;
mod device;
mod device_job;
mod discover;
mod establish;
mod expire;
mod finish;
mod import;
mod keep;
mod keys;
mod metadata;
mod migrate;
mod oauth1;
mod obtain;
mod outcome;
mod paged;
mod ready;
mod refresh;
mod register;
mod renew;
mod revoke;
mod schedule;
mod scopes;
mod story;
mod tokens;
mod turn;
mod view;
mod way;

use trunnel_catalog::Fields;
use trunnel_model::connection::Connection;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_store::connection::StoredConnection;
use trunnel_store::linked_account;

use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::session::unknown_account;

pub use at_risk::AtRisk;
pub use begin::Asked;
pub use change::ConnectionChange;
pub use consent::{Begun, DeviceBegun};
pub use device::DeviceProgress;
pub(crate) use device_job::{DEVICE_JOB, ask};
pub use finish::{Callback, CallbackResult};
pub use import::{ImportRow, RowOutcome, RowReader, RowResult};
pub use metadata::METADATA;
pub(crate) use obtain::Bench;
pub use paged::Paged;
pub(crate) use ready::{AfterRefusal, Evidence, Ready};
pub(crate) use refresh::Refreshes;
pub(crate) use renew::renew;
pub use revoke::Disconnect;
pub(crate) use revoke::{REVOKE_JOB, remove_all, revoke};
pub use scopes::ScopeView;
pub(crate) use story::Trouble;
pub use view::ConnectionView;
pub(crate) use way::Way;

impl Core {
    /// # Errors
    /// 400 `INVALID_LINKED_ACCOUNT_ID` when the account the caller names is not there.
    pub async fn require_account(&self, caller: &AccountCtx) -> Result<(), Error> {
        let scope = &caller.ctx.scope;
        match linked_account::find(self.db(), scope, &caller.account).await? {
            Some(_) => Ok(()),
            None => Err(unknown_account(scope, &caller.account).into()),
        }
    }
}

/// Of several connections to one app, the one that is used when none is named: the
/// chosen one, else the oldest that works, else the oldest.
pub(crate) fn default_of(stored: Vec<StoredConnection>) -> Option<StoredConnection> {
    let chosen = |known: &StoredConnection| known.connection.is_default;
    let active = |known: &StoredConnection| {
        known.connection.status == trunnel_model::connection::Status::Active
    };
    let at = stored.iter().position(chosen);
    let at = at.or_else(|| stored.iter().position(active)).unwrap_or(0);
    stored.into_iter().nth(at)
}

/// Which connection a new credential is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The one that the account has of this auth option, or a first one.
    #[default]
    Default,
    /// One more, beside those that are there.
    New,
    /// This one, whose credential is replaced.
    Connection(String),
}

/// The non-secret values of a stored connection.
pub(crate) fn fields_of(stored: &StoredConnection) -> Result<Fields, Error> {
    serde_json::from_str(&stored.fields)
        .map_err(|error| Error::Internal(format!("fields of {}: {error}", stored.connection.id)))
}

pub(crate) fn expired(connection: &Connection, name: &str) -> Fault {
    let mut fault = Fault::bad_request(
        FaultCode::ConnectionExpired,
        format!(
            "The connection to {name} has expired: the app no longer accepts it. Ask the customer \
             to reconnect."
        ),
    )
    .with("error_class", "auth")
    .with("reauth_required", true)
    .with("connection_id", connection.id.as_str());
    if let Some(error) = &connection.last_error {
        fault = fault.with("provider_error", error.as_str());
    }
    fault
}

pub(crate) fn not_connected(name: &str, account: &str) -> Fault {
    Fault::bad_request(
        FaultCode::NotConnected,
        format!("Linked account {account} is not connected to {name}. Connect it first."),
    )
    .with("error_class", "auth")
}

/// The same where neither is named.
pub(crate) fn no_such_connection(id: &str) -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        format!("Connection {id} not found"),
    )
    .with("field", "connection_id")
}

pub(crate) fn unknown_connection(id: &str) -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        format!("Connection {id} not found for this account and app"),
    )
    .with("field", "connection_id")
}
