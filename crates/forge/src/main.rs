//! `forge catalog` writes the connector files; see `catalog/facts/README.md`.

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
    let mut out = std::io::stdout().lock();
    let Command::Catalog { check, map } = cli.command;
    if map {
        let mapping = trunnel_forge::mapping(&cli.root)?;
        writeln!(out, "{}", serde_json::to_string_pretty(&mapping)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let changes = if check {
        trunnel_forge::changes(&cli.root)?
    } else {
        trunnel_forge::write(&cli.root)?
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
