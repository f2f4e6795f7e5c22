//! A custom app from an `OpenAPI` document.

use serde_json::{Map, Value, json};
use trunnel_model::custom_connector::CustomConnector;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_openapi::{ImportFault, Options};
use trunnel_store::custom_connector;
use url::Url;

use super::change::file_of;
use super::fetch::{Fetched, fetch_document};
use super::files::{
    Action, check_description, check_name, compiled_action, connector_file, slug_of, storable,
};
use super::merge::Merge;
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// A text of one action may be so long; longer ones nobody could fill in.
const LONGEST_ACTION: usize = 512 * 1024;

/// The texts of all actions together.
const MOST_BYTES: usize = 64 * 1024 * 1024;

const BY_HAND: &str = "the connector was changed by hand and stays as it is: its address, its fields and \
    its ways to connect are not taken from the document";

#[derive(Debug, Clone)]
pub struct Import {
    /// The document's title, when there is none.
    pub name: Option<String>,
    pub description: Option<String>,
    /// Made from the name when there is none. An app that has it is updated.
    pub slug: Option<String>,
    pub from: ImportFrom,
}

#[derive(Debug, Clone)]
pub enum ImportFrom {
    Url(String),
    Document(String),
    /// From a URL, and somebody has fetched it already.
    Fetched {
        url: String,
        document: Fetched,
    },
}

/// What became of an import.
#[derive(Debug, Clone)]
pub struct ImportedApp {
    pub slug: String,
    pub name: String,
    /// Whether the app is new.
    pub created: bool,
    /// How many actions the app has now.
    pub actions: usize,
    pub report: ImportReport,
}

#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub removed: Vec<String>,
    /// Written by hand, and therefore left as they are.
    pub kept: Vec<String>,
    /// Operation and reason.
    pub skipped: Vec<(String, String)>,
    pub notes: Vec<String>,
}

/// A document, read and checked.
pub(super) struct Read {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub file: String,
    /// The connector's file is the developer's own, and stays.
    pub keeps_file: bool,
    pub actions: Vec<Action>,
    pub skipped: Vec<(String, String)>,
    pub notes: Vec<String>,
}

/// What is known before a document is read.
struct Task {
    import: Import,
    text: String,
    source: Option<Url>,
}

impl Core {
    /// Makes a custom app of a document, or brings one up to date with it.
    ///
    /// # Errors
    /// Nothing is changed when the document cannot be had or read, or has nothing to
    /// import.
    pub async fn import_custom_app(&self, ctx: &Ctx, import: Import) -> Result<ImportedApp, Error> {
        if let Some(name) = &import.name {
            check_name(name)?;
        }
        check_description(import.description.as_deref().unwrap_or_default())?;
        let source_url = match &import.from {
            ImportFrom::Url(url) | ImportFrom::Fetched { url, .. } => Some(url.clone()),
            ImportFrom::Document(_) => None,
        };
        let task = self.task(import).await?;
        let (slug, task) = self.named(task).await?;
        self.check_slug(&slug)?;
        let known = custom_connector::find(self.db(), &ctx.scope, &slug).await?;
        let read = self.read(slug, known.clone(), task).await?;
        self.merge(ctx, Merge::new(read, known, source_url)).await
    }

    async fn task(&self, mut import: Import) -> Result<Task, Error> {
        let none = ImportFrom::Document(String::new());
        let (text, source) = match std::mem::replace(&mut import.from, none) {
            ImportFrom::Document(text) => (text, None),
            ImportFrom::Fetched { document, .. } => (document.text, Some(document.url)),
            ImportFrom::Url(url) => {
                let fetched = fetch_document(self.outbound(), &**self.clock(), &url).await?;
                (fetched.text, Some(fetched.url))
            }
        };
        Ok(Task {
            import,
            text,
            source,
        })
    }

    /// The app that an import is for. Only a document knows its own title.
    async fn named(&self, task: Task) -> Result<(String, Task), Error> {
        if let Some(slug) = &task.import.slug {
            return Ok((slug.clone(), task));
        }
        if let Some(name) = &task.import.name {
            return Ok((slug_of(name)?, task));
        }
        self.apart(move || {
            let title = trunnel_openapi::title(&task.text).map_err(|fault| refused(&fault))?;
            let title = title.ok_or_else(|| {
                Fault::field("name", "The document has no title; give a name in `name`.")
            })?;
            Ok((slug_of(&title)?, task))
        })
        .await
    }

    async fn read(
        &self,
        slug: String,
        known: Option<CustomConnector>,
        task: Task,
    ) -> Result<Read, Error> {
        self.apart(move || read(slug, known.as_ref(), &task)).await
    }

    /// Work that keeps a processor busy, away from the threads that serve requests.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.compiled().imports.acquire().await;
        let permit = permit.map_err(|error| Error::Internal(error.to_string()))?;
        let done = tokio::task::spawn_blocking(work).await;
        drop(permit);
        done.map_err(|error| Error::Internal(format!("an import broke off: {error}")))?
    }
}

fn read(slug: String, known: Option<&CustomConnector>, task: &Task) -> Result<Read, Error> {
    let import = &task.import;
    let old_name = known.map(|known| known.name.clone());
    let old_description = known.map(|known| known.description.clone());
    let options = Options {
        slug: slug.clone(),
        name: import.name.clone().or(old_name),
        description: import.description.clone().or(old_description),
        source_url: task.source.clone(),
    };
    let mut imported =
        trunnel_openapi::import(&task.text, &options).map_err(|fault| refused(&fault))?;
    let mut notes = std::mem::take(&mut imported.report.notes);
    let own = |key: &str| storable(imported.connector[key].as_str().unwrap_or_default());
    let name = options.name.unwrap_or_else(|| own("name"));
    let description = options.description.unwrap_or_else(|| own("description"));
    let keeps_file = known.is_some_and(|known| known.edited);
    let given: Map<String, Value> = match known.filter(|known| known.edited) {
        Some(known) => {
            notes.insert(0, BY_HAND.to_owned());
            file_of(known)?
        }
        None => imported.connector.as_object().cloned().unwrap_or_default(),
    };
    let (file, connector) =
        connector_file(&slug, &name, &description, &given).map_err(unreadable_connector)?;
    let skipped = imported.report.skipped.into_iter();
    let mut skipped: Vec<_> = skipped.map(|one| (one.operation, one.reason)).collect();
    let mut actions = Vec::new();
    let mut bytes = 0;
    for (id, action) in imported.actions {
        let text = action.to_string();
        let compiled = if text.len() > LONGEST_ACTION {
            Err("its description is larger than 512 KB".to_owned())
        } else if connector.action(&id).is_some() {
            Err("every connector has an action of that id".to_owned())
        } else {
            compiled_action(&connector, &id, &text).map_err(|errors| first(&errors))
        };
        match compiled {
            Ok(action) => {
                bytes += action.file.len();
                actions.push(action);
            }
            Err(reason) => skipped.push((operation(&action, &id), reason)),
        }
    }
    if actions.is_empty() {
        return Err(nothing(skipped, &notes).into());
    }
    if bytes > MOST_BYTES {
        let message = "The document describes more than can be kept; give one for each part of \
                       the API.";
        return Err(Fault::field("document", message).into());
    }
    Ok(Read {
        slug,
        name,
        description,
        file,
        keeps_file,
        actions,
        skipped,
        notes,
    })
}

/// `GET /pets`, as the report names operations.
fn operation(action: &Value, id: &str) -> String {
    let part = |key: &str| action["request"][key].as_str();
    match (part("method"), part("path").or_else(|| part("url"))) {
        (Some(method), Some(path)) => format!("{method} {path}"),
        _ => id.to_owned(),
    }
}

fn first(errors: &trunnel_catalog::LoadErrors) -> String {
    let first = errors.0.first();
    first.map_or_else(String::new, |error| {
        let field = error.field.as_deref().unwrap_or_default();
        format!("{field} {}", error.message).trim().to_owned()
    })
}

fn refused(fault: &ImportFault) -> Fault {
    let told = Fault::field(
        "document",
        format!("The document cannot be imported: {fault}."),
    );
    match fault.line {
        Some(line) => told.with("line", line),
        None => told,
    }
}

/// The document makes no connector, though each of its parts could be read.
fn unreadable_connector(fault: Fault) -> Fault {
    let message = format!("The document cannot be imported: {}.", fault.message);
    Fault { message, ..fault }.with("field", "document")
}

fn nothing(skipped: Vec<(String, String)>, notes: &[String]) -> Fault {
    let skipped: Vec<_> = skipped
        .into_iter()
        .map(|(operation, reason)| json!({ "operation": operation, "reason": reason }))
        .collect();
    let why = skipped.first().map(|first| {
        let text = |key: &str| first[key].as_str().unwrap_or_default();
        format!(" {}: {}.", text("operation"), text("reason"))
    });
    Fault::bad_request(
        FaultCode::ValidationError,
        format!(
            "None of the document's operations can be imported.{}",
            why.unwrap_or_default()
        ),
    )
    .with("field", "document")
    .with("report", json!({ "skipped": skipped, "notes": notes }))
}
