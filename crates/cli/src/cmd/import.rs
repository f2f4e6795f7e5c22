//! `trunnel connectors import`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use trunnel_catalog::custom::{compile_action, compile_connector};
use trunnel_core::{Core, Error, Fetched, ImportFrom, ImportedApp, fetch_document, slug_of};
use trunnel_model::environment::Environment;
use trunnel_model::time::SystemClock;
use trunnel_openapi::{Imported, Options};
use trunnel_outbound::{Cidr, EgressPolicy};

use super::key::app_id;
use crate::instance::{self, Absent};
use crate::output;
use crate::settings::StoreSettings;

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The `OpenAPI` document: a file or a URL, JSON or YAML.
    #[arg(value_name = "SPEC")]
    spec: String,
    /// What people call the app; the document's title unless given.
    #[arg(long)]
    name: Option<String>,
    /// The app's slug; made from the name unless given. An app that has it is updated.
    #[arg(long)]
    slug: Option<String>,
    #[command(flatten)]
    store: StoreSettings,
    /// The developer app; may be left out while there is only one.
    #[arg(long, value_name = "ID")]
    app: Option<String>,
    /// `test` or `live`.
    #[arg(
        long,
        value_name = "ENVIRONMENT",
        default_value = "test",
        value_parser = Environment::parse
    )]
    env: Environment,
    /// Write the connector's files into this folder instead, which `--connectors` takes.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["app", "env"])]
    out: Option<PathBuf>,
    /// Private address ranges from which the document may be fetched.
    #[arg(
        long,
        env = "TRUNNEL_EGRESS_ALLOW",
        value_name = "CIDRS",
        default_value = ""
    )]
    egress_allow: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let from = self.document().await?;
        match &self.out {
            Some(folder) => self.write(folder, from),
            None => self.keep(from).await,
        }
    }

    async fn document(&self) -> anyhow::Result<ImportFrom> {
        let spec = &self.spec;
        if !spec.starts_with("http://") && !spec.starts_with("https://") {
            let text = std::fs::read_to_string(spec).with_context(|| spec.clone())?;
            return Ok(ImportFrom::Document(text));
        }
        let policy = EgressPolicy::new(Cidr::parse_list(&self.egress_allow)?);
        let outbound = instance::outbound(policy, None)?;
        let fetched = fetch_document(&outbound, &SystemClock::new(), spec).await;
        Ok(ImportFrom::Fetched {
            url: spec.clone(),
            document: fetched.map_err(Error::from)?,
        })
    }

    /// Puts it into the database, for the server to find.
    async fn keep(self, from: ImportFrom) -> anyhow::Result<()> {
        let core: Core = instance::open(&self.store, Absent::Refuse).await?;
        let app = app_id(&core, self.app.as_deref()).await?;
        let ctx = core.command_line_ctx(&app, self.env).await?;
        let import = trunnel_core::Import {
            name: self.name,
            description: None,
            slug: self.slug,
            from,
        };
        let done = core.import_custom_app(&ctx, import).await?;
        let report = &done.report;
        for (operation, reason) in &report.skipped {
            output::complain(&format!("skipped {operation}: {reason}"));
        }
        for note in &report.notes {
            output::complain(&format!("note: {note}"));
        }
        output::answer(self.json, &object(&done), &line(&done));
        Ok(())
    }

    /// Writes it as a folder of the catalogue's form.
    fn write(&self, folder: &Path, from: ImportFrom) -> anyhow::Result<()> {
        let (text, source_url) = match from {
            ImportFrom::Fetched { document, .. } => {
                let Fetched { text, url } = document;
                (text, Some(url))
            }
            ImportFrom::Document(text) => (text, None),
            ImportFrom::Url(url) => anyhow::bail!("{url} was not fetched"),
        };
        let title = trunnel_openapi::title(&text)?;
        let name = self.name.clone().or(title);
        let slug = match (&self.slug, &name) {
            (Some(slug), _) => slug.clone(),
            (None, Some(name)) => slug_of(name).map_err(Error::from)?,
            (None, None) => anyhow::bail!("the document has no title; give --slug"),
        };
        anyhow::ensure!(
            slug.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'),
            "--slug has only letters, digits, `_` and `-`"
        );
        let options = Options {
            slug: slug.clone(),
            name,
            description: None,
            source_url,
        };
        let imported = trunnel_openapi::import(&text, &options)?;
        let place = folder.join(&slug);
        anyhow::ensure!(
            !place.exists(),
            "{} is there already; delete it first, or give another --slug",
            place.display()
        );
        let written = write_files(&place, &slug, &imported)?;
        let skipped: Vec<_> = imported.report.skipped.iter().collect();
        for one in &skipped {
            output::complain(&format!("skipped {}: {}", one.operation, one.reason));
        }
        for note in &imported.report.notes {
            output::complain(&format!("note: {note}"));
        }
        let told = json!({
            "slug": slug,
            "folder": place.display().to_string(),
            "actions": written,
        });
        let text = format!("{}: {written} actions", place.display());
        output::answer(self.json, &told, &text);
        Ok(())
    }
}

/// Writes the connector and those of its actions that work; answers how many.
fn write_files(place: &Path, slug: &str, imported: &Imported) -> anyhow::Result<usize> {
    let connector = compile_connector(slug, &imported.connector.to_string())?;
    let mut works = Vec::new();
    for (id, action) in &imported.actions {
        match compile_action(&connector, id, &action.to_string()) {
            Ok(_) => works.push((id, action)),
            Err(errors) => output::complain(&format!("skipped {id}: {errors}")),
        }
    }
    anyhow::ensure!(
        !works.is_empty(),
        "none of the document's operations can be imported"
    );
    let actions = place.join("actions");
    std::fs::create_dir_all(&actions).with_context(|| actions.display().to_string())?;
    write_file(&place.join("connector.yaml"), &imported.connector)?;
    for (id, action) in &works {
        write_file(&actions.join(format!("{id}.yaml")), action)?;
    }
    Ok(works.len())
}

fn write_file(path: &Path, value: &Value) -> anyhow::Result<()> {
    std::fs::write(path, yaml(value)?).with_context(|| path.display().to_string())
}

/// The value as YAML. JSON is YAML, too, where a text would not come back as it was.
fn yaml(value: &Value) -> anyhow::Result<String> {
    let text = serde_saphyr::to_string(value)?;
    match serde_saphyr::from_str::<Value>(&text) {
        Ok(same) if same == *value => Ok(text),
        _ => Ok(serde_json::to_string_pretty(value)?),
    }
}

fn object(done: &ImportedApp) -> Value {
    let report = &done.report;
    json!({
        "slug": done.slug,
        "name": done.name,
        "created": done.created,
        "actions": done.actions,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "kept": report.kept,
        "skipped": report.skipped.len(),
    })
}

fn line(done: &ImportedApp) -> String {
    let report = &done.report;
    let what = if done.created { "made" } else { "updated" };
    format!(
        "{} {what}: {} actions ({} added, {} changed, {} removed, {} kept). Enable it with PUT \
         /api/v2/public/connector/{}.",
        done.slug,
        done.actions,
        report.added.len(),
        report.changed.len(),
        report.removed.len(),
        report.kept.len(),
        done.slug
    )
}
