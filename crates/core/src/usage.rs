//! What is used: counted in memory, written down in batches, read per day and customer.
//!
//! Writing on every request would make every read a write, so each node keeps what it
//! has counted since its last flush, a few seconds ago at most. That much is lost when a
//! node crashes; a node that is stopped writes it down first.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::Notify;
use trunnel_model::fault::Fault;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::usage::{Day, UsageCounts, UsageKind, UsageRow};
use trunnel_store::{linked_account, usage};

use crate::Core;
use crate::ctx::{Actor, Ctx};
use crate::error::Error;

/// The longest time that a reading covers, in days.
pub const MAX_USAGE_DAYS: i64 = 90;

/// So many customers are shown.
const BUSIEST: i64 = 100;

/// So many rows are written in one transaction, so that requests need not wait.
const BATCH: usize = 500;

/// With so many customers in memory the next flush does not wait for its time.
const MANY: usize = 20_000;

/// What an environment has used.
#[derive(Debug, Clone)]
pub struct UsageView {
    /// Oldest first; every day is there.
    pub days: Vec<(Day, UsageCounts)>,
    /// The busiest customers, busiest first.
    pub accounts: Vec<(String, UsageCounts)>,
    pub totals: UsageCounts,
    pub linked_accounts: i64,
    pub connections: i64,
}

impl Core {
    /// Counts one request to the API.
    pub fn count_call(&self, ctx: &Ctx, account: Option<&AccountId>) {
        let by_credential = matches!(
            ctx.actor,
            Actor::ApiKey(_) | Actor::Session(_) | Actor::AccessToken(_)
        );
        if by_credential {
            self.count(&ctx.scope, account, UsageKind::ApiCall, 1);
        }
    }

    pub(crate) fn count(
        &self,
        scope: &Scope,
        account: Option<&AccountId>,
        kind: UsageKind,
        by: i64,
    ) {
        let day = Day::of(self.now());
        self.counters().count(scope, account, day, (kind, by));
    }

    /// Writes down what was counted since the last call. What cannot be written is kept
    /// for the next one.
    pub async fn flush_usage(&self) -> Result<(), Error> {
        let rows = self.counters().take();
        let mut done = 0;
        for batch in rows.chunks(BATCH) {
            let own = batch.to_vec();
            let written = self
                .db()
                .write(move |tx| {
                    Box::pin(async move {
                        for row in &own {
                            usage::add(tx, row).await?;
                        }
                        Ok::<_, Error>(())
                    })
                })
                .await;
            if let Err(error) = written {
                self.counters().put_back(&rows[done..]);
                return Err(error);
            }
            done += batch.len();
        }
        Ok(())
    }

    /// What was used on the last `days` days, today included: by everybody, or by one
    /// customer. What this node has counted a moment ago is in it.
    ///
    /// # Errors
    /// 400 when it is more than [`MAX_USAGE_DAYS`] days.
    pub async fn usage(
        &self,
        ctx: &Ctx,
        days: i64,
        account: Option<&AccountId>,
    ) -> Result<UsageView, Error> {
        if !(1..=MAX_USAGE_DAYS).contains(&days) {
            let message = format!("`days` is a whole number from 1 to {MAX_USAGE_DAYS}");
            return Err(Fault::field("days", message).into());
        }
        self.flush_usage().await?;
        let scope = &ctx.scope;
        let account = account.map(AccountId::as_str);
        let first = Day::of(self.now()).plus(1 - days);
        let used = usage::by_day(self.db(), scope, first, account).await?;
        let mut totals = UsageCounts::default();
        for (_, counts) in &used {
            totals.add(counts);
        }
        let counts_of = |day: Day| {
            let mut used = used.iter();
            let found = used.find(|(known, _)| *known == day);
            found.map(|(_, counts)| *counts).unwrap_or_default()
        };
        Ok(UsageView {
            days: (0..days)
                .map(|at| (first.plus(at), counts_of(first.plus(at))))
                .collect(),
            accounts: usage::busiest(self.db(), scope, first, account, BUSIEST).await?,
            totals,
            linked_accounts: linked_account::total(self.db(), scope).await?,
            connections: usage::connections(self.db(), scope).await?,
        })
    }
}

/// What this node has counted since the last flush.
#[derive(Default)]
pub(crate) struct Counters {
    pending: Mutex<Pending>,
    full: Notify,
}

#[derive(Default)]
struct Pending {
    open: HashMap<Scope, Open>,
    /// Of days that have ended since.
    closed: Vec<UsageRow>,
    customers: usize,
}

/// One environment's day.
struct Open {
    day: Day,
    nobody: UsageCounts,
    customers: HashMap<AccountId, UsageCounts>,
}

impl Counters {
    /// Resolves when there is so much that it should be written down at once.
    pub(crate) async fn full(&self) {
        self.full.notified().await;
    }

    fn count(
        &self,
        scope: &Scope,
        account: Option<&AccountId>,
        day: Day,
        (kind, by): (UsageKind, i64),
    ) {
        let mut pending = self.pending.lock();
        let Pending {
            open,
            closed,
            customers,
        } = &mut *pending;
        // The busy case allocates nothing: everything is there already.
        if !open.contains_key(scope) {
            open.insert(scope.clone(), Open::new(day));
        }
        let Some(found) = open.get_mut(scope) else {
            return;
        };
        if found.day != day {
            let ended = std::mem::replace(found, Open::new(day));
            closed.extend(ended.rows(scope));
        }
        let Some(account) = account else {
            found.nobody.count(kind, by);
            return;
        };
        if let Some(counts) = found.customers.get_mut(account) {
            counts.count(kind, by);
            return;
        }
        let mut counts = UsageCounts::default();
        counts.count(kind, by);
        found.customers.insert(account.clone(), counts);
        *customers += 1;
        if *customers == MANY {
            self.full.notify_one();
        }
    }

    /// In one order everywhere: two nodes that wrote in different ones could wait for each
    /// other.
    fn take(&self) -> Vec<UsageRow> {
        let taken = std::mem::take(&mut *self.pending.lock());
        let open = taken.open.into_iter();
        let mut rows: Vec<_> = open.flat_map(|(scope, open)| open.rows(&scope)).collect();
        rows.extend(taken.closed);
        rows.sort_unstable_by(|one, other| order(one).cmp(&order(other)));
        rows
    }

    fn put_back(&self, rows: &[UsageRow]) {
        self.pending.lock().closed.extend_from_slice(rows);
    }
}

impl Open {
    fn new(day: Day) -> Self {
        Self {
            day,
            nobody: UsageCounts::default(),
            customers: HashMap::new(),
        }
    }

    fn rows(self, scope: &Scope) -> Vec<UsageRow> {
        let day = self.day;
        let row = |account, counts| UsageRow {
            scope: scope.clone(),
            day,
            account,
            counts,
        };
        let nobody = (!self.nobody.is_zero()).then(|| row(None, self.nobody));
        let customers = self.customers.into_iter();
        let customers = customers.map(|(account, counts)| row(Some(account), counts));
        customers.chain(nobody).collect()
    }
}

fn order(row: &UsageRow) -> (&str, &str, Day, Option<&AccountId>) {
    let scope = &row.scope;
    (
        scope.app().as_str(),
        scope.environment().name(),
        row.day,
        row.account.as_ref(),
    )
}
