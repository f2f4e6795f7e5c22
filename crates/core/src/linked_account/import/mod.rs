//! Many accounts at once, out of a file.
//!
//! Some hundred rows are one transaction: enough that a large file is quick, few enough
//! that nobody waits for it. Each row does what a `PUT` of the account would do.

mod read;
mod write;

use std::collections::HashMap;

use serde_json::json;
use tokio::sync::mpsc;
use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::linked_account::AccountChange;
use trunnel_model::text::AccountId;

use self::read::{BadRow, Row};
use self::write::{Batch, Outcome};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

pub use self::read::{AccountRows, MAX_IMPORT_BYTES};

/// Rows in one transaction.
const BATCH: usize = 200;

/// What has been done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportCounts {
    pub rows: u64,
    pub created: u64,
    pub updated: u64,
    pub failed: u64,
}

/// What an import tells while it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportNews {
    /// A row that could not be imported, by its line in the file.
    Bad {
        line: u64,
        account: Option<String>,
        column: Option<String>,
        message: String,
    },
    /// A batch is on disk.
    Progress(ImportCounts),
    Done(ImportCounts),
    /// This server failed; what is counted is done.
    Stopped(ImportCounts),
}

/// Rows that can be tried, each with its line.
type Good = Vec<(u64, AccountId, AccountChange)>;

impl Core {
    /// Imports the rows that can be imported, and tells what is wrong with the others.
    /// When nobody listens any more, it stops behind the batch.
    pub fn import_accounts(&self, ctx: &Ctx, rows: AccountRows) -> mpsc::Receiver<Vec<ImportNews>> {
        // Two batches ahead of a slow listener, and no more.
        let (sender, receiver) = mpsc::channel(2);
        let now = self.now();
        let action = AuditAction::LinkedAccountsImported;
        let subject = ctx.scope.app().as_str();
        let import = Running {
            entry: ctx.audit(action, subject, now, self.chance()),
            core: self.clone(),
            ctx: ctx.clone(),
            rows,
            seen: HashMap::new(),
            counts: ImportCounts::default(),
        };
        self.in_background(import.run(sender));
        receiver
    }
}

struct Running {
    core: Core,
    ctx: Ctx,
    rows: AccountRows,
    /// On which line each account was.
    seen: HashMap<AccountId, u64>,
    counts: ImportCounts,
    /// One for the whole file.
    entry: AuditEntry,
}

impl Running {
    async fn run(mut self, listener: mpsc::Sender<Vec<ImportNews>>) -> Result<(), Error> {
        loop {
            let (good, bad, read) = self.next_rows();
            if read == 0 {
                break;
            }
            let news = match self.import(good, bad, read).await {
                Ok(news) => news,
                Err(error) => {
                    // Who is gone needs no telling.
                    let _ = listener.send(vec![ImportNews::Stopped(self.counts)]).await;
                    return Err(error);
                }
            };
            if listener.send(news).await.is_err() {
                return Ok(());
            }
        }
        let _ = listener.send(vec![ImportNews::Done(self.counts)]).await;
        Ok(())
    }

    /// The next batch: what can be tried, what cannot, and how many rows that is.
    fn next_rows(&mut self) -> (Good, Vec<ImportNews>, u64) {
        let (mut good, mut bad, mut read) = (Vec::new(), Vec::new(), 0);
        while let Some(row) = self.rows.next_row() {
            read += 1;
            let Row {
                line,
                account,
                content,
            } = row;
            match content.and_then(|content| self.only_once(line, content)) {
                Ok((id, change)) => good.push((line, id, change)),
                Err(why) => bad.push(told(line, account, why)),
            }
            if read == BATCH as u64 {
                break;
            }
        }
        (good, bad, read)
    }

    fn only_once(
        &mut self,
        line: u64,
        (id, change): (AccountId, AccountChange),
    ) -> Result<(AccountId, AccountChange), BadRow> {
        if let Some(first) = self.seen.get(&id) {
            let message = format!("line {first} has this account already");
            return Err(BadRow::new(message));
        }
        self.seen.insert(id.clone(), line);
        Ok((id, change))
    }

    async fn import(
        &mut self,
        good: Good,
        mut bad: Vec<ImportNews>,
        read: u64,
    ) -> Result<Vec<ImportNews>, Error> {
        let mut counts = self.counts;
        counts.rows += read;
        counts.failed += bad.len() as u64;
        let begun = counts.created + counts.updated > 0;
        if begun || !good.is_empty() {
            let batch = Batch {
                core: self.core.clone(),
                ctx: self.ctx.clone(),
                rows: good,
                entry: self.entry.clone(),
                counts,
            };
            let (outcomes, after) = batch.write().await?;
            counts = after;
            bad.extend(outcomes.into_iter().filter_map(refused));
        }
        self.counts = counts;
        bad.sort_by_key(|news| match news {
            ImportNews::Bad { line, .. } => *line,
            _ => u64::MAX,
        });
        bad.push(ImportNews::Progress(counts));
        Ok(bad)
    }
}

impl ImportCounts {
    fn details(self) -> String {
        json!({
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "failed": self.failed,
        })
        .to_string()
    }
}

fn refused((line, id, outcome): (u64, AccountId, Outcome)) -> Option<ImportNews> {
    match outcome {
        Outcome::Created | Outcome::Updated => None,
        Outcome::Refused(why) => Some(told(line, Some(id.as_str().to_owned()), why)),
    }
}

fn told(line: u64, account: Option<String>, why: BadRow) -> ImportNews {
    ImportNews::Bad {
        line,
        account,
        column: why.column,
        message: why.message,
    }
}
