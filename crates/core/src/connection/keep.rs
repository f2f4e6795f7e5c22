//! Keeping what a refresh has brought.

use trunnel_catalog::TokenAnswer;
use trunnel_store::connection::{self, Refreshed, StoredConnection};
use trunnel_store::sealed::Place;

use super::credential::Tokens;
use super::establish::json;
use super::fields_of;
use super::revoke::queue_revocation;
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;

impl Core {
    /// Keeps the new tokens. They are the only copy, so a database that fails for a
    /// moment is tried again before they are given up.
    pub(super) async fn keep_tokens(
        &self,
        caller: &AccountCtx,
        current: &StoredConnection,
        lease: &str,
        answer: &TokenAnswer,
    ) -> Result<(), Error> {
        let tokens = self.tokens_of(caller, current).await?.renewed(answer);
        let mut fields = fields_of(current)?;
        fields.extend(answer.fields.clone());
        let mut tries = 0;
        loop {
            let result = self
                .write_tokens(caller, current, lease, answer, &tokens, &fields)
                .await;
            let Err(error) = result else { return Ok(()) };
            tries += 1;
            if tries == 8 {
                return Err(error);
            }
            let id = &current.connection.id;
            tracing::warn!(connection = %id, %error, tries, "new tokens could not be kept yet");
            self.sleep().sleep(100 << tries).await;
        }
    }

    async fn write_tokens(
        &self,
        caller: &AccountCtx,
        current: &StoredConnection,
        lease: &str,
        answer: &TokenAnswer,
        tokens: &Tokens,
        fields: &trunnel_catalog::Fields,
    ) -> Result<(), Error> {
        let (scope, id) = (caller.ctx.scope.clone(), current.connection.id.clone());
        let sealer = self.vault().sealer(&scope).await?;
        let now = self.now();
        let scopes = answer
            .scopes
            .as_ref()
            .or(current.connection.scopes.as_ref());
        let new = Refreshed {
            sealed: sealer.seal(Place::Connection, id.as_str(), tokens.write().expose()),
            expires_at: answer
                .expires_in_s
                .map(|s| now.plus_millis(s.saturating_mul(1000))),
            fields: json(fields),
            scopes: scopes.map(json),
            at: now,
        };
        let (core, ctx, lease) = (self.clone(), caller.ctx.clone(), lease.to_owned());
        let orphan = StoredConnection {
            sealed: new.sealed.clone(),
            ..current.clone()
        };
        let kept = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let id = &orphan.connection.id;
                    let kept =
                        connection::refreshed(tx, &scope, id, (&lease, orphan.version), &new)
                            .await?;
                    if !kept && !connection::is_there(tx, &scope, id).await? {
                        // Disconnected meanwhile: its revocation knew the old tokens only.
                        queue_revocation(&core, tx, &ctx, &orphan).await?;
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
