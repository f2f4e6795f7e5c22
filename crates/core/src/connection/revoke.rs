//! Ending connections, here and at the provider.

use trunnel_catalog::{TokenHint, revocation_request};
use trunnel_model::audit::AuditAction;
use trunnel_model::connection::AuthType;
use trunnel_model::id::JobId;
use trunnel_model::linked_account::LinkedAccount;
use trunnel_model::webhook::WebhookEvent;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::job::{self, Job, NewJob};
use trunnel_store::sealed::Place;
use trunnel_store::{Tx, audit, linked_account};

use super::credential::Tokens;
use super::refresh::TOKEN_LIMITS;
use crate::Core;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::Error;
use crate::linked_account::AccountView;
use crate::session::unknown_account;
use crate::webhook::{Happening, publish};
use crate::worker::JobError;

/// The kind of job that tells a provider to end a grant.
pub(crate) const REVOKE_JOB: &str = "revoke";

impl Core {
    /// Disconnects the account from an app, or one auth type of it. Nothing to
    /// disconnect is no fault.
    pub async fn disconnect(
        &self,
        caller: &AccountCtx,
        slug: &str,
        auth_type: Option<AuthType>,
    ) -> Result<AccountView, Error> {
        self.connector(&caller.ctx, slug)?;
        let (core, owner, slug) = (self.clone(), caller.clone(), slug.to_owned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let (ctx, id) = (&owner.ctx, &owner.account);
                    let account = linked_account::lock(tx, &ctx.scope, id)
                        .await?
                        .ok_or_else(|| unknown_account(&ctx.scope, id))?;
                    let mut gone = connection::lock_of_app(tx, &ctx.scope, id, &slug).await?;
                    gone.retain(|known| {
                        auth_type.is_none_or(|wanted| known.connection.auth_type == wanted)
                    });
                    remove_all(&core, tx, ctx, &account, &gone).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.account(&caller.ctx, &caller.account).await
    }
}

/// Deletes connections and, with each, queues its revocation and tells the developer.
pub(crate) async fn remove_all(
    core: &Core,
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    account: &LinkedAccount,
    gone: &[StoredConnection],
) -> Result<(), Error> {
    let (scope, now) = (&ctx.scope, core.now());
    for stored in gone {
        let known = &stored.connection;
        if known.auth_type == AuthType::OAuth2 {
            queue_revocation(core, tx, ctx, stored).await?;
        }
        connection::delete(tx, scope, &known.id).await?;
        let happening = Happening {
            event: WebhookEvent::ConnectionDeleted,
            account,
            slug: &known.slug,
            connection: &known.id,
        };
        publish(core, tx, ctx, &happening).await?;
        let entry = ctx.audit(
            AuditAction::ConnectionDeleted,
            known.id.as_str(),
            now,
            core.chance(),
        );
        audit::add(tx, scope, &entry).await?;
    }
    Ok(())
}

/// The job takes the sealed tokens along, as the connection had them.
pub(super) async fn queue_revocation(
    core: &Core,
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    stored: &StoredConnection,
) -> Result<(), Error> {
    let now = core.now();
    let payload = serde_json::json!({
        "slug": stored.connection.slug,
        "client_id": stored.client_id,
        "fields": stored.fields,
    })
    .to_string();
    let job = NewJob {
        id: &JobId::new(now, core.chance()),
        kind: REVOKE_JOB,
        subject: stored.connection.id.as_str(),
        payload: &payload,
        sealed: Some(&stored.sealed),
        due_at: now,
    };
    Ok(job::add(tx, &ctx.scope, &job).await?)
}

#[derive(serde::Deserialize)]
struct Payload {
    slug: String,
    client_id: Option<String>,
    fields: String,
}

/// Tells the provider that the grant is over, where it has a way to be told.
pub(crate) async fn revoke(core: &Core, job: &Job) -> Result<(), JobError> {
    let payload: Payload = serde_json::from_str(&job.payload).map_err(JobError::fail)?;
    let Some(connector) = core.catalog().get(&payload.slug).cloned() else {
        return Err(JobError::fail(
            "the connector is no longer in the catalogue",
        ));
    };
    let sealed = job
        .sealed
        .as_ref()
        .ok_or_else(|| JobError::fail("the job has no tokens"))?;
    let plain = core
        .vault()
        .open(&job.scope, Place::Connection, &job.subject, sealed)
        .await
        .map_err(JobError::retry)?;
    let tokens = Tokens::read(&plain).map_err(JobError::fail)?;
    let fields = serde_json::from_str(&payload.fields).map_err(JobError::fail)?;
    let client = core
        .client_of(&job.scope, &connector, payload.client_id.as_deref())
        .await
        .map_err(|error| match error {
            Error::Fault(fault) => JobError::fail(fault.message),
            // The database or the vault; it may answer later.
            error => JobError::retry(error),
        })?;
    // The refresh token stands for the grant; ending it ends the access tokens.
    let (token, hint) = match &tokens.refresh_token {
        Some(refresh) => (refresh, TokenHint::Refresh),
        None => (&tokens.access_token, TokenHint::Access),
    };
    let instance = &core.settings().instance;
    let request = revocation_request(&connector, instance, &fields, &client, token, hint);
    let Some(request) = request else {
        return Ok(());
    };
    let answer = core
        .outbound()
        .send(request, TOKEN_LIMITS)
        .await
        .map_err(JobError::retry)?;
    match answer.status {
        200..300 => Ok(()),
        408 | 429 | 500.. => Err(JobError::retry(format!(
            "the provider answered {}",
            answer.status
        ))),
        // It does not know the token: that is what we wanted.
        status => Err(JobError::fail(format!("the provider answered {status}"))),
    }
}
