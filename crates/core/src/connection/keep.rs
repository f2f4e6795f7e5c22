//! Keeping what a refresh has brought.

use trunnel_catalog::{Fields, TokenAnswer};
use trunnel_model::time::Timestamp;
use trunnel_store::connection::{self, Refreshed, StoredConnection};
use trunnel_store::connection_key;
use trunnel_store::refresh_schedule;
use trunnel_store::sealed::Place;

use super::credential::Held;
use super::establish::json;
use super::revoke::queue_revocation;
use super::{Way, schedule};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;

/// How often it is tried to keep new tokens.
const TRIES: u32 = 8;

/// New tokens, on their way into the connection's row.
pub(super) struct NewTokens<'a> {
    pub(super) caller: &'a AccountCtx,
    pub(super) way: &'a Way,
    /// The row as it was when they were asked for.
    pub(super) current: &'a StoredConnection,
    pub(super) lease: &'a str,
    pub(super) answer: &'a TokenAnswer,
    pub(super) held: Held,
    pub(super) fields: Fields,
    /// When they were asked for: they live from then.
    pub(super) began: Timestamp,
}

impl NewTokens<'_> {
    /// Keeps them. They are the only copy, so a database that fails for a moment is
    /// tried again before they are given up.
    pub(super) async fn keep(&self, core: &Core) -> Result<(), Error> {
        let mut tries = 0;
        loop {
            let Err(error) = self.write(core).await else {
                return Ok(());
            };
            tries += 1;
            if tries == TRIES {
                return Err(error);
            }
            let id = &self.current.connection.id;
            tracing::warn!(connection = %id, %error, tries, "new tokens could not be kept yet");
            core.sleep().sleep(100 << tries).await;
        }
    }

    async fn write(&self, core: &Core) -> Result<(), Error> {
        let (scope, current) = (self.caller.ctx.scope.clone(), self.current);
        let id = &current.connection.id;
        let sealer = core.vault().sealer(&scope).await?;
        let now = core.now();
        let (answer, held) = (self.answer, &self.held);
        let scopes = answer
            .scopes
            .as_ref()
            .or(current.connection.scopes.as_ref());
        let new = Refreshed {
            sealed: sealer.seal(Place::Connection, id.as_str(), held.write().expose()),
            expires_at: answer
                .expires_in_s
                .map(|s| self.began.plus_millis(s.saturating_mul(1000))),
            fields: json(&self.way.connector.in_the_clear(self.fields.clone())),
            scopes: scopes.map(json),
            // What could be renewed once can be renewed again, as long as it has
            // something to be renewed with.
            renewable: held.refresh_token.is_some() || !held.values.is_empty(),
            at: now,
        };
        // Of an answer that says nothing, it is taken that the token lives as long as the last
        // one; only for when to renew it, not for whether it is used.
        let life = held
            .lifetime_s
            .map(|s| self.began.plus_millis(s.saturating_mul(1000)));
        let end = new.expires_at.or(life);
        let due_at = schedule::due_at(self.way, held, end, now, core.random_u64());
        let orphan = StoredConnection {
            sealed: new.sealed.clone(),
            ..current.clone()
        };
        let (own, ctx, lease) = (core.clone(), self.caller.ctx.clone(), self.lease.to_owned());
        let kept = core
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let (id, version) = (&orphan.connection.id, orphan.version);
                    let kept =
                        connection::refreshed(tx, &scope, id, (&lease, version), &new).await?;
                    if kept {
                        if new.fields != orphan.fields {
                            connection_key::put_fields(tx, &scope, id, &new.fields).await?;
                        }
                        refresh_schedule::set(tx, &scope, id, due_at).await?;
                    } else if !connection::is_there(tx, &scope, id).await? {
                        // Disconnected meanwhile: its revocation knew the old tokens only.
                        queue_revocation(&own, tx, &ctx, &orphan).await?;
                    }
                    Ok::<_, Error>(kept)
                })
            })
            .await?;
        if !kept {
            // The customer has reconnected or disconnected meanwhile; that one stands.
            tracing::info!(connection = %id, "a refresh ended after its connection was replaced");
        }
        Ok(())
    }
}
