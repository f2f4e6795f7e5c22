//! One batch of an import, as one transaction.

use trunnel_model::audit::AuditEntry;
use trunnel_model::linked_account::{AccountChange, MAX_UDF_KEYS};
use trunnel_model::text::AccountId;
use trunnel_store::{Tx, audit, linked_account};

use super::super::change::changed;
use super::read::BadRow;
use super::{Good, ImportCounts};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

pub(super) enum Outcome {
    Created,
    Updated,
    Refused(BadRow),
}

pub(super) struct Batch {
    pub(super) core: Core,
    pub(super) ctx: Ctx,
    pub(super) rows: Good,
    pub(super) entry: AuditEntry,
    /// With what is wrong without being tried.
    pub(super) counts: ImportCounts,
}

type Written = (Vec<(u64, AccountId, Outcome)>, ImportCounts);

impl Batch {
    pub(super) async fn write(mut self) -> Result<Written, Error> {
        // Everyone locks in the same order, so that two cannot wait for each other.
        self.rows.sort_unstable_by(|one, other| one.1.cmp(&other.1));
        let db = self.core.db().clone();
        db.write(move |tx| Box::pin(async move { self.run(tx).await }))
            .await
    }

    async fn run(mut self, tx: &mut Tx<'_>) -> Result<Written, Error> {
        let mut added = Vec::new();
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for (line, id, change) in std::mem::take(&mut self.rows) {
            let outcome = self.upsert(tx, &id, &change, &mut added).await?;
            match &outcome {
                Outcome::Created => self.counts.created += 1,
                Outcome::Updated => self.counts.updated += 1,
                Outcome::Refused(_) => self.counts.failed += 1,
            }
            outcomes.push((line, id, outcome));
        }
        linked_account::count_added(tx, &self.ctx.scope, &added).await?;
        self.entry.details = self.counts.details();
        if self.counts.created + self.counts.updated > 0 {
            audit::put(tx, &self.ctx.scope, &self.entry).await?;
        }
        Ok((outcomes, self.counts))
    }

    async fn upsert(
        &self,
        tx: &mut Tx<'_>,
        id: &AccountId,
        change: &AccountChange,
        added: &mut Vec<trunnel_model::id::LinkedAccountId>,
    ) -> Result<Outcome, Error> {
        let scope = &self.ctx.scope;
        let now = self.core.now();
        let fresh = self.core.new_account(id.clone(), change, now);
        if linked_account::add_uncounted(tx, scope, &fresh).await? {
            added.push(fresh.id);
            return Ok(Outcome::Created);
        }
        let Some(known) = linked_account::lock(tx, scope, id).await? else {
            let why = "the account was deleted meanwhile; import the row again";
            return Ok(Outcome::Refused(BadRow::new(why)));
        };
        let account = changed(known, change, now, self.core.chance());
        if account.udf.len() > MAX_UDF_KEYS {
            let why = format!(
                "the account would have more than {MAX_UDF_KEYS} custom fields, with those that \
                 it has already"
            );
            return Ok(Outcome::Refused(BadRow::new(why)));
        }
        linked_account::update(tx, scope, &account).await?;
        Ok(Outcome::Updated)
    }
}
