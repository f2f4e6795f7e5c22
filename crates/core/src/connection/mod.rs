//! Connections: beginning, finishing, using, refreshing and ending them.

mod begin;
mod credential;
mod establish;
mod expire;
mod finish;
mod keep;
mod keys;
mod ready;
mod refresh;
mod revoke;

use trunnel_catalog::Fields;
use trunnel_model::connection::{AuthType, Connection};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_store::connection::StoredConnection;
use trunnel_store::linked_account;

use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::session::unknown_account;

pub use finish::{Callback, CallbackResult};
pub(crate) use ready::{AfterRefusal, Evidence, Ready};
pub(crate) use refresh::Refreshes;
pub(crate) use revoke::{REVOKE_JOB, remove_all, revoke};

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
/// oldest that works, else the oldest.
pub(crate) fn default_of(stored: Vec<StoredConnection>) -> Option<StoredConnection> {
    let active = |known: &StoredConnection| {
        known.connection.status == trunnel_model::connection::Status::Active
    };
    let at = stored.iter().position(active).unwrap_or(0);
    stored.into_iter().nth(at)
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

/// # Errors
/// 400 naming the types that the connector offers.
pub(crate) fn require_type(
    connector: &trunnel_catalog::Connector,
    wanted: AuthType,
) -> Result<(), Fault> {
    let offered = connector.auth_types();
    if offered.contains(&wanted) {
        return Ok(());
    }
    let names: Vec<_> = offered.iter().map(|kind| kind.as_str()).collect();
    Err(Fault::field(
        "auth_type",
        format!(
            "{} does not offer `{}`; it offers {}",
            connector.name,
            wanted.as_str(),
            names.join(", ")
        ),
    ))
}
