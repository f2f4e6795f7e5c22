//! Reading what was done, and by whom.

use std::collections::HashMap;

use trunnel_model::audit::AuditEntry;
use trunnel_model::environment::Environment;
use trunnel_model::id::{AccessTokenId, ApiKeyId, AuditEntryId, MemberId, SessionTokenId};
use trunnel_store::audit::AuditFilter;
use trunnel_store::{api_key, audit, member};

use crate::Core;
use crate::connection::Paged;
use crate::ctx::{Actor, Ctx};
use crate::error::Error;

/// An export has at most so many rows.
pub const MAX_EXPORT: usize = 100_000;

/// An entry, and who is behind it in words.
#[derive(Debug, Clone)]
pub struct AuditView {
    pub entry: AuditEntry,
    pub environment: Environment,
    pub actor_kind: &'static str,
    pub actor_name: String,
}

impl Core {
    /// The entries that match, newest first, from behind `before`.
    pub async fn audit(
        &self,
        ctx: &Ctx,
        filter: &AuditFilter,
        before: Option<&AuditEntryId>,
        limit: i64,
    ) -> Result<Paged<AuditView>, Error> {
        let found = audit::list(self.db(), &ctx.scope, filter, before, limit + 1).await?;
        let names = self.actor_names(ctx).await?;
        let environment = ctx.scope.environment();
        let views = found.into_iter().map(|entry| {
            let (actor_kind, actor_name) = who(&entry.actor, &names);
            AuditView {
                entry,
                environment,
                actor_kind,
                actor_name,
            }
        });
        let views = views.collect();
        Ok(Paged::of(views, limit, |view: &AuditView| {
            view.entry.id.as_str()
        }))
    }

    /// What ids are called: keys by their hints, also when they have ended, and members
    /// by their names, also when they are gone.
    async fn actor_names(&self, ctx: &Ctx) -> Result<HashMap<String, String>, Error> {
        let keys = api_key::hints(self.db(), &ctx.scope).await?;
        let members = member::names(self.db(), &ctx.organization).await?;
        Ok(keys.into_iter().chain(members).collect())
    }
}

/// The kind of an actor, told from its id, and what people call it.
fn who(actor: &str, names: &HashMap<String, String>) -> (&'static str, String) {
    let named = || {
        let found = names.get(actor).cloned();
        found.unwrap_or_else(|| actor.to_owned())
    };
    let known = |other: &Actor| actor == other.name();
    if known(&Actor::CommandLine) {
        ("cli", "Command line".to_owned())
    } else if known(&Actor::Customer) {
        ("customer", "Customer".to_owned())
    } else if known(&Actor::Visitor) {
        ("system", "Visitor".to_owned())
    } else if [SessionTokenId::PREFIX, AccessTokenId::PREFIX]
        .iter()
        .any(|prefix| actor.starts_with(prefix))
    {
        ("session", "Customer".to_owned())
    } else if actor.starts_with(MemberId::PREFIX) {
        ("member", named())
    } else if actor.starts_with(ApiKeyId::PREFIX) {
        ("api_key", named())
    } else {
        ("system", "System".to_owned())
    }
}
