//! What is written about connections for people to read: one line for everything that
//! happened, with what the provider said when it went wrong.

use serde_json::{Map, Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::connection_event::{ConnectionEvent, ConnectionEventKind};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{ConnectionEventId, ConnectionId};
use trunnel_model::text::AccountId;
use trunnel_store::{Tx, audit, connection_event};

use super::Paged;
use crate::Core;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::Error;

/// Of what a provider said, so many characters are kept.
const KEPT: usize = 4096;

/// One line, before it is written.
pub(crate) struct Told<'a> {
    pub(crate) kind: ConnectionEventKind,
    pub(crate) account: &'a AccountId,
    pub(crate) slug: &'a str,
    pub(crate) connection: Option<&'a ConnectionId>,
    pub(crate) error: Option<String>,
}

/// Writes the line, in the transaction that makes it true.
pub(crate) async fn tell(
    core: &Core,
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    told: Told<'_>,
) -> Result<(), Error> {
    let now = core.now();
    let event = ConnectionEvent {
        id: ConnectionEventId::new(now, core.chance()),
        account_id: told.account.clone(),
        slug: told.slug.to_owned(),
        connection: told.connection.cloned(),
        kind: told.kind,
        error: told.error,
        created_at: now,
    };
    Ok(connection_event::add(tx, &ctx.scope, &event).await?)
}

/// Why something went wrong: our sentence, and the provider's answer where there is one.
/// Both are free of secrets already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble {
    pub(crate) message: String,
    pub(crate) provider: Option<Value>,
}

impl From<&str> for Trouble {
    fn from(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            provider: None,
        }
    }
}

impl From<&Fault> for Trouble {
    fn from(fault: &Fault) -> Self {
        let said = ["provider_answer", "provider_error", "data"];
        let provider = said.iter().find_map(|name| fault.extra.get(*name));
        Self {
            message: fault.message.clone(),
            provider: provider.cloned(),
        }
    }
}

impl Trouble {
    /// As the line keeps it: a JSON object, whatever the provider said.
    pub(crate) fn text(&self) -> String {
        let mut object = Map::new();
        let message: String = self.message.chars().take(KEPT).collect();
        object.insert("message".to_owned(), json!(message));
        if let Some(provider) = &self.provider {
            object.insert("provider".to_owned(), short(provider));
        }
        Value::Object(object).to_string()
    }
}

/// The value, or the beginning of its text where it is long.
fn short(value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    if text.len() <= KEPT {
        return value.clone();
    }
    Value::String(text.chars().take(KEPT).collect())
}

impl Core {
    /// The story of one account's connections to one app, newest first.
    pub async fn connection_log(
        &self,
        caller: &AccountCtx,
        slug: &str,
        before: Option<&ConnectionEventId>,
        limit: i64,
    ) -> Result<Paged<ConnectionEvent>, Error> {
        if slug.contains('\0') {
            let message = "the path has a zero character";
            return Err(Fault::bad_request(FaultCode::BadRequest, message).into());
        }
        self.require_account(caller).await?;
        let scope = &caller.ctx.scope;
        let of = (&caller.account, slug);
        let events = connection_event::list(self.db(), scope, of, before, limit + 1).await?;
        if events.is_empty() {
            // An app that is gone may have left a story; one that never was has none.
            self.connector(&caller.ctx, slug).await?;
        }
        Ok(Paged::of(events, limit, |event| event.id.as_str()))
    }

    /// Tells of something that failed and changed nothing else. That it cannot be
    /// told must not hide why it failed.
    pub(crate) async fn tell_failed(
        &self,
        caller: &AccountCtx,
        slug: &str,
        connection: Option<&ConnectionId>,
        trouble: &Trouble,
    ) {
        let (core, caller, slug) = (self.clone(), caller.clone(), slug.to_owned());
        let (connection, error) = (connection.cloned(), trouble.text());
        let written = self.db().write(move |tx| {
            Box::pin(async move {
                let of = (slug.as_str(), connection.as_ref());
                tell_failed_in(&core, tx, &caller, of, error).await
            })
        });
        if let Err(error) = written.await {
            tracing::warn!(%error, "a failed connection could not be written down");
        }
    }

    /// The same for what came of connecting; only what the outside did is told, a
    /// caller's own mistake is answered.
    pub(super) async fn tell_of<T>(
        &self,
        caller: &AccountCtx,
        slug: &str,
        result: Result<T, Error>,
    ) -> Result<T, Error> {
        if let Err(Error::Fault(fault)) = &result {
            self.tell_failed(caller, slug, None, &Trouble::from(&**fault))
                .await;
        }
        result
    }
}

/// The failure's line and its audit entry.
pub(super) async fn tell_failed_in(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &AccountCtx,
    (slug, connection): (&str, Option<&ConnectionId>),
    error: String,
) -> Result<(), Error> {
    let ctx = &caller.ctx;
    let subject = connection.map_or(caller.account.as_str(), ConnectionId::as_str);
    let mut entry = ctx.audit(
        AuditAction::ConnectionErrored,
        subject,
        core.now(),
        core.chance(),
    );
    entry.details = json!({ "slug": slug, "error": error }).to_string();
    audit::add(tx, &ctx.scope, &entry).await?;
    let told = Told {
        kind: ConnectionEventKind::Failed,
        account: &caller.account,
        slug,
        connection,
        error: Some(error),
    };
    tell(core, tx, ctx, told).await
}
