//! `trunnel connection`.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use trunnel_core::{RowOutcome, RowReader, RowResult};
use trunnel_model::environment::Environment;

use super::key::app_id;
use super::serve;
use crate::output;
use crate::settings::{OutsideSettings, StoreSettings};

/// So many rows are held at a time.
const BATCH: usize = 100;

/// In one JSON object so many mistakes are listed; in text each is a line at once.
const LISTED: usize = 1000;

#[derive(Debug, Subcommand)]
pub(crate) enum Connection {
    /// Take credentials over from a file: CSV whose first line names the columns, or a
    /// JSON object a line. Each is tried at its provider. A row that has been imported is
    /// left alone when it comes again, so what was interrupted is simply repeated.
    Import(Box<Import>),
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    store: StoreSettings,
    #[command(flatten)]
    outside: OutsideSettings,
    /// Columns: `linked_account_id`, slug, name (creates the account), `auth_type`,
    /// `connection_id`, metadata.NAME, and the tokens, keys and fields of the app.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The developer app; may be left out while there is only one.
    #[arg(long, value_name = "ID")]
    app: Option<String>,
    /// `test` or `live`.
    #[arg(long, value_name = "ENVIRONMENT", value_parser = Environment::parse)]
    env: Environment,
    /// Check the rows and import nothing; providers are not asked.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Connection {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Import(import) => import.run().await,
        }
    }
}

impl Import {
    async fn run(self) -> anyhow::Result<()> {
        let place = || self.file.display().to_string();
        let file = File::open(&self.file).with_context(place)?;
        let whole = file.metadata().with_context(place)?.len();
        let read = Rc::new(Cell::new(0));
        let input = Counted {
            file,
            read: Rc::clone(&read),
        };
        let core = serve::beside(&self.store, &self.outside).await?;
        let app = app_id(&core, self.app.as_deref()).await?;
        let ctx = core.command_line_ctx(&app, self.env).await?;
        let mut rows = RowReader::new(BufReader::new(input))
            .map_err(|fault| anyhow::anyhow!("{}: {}", place(), fault.message))?;
        let mut tally = Tally::default();
        loop {
            let batch: Vec<_> = rows.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let results = core.import_connections(&ctx, batch, self.dry_run).await?;
            tally.add(&results, self.json);
            output::progress(&bar(read.get(), whole, tally.total()));
        }
        output::progress("");
        core.drain().await;
        output::answer(
            self.json,
            &tally.object(self.dry_run),
            &tally.text(self.dry_run),
        );
        anyhow::ensure!(
            tally.failed == 0,
            "{} of {} rows were not imported",
            tally.failed,
            tally.total()
        );
        Ok(())
    }
}

/// A file that counts what is read of it.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(to)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

fn bar(read: u64, whole: u64, rows: u64) -> String {
    const WIDTH: u64 = 30;
    let share = read.min(whole) * 100 / whole.max(1);
    let done = share * WIDTH / 100;
    let filled = "#".repeat(usize::try_from(done).unwrap_or(0));
    format!("[{filled:<30}] {share:>3}%  {rows} rows")
}

/// What has come of the rows so far.
#[derive(Debug, Default)]
struct Tally {
    valid: u64,
    created: u64,
    updated: u64,
    unchanged: u64,
    failed: u64,
    mistakes: Vec<Value>,
}

impl Tally {
    fn add(&mut self, results: &[RowResult], json: bool) {
        for result in results {
            match &result.outcome {
                Ok(RowOutcome::Valid) => self.valid += 1,
                Ok(RowOutcome::Created(_)) => self.created += 1,
                Ok(RowOutcome::Updated(_)) => self.updated += 1,
                Ok(RowOutcome::Unchanged(_)) => self.unchanged += 1,
                Err(fault) => {
                    self.failed += 1;
                    let number = result.number;
                    if !json {
                        output::progress("");
                        output::complain(&format!("row {number}: {}", fault.message));
                    } else if self.mistakes.len() < LISTED {
                        self.mistakes.push(json!({
                            "row": number,
                            "linked_account_id": result.account,
                            "error_code": fault.code.as_str(),
                            "field": fault.extra.get("field"),
                            "error": fault.message,
                        }));
                    }
                }
            }
        }
    }

    fn total(&self) -> u64 {
        self.valid + self.created + self.updated + self.unchanged + self.failed
    }

    fn object(&self, dry_run: bool) -> Value {
        json!({
            "dry_run": dry_run,
            "total": self.total(),
            "valid": self.valid,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "failed": self.failed,
            "errors": self.mistakes,
            "errors_left_off": self.failed - self.mistakes.len() as u64,
        })
    }

    fn text(&self, dry_run: bool) -> String {
        let Self {
            valid,
            created,
            updated,
            unchanged,
            failed,
            ..
        } = self;
        if dry_run {
            return format!("{valid} rows can be imported, {unchanged} are, {failed} cannot be");
        }
        format!("{created} created, {updated} updated, {unchanged} unchanged, {failed} failed")
    }
}
