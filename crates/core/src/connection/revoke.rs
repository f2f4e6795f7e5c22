//! Ending connections, here and at the provider.

use trunnel_catalog::{Fields, TokenHint, revocation_request};
use trunnel_model::audit::AuditAction;
use trunnel_model::connection::{AuthType, Connection};
use trunnel_model::connection_event::ConnectionEventKind;
use trunnel_model::id::JobId;
use trunnel_model::linked_account::LinkedAccount;
use trunnel_model::webhook::WebhookEvent;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::job::{self, Job, NewJob};
use trunnel_store::sealed::Place;
use trunnel_store::{Tx, audit, linked_account};

use super::credential::Held;
use super::refresh::TOKEN_LIMITS;
use super::story::{Told, tell};
use super::{Bench, Way};
use crate::Core;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::Error;
use crate::linked_account::AccountView;
use crate::session::unknown_account;
use crate::webhook::{Happening, publish};
use crate::worker::JobError;

/// The kind of job that tells a provider to end a grant.
pub(crate) const REVOKE_JOB: &str = "revoke";

/// Which of an account's connections to an app are meant; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Disconnect {
    /// An auth option's id, or its family.
    pub auth_type: Option<String>,
    pub connection: Option<String>,
}

impl Disconnect {
    fn means(&self, known: &Connection) -> bool {
        let typed = self.auth_type.as_ref().is_none_or(|wanted| {
            known.auth_option == *wanted || known.auth_type.as_str() == wanted
        });
        let named = self
            .connection
            .as_ref()
            .is_none_or(|wanted| known.id.as_str() == wanted);
        typed && named
    }
}

impl Core {
    /// Disconnects the account from an app, or ends some of its connections to it. Nothing to
    /// disconnect is no fault.
    pub async fn disconnect(
        &self,
        caller: &AccountCtx,
        slug: &str,
        which: Disconnect,
    ) -> Result<AccountView, Error> {
        let connector = self.connector(&caller.ctx, slug).await?;
        if let Some(name) = &which.auth_type {
            Way::named(&connector, Some(name), |_| true)?;
        }
        let (core, owner, slug) = (self.clone(), caller.clone(), slug.to_owned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let (ctx, id) = (&owner.ctx, &owner.account);
                    let account = linked_account::lock(tx, &ctx.scope, id)
                        .await?
                        .ok_or_else(|| unknown_account(&ctx.scope, id))?;
                    let mut gone = connection::lock_of_app(tx, &ctx.scope, id, &slug).await?;
                    gone.retain(|known| which.means(&known.connection));
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
        if known.auth_type == AuthType::OAuth2 && stored.client_id.is_some() {
            queue_revocation(core, tx, ctx, stored).await?;
        }
        connection::delete(tx, scope, &known.id).await?;
        let happening = Happening {
            event: WebhookEvent::ConnectionDeleted,
            account,
            slug: &known.slug,
            connection: &known.id,
            details: None,
        };
        publish(core, tx, ctx, &happening).await?;
        let told = Told {
            kind: ConnectionEventKind::Deleted,
            account: &known.account_id,
            slug: &known.slug,
            connection: Some(&known.id),
            error: None,
        };
        tell(core, tx, ctx, told).await?;
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
        "auth_option": stored.connection.auth_option,
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
    auth_option: String,
    client_id: Option<String>,
    fields: String,
}

/// Tells the provider that the grant is over, where it has a way to be told.
pub(crate) async fn revoke(core: &Core, job: &Job) -> Result<(), JobError> {
    let payload: Payload = serde_json::from_str(&job.payload).map_err(JobError::fail)?;
    let connector = core
        .connector_for_revocation(&job.scope, &payload.slug)
        .await
        .map_err(JobError::retry)?
        .ok_or_else(|| JobError::fail("the connector is no longer in the catalogue"))?;
    let way = Way::stored(&connector, &payload.auth_option).map_err(JobError::fail)?;
    let sealed = job
        .sealed
        .as_ref()
        .ok_or_else(|| JobError::fail("the job has no tokens"))?;
    let plain = core
        .vault()
        .open(&job.scope, Place::Connection, &job.subject, sealed)
        .await
        .map_err(JobError::retry)?;
    let held = Held::read(&plain).map_err(JobError::fail)?;
    let mut fields: Fields = serde_json::from_str(&payload.fields).map_err(JobError::fail)?;
    let hidden = core.secret_fields(&job.scope, &connector).await;
    fields.extend(hidden.map_err(JobError::retry)?);
    let client = core
        .client_of(&job.scope, &connector, payload.client_id.as_deref())
        .await
        .map_err(|error| match error {
            Error::Fault(fault) => JobError::fail(fault.message),
            // The database or the vault; it may answer later.
            error => JobError::retry(error),
        })?;
    // The refresh token stands for the grant; ending it ends the access tokens.
    let (token, hint) = match (&held.refresh_token, &held.access_token) {
        (Some(refresh), _) => (refresh, TokenHint::Refresh),
        (None, Some(access)) => (access, TokenHint::Access),
        (None, None) => return Ok(()),
    };
    let bench = Bench::new(core);
    let access = bench.access(core, &way, &fields, held.credential(Some(&client)));
    let Some(request) = revocation_request(&access, token, hint) else {
        return Ok(());
    };
    let answer = core
        .wire()
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
