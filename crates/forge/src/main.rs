//! `forge catalog` writes the connector files, see `catalog/facts/README.md`;
//! `forge docs` the page that lists them.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Writes connector files from facts about providers")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The repository.
    #[arg(long, default_value = ".", global = true)]
    root: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Writes `catalog/connectors/<slug>/connector.yaml` from `catalog/facts`.
    Catalog {
        /// Writes nothing; fails with the list of files that would change.
        #[arg(long)]
        check: bool,
        /// Writes nothing; prints which connector and option each row becomes, as JSON.
        #[arg(long, conflicts_with = "check")]
        map: bool,
    },
    /// Writes `docs/catalogue.md` from the connectors that are there.
    Docs {
        /// Writes nothing; fails when the page would change.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let root = &cli.root;
    let mut out = std::io::stdout().lock();
    let (check, changes) = match cli.command {
        Command::Catalog { map: true, .. } => {
            let mapping = trunnel_forge::mapping(root)?;
            writeln!(out, "{}", serde_json::to_string_pretty(&mapping)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Catalog { check: true, .. } => (true, trunnel_forge::changes(root)?),
        Command::Catalog { .. } => (false, trunnel_forge::write(root)?),
        Command::Docs { check: true } => (true, Vec::from_iter(trunnel_forge::page_changes(root)?)),
        Command::Docs { check: false } => (false, Vec::from_iter(trunnel_forge::write_page(root)?)),
    };
    for change in &changes {
        writeln!(out, "{change}")?;
    }
    Ok(if check && !changes.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
