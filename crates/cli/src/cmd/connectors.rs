//! `trunnel connectors`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use trunnel_catalog::Catalog;
use trunnel_catalog::lint;
use trunnel_catalog::load::check_embedded;

use super::import::Import;
use crate::output;

#[derive(Debug, Subcommand)]
pub(crate) enum Connectors {
    /// List the connectors.
    List {
        /// A folder with connectors of your own, beside the embedded ones.
        #[arg(long, env = "TRUNNEL_CONNECTORS", value_name = "DIR")]
        connectors: Option<PathBuf>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Check the connectors and say what could be better.
    Lint {
        /// A folder with connectors of your own, beside the embedded ones.
        #[arg(long, env = "TRUNNEL_CONNECTORS", value_name = "DIR")]
        connectors: Option<PathBuf>,
    },
    /// Make a custom app of an `OpenAPI` document, or bring one up to date with it. Works
    /// while a server runs.
    Import(Box<Import>),
}

impl Connectors {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Import(import) => import.run().await,
            Self::List { connectors, json } => {
                let (mut list, mut lines) = (Vec::new(), Vec::new());
                for connector in load(connectors)?.iter() {
                    let types: Vec<_> = connector
                        .auth_types()
                        .iter()
                        .map(|kind| kind.as_str())
                        .collect();
                    let actions = connector.actions().count();
                    list.push(json!({
                        "slug": connector.slug,
                        "name": connector.name,
                        "auth_types": types,
                        "actions": actions,
                    }));
                    let (slug, types) = (&connector.slug, types.join(", "));
                    lines.push(format!("{slug:<24} {types:<20} {actions:>3} actions"));
                }
                output::list(json, "connectors", &list, &lines.join("\n"));
                Ok(())
            }
            Self::Lint { connectors } => {
                check_embedded()?;
                let findings = lint::lint(&load(connectors)?);
                for finding in &findings {
                    output::complain(&finding.to_string());
                }
                anyhow::ensure!(findings.is_empty(), "{} findings", findings.len());
                output::answer(false, &json!(null), "no findings");
                Ok(())
            }
        }
    }
}

pub(crate) fn load(folder: Option<PathBuf>) -> anyhow::Result<Catalog> {
    let catalog = Catalog::embedded();
    Ok(match folder {
        Some(folder) => catalog.with_folder(&folder)?,
        None => catalog,
    })
}
