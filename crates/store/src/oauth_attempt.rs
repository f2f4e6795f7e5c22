//! OAuth flows on their way through a browser.

use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, OAuthAttemptId};
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;

use crate::db::Tx;
use crate::error::StoreError;
use crate::sealed::Sealed;
use crate::statement::statements;
use crate::value::scoped;

statements! { "oauth_attempt":
    ADD = "INSERT INTO oauth_attempt (app_id, environment, state_hash, id, account_id, slug, \
        redirect_uri, client_id, sealed, data_key_id, created_at, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    TAKE = "DELETE FROM oauth_attempt WHERE state_hash = ?1 \
        RETURNING app_id, environment, id, account_id, slug, redirect_uri, client_id, \
        created_at, expires_at, sealed, data_key_id";
    FORGET = "DELETE FROM oauth_attempt WHERE state_hash IN \
        (SELECT state_hash FROM oauth_attempt WHERE expires_at < ?1 LIMIT ?2)";
}

/// A flow that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: OAuthAttemptId,
    pub account_id: AccountId,
    pub slug: String,
    pub redirect_uri: String,
    /// The OAuth client it was begun with; the same one must finish it.
    pub client_id: String,
    /// The code verifier and the connection's fields.
    pub sealed: Sealed,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

pub async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    state_hash: &[u8; 32],
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        state_hash.as_slice(),
        attempt.id.as_str(),
        attempt.account_id.as_str(),
        &attempt.slug,
        &attempt.redirect_uri,
        &attempt.client_id,
        &attempt.sealed.bytes,
        attempt.sealed.data_key.as_str(),
        attempt.created_at,
        attempt.expires_at,
    ];
    tx.execute(&ADD, &params).await?;
    Ok(())
}

/// Removes the flow and hands it over: a state works once. The scope comes out of
/// the row, since the state that was sent back is what proves it.
pub async fn take(
    tx: &mut Tx<'_>,
    state_hash: &[u8; 32],
) -> Result<Option<(Scope, Attempt)>, StoreError> {
    tx.one(&TAKE, &[state_hash.as_slice().into()], |row| {
        let app = row.parsed(0, "oauth_attempt.app_id", AppId::parse)?;
        let environment = row.parsed(1, "oauth_attempt.environment", Environment::parse)?;
        let attempt = Attempt {
            id: row.parsed(2, "oauth_attempt.id", OAuthAttemptId::parse)?,
            account_id: row.parsed(3, "oauth_attempt.account_id", AccountId::parse)?,
            slug: row.text(4)?,
            redirect_uri: row.text(5)?,
            client_id: row.text(6)?,
            created_at: row.time(7)?,
            expires_at: row.time(8)?,
            sealed: Sealed::read(row, 9)?,
        };
        Ok((Scope::verified(app, environment), attempt))
    })
    .await
}

/// Deletes up to `limit` flows that nobody finished.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &[before.into(), limit.into()]).await
}
