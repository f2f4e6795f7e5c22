//! `OpenAPI` documents to connectors; pure.
//!
//! [`import`] reads a document of `OpenAPI` 3.0 or 3.1 and writes what
//! `docs/connectors.md` describes: a `connector.yaml` and a file for each action.
//! Nothing is fetched. What cannot be carried over is told in a [`Report`], and
//! never stops the rest.

mod action;
mod answer;
mod body;
mod fault;
mod inputs;
mod names;
mod notes;
mod operations;
mod parameters;
mod path;
mod query;
mod read;
mod refs;
mod schema;
mod security;
mod servers;

use serde_json::{Map, Value, json};
use url::Url;

pub use fault::ImportFault;
pub use read::LARGEST;

use action::Surroundings;
use names::shorten;
use notes::Notes;
use refs::Refs;
use servers::Fields;

/// What the document does not say about the connector, or says otherwise.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub slug: String,
    /// Instead of the document's title.
    pub name: Option<String>,
    /// Instead of the document's description.
    pub description: Option<String>,
    /// Where the document is from; relative addresses are relative to it.
    pub source_url: Option<Url>,
}

/// The files of a connector.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The content of `connector.yaml`.
    pub connector: Value,
    /// Id and content of each `actions/<id>.yaml`, in the order of the document.
    pub actions: Vec<(String, Value)>,
    pub report: Report,
}

/// What became of the document's operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub imported: usize,
    pub skipped: Vec<Skipped>,
    /// What is otherwise not as the document has it.
    pub notes: Vec<String>,
}

/// An operation that there is no action for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// `GET /pets/{id}`.
    pub operation: String,
    pub reason: String,
}

impl Skipped {
    fn new(operation: &str, reason: impl Into<String>) -> Self {
        Self {
            operation: operation.to_owned(),
            reason: reason.into(),
        }
    }
}

/// Turns a document into a connector.
///
/// # Errors
/// When the text is no document that can be read, or does not say where the API is.
pub fn import(text: &str, options: &Options) -> Result<Imported, ImportFault> {
    let root = read::document(text)?;
    let refs = Refs::new(&root);
    let source = options.source_url.as_ref();
    let mut notes = Notes::default();
    let mut fields = Fields::default();
    let base_url = servers::base_url(&root, source, &mut fields, &mut notes)?;
    let security = security::security(&root, &refs, source, &mut notes);
    let docs = documentation(&root, source, &base_url);
    let around = Surroundings {
        refs: &refs,
        source,
        docs: &docs,
        base_url: &base_url,
        reserved: &security.reserved,
    };
    let no_paths = Map::new();
    let paths = root
        .get("paths")
        .and_then(Value::as_object)
        .unwrap_or(&no_paths);
    let mut skipped = Vec::new();
    let mut actions = Vec::new();
    for operation in operations::all(paths, &refs, &mut skipped) {
        match action::action(&operation, &around, &mut fields, &mut notes) {
            Ok(file) => actions.push((operation.id, file)),
            Err(reason) => skipped.push(Skipped::new(&operation.name(), reason)),
        }
    }
    if root
        .get("webhooks")
        .is_some_and(|webhooks| !webhooks.is_null())
    {
        notes.whole("the document describes webhooks, which are not imported");
    }
    let connector = connector(&root, options, &docs, &base_url, fields, security.auth);
    let report = Report {
        imported: actions.len(),
        skipped,
        notes: notes.into_lines(),
    };
    Ok(Imported {
        connector,
        actions,
        report,
    })
}

/// What a document calls itself, if it is one that can be read.
pub fn title(text: &str) -> Result<Option<String>, ImportFault> {
    let root = read::document(text)?;
    let title = root.pointer("/info/title").and_then(Value::as_str);
    let title = title.map(str::trim).filter(|title| !title.is_empty());
    Ok(title.map(|title| shorten(title, 80)))
}

fn connector(
    root: &Value,
    options: &Options,
    docs: &str,
    base_url: &str,
    fields: Fields,
    auth: Map<String, Value>,
) -> Value {
    let info = |key: &str| {
        root.pointer(&format!("/info/{key}"))
            .and_then(Value::as_str)
    };
    let given = |own: &Option<String>, key: &str, most: usize| {
        let text = own
            .as_deref()
            .or_else(|| info(key))
            .unwrap_or_default()
            .trim();
        // Descriptions are Markdown, and often begin with a heading.
        let mut paragraphs = text.split("\n\n").map(str::trim);
        let text = paragraphs
            .find(|text| !text.starts_with(['#', '<']))
            .unwrap_or_default();
        (!text.is_empty()).then(|| shorten(text, most))
    };
    let name = given(&options.name, "title", 80).unwrap_or_else(|| names::label(&options.slug));
    let description = given(&options.description, "description", 300).filter(|d| d.len() >= 12);
    let description =
        description.unwrap_or_else(|| format!("{name}, imported from its OpenAPI document."));
    let mut file = json!({
        "slug": options.slug,
        "name": name,
        "description": description,
        "categories": ["imported"],
        "docs": docs,
        "base_url": base_url,
    });
    let fields = fields.into_values();
    if !fields.is_empty() {
        file["fields"] = json!(fields);
    }
    file["auth"] = Value::Object(auth);
    file
}

/// The page to read on; an https one if there is any.
fn documentation(root: &Value, source: Option<&Url>, base_url: &str) -> String {
    let at = |pointer: &str| root.pointer(pointer).and_then(Value::as_str);
    let source = source.map(Url::as_str);
    let pages = [
        at("/externalDocs/url"),
        at("/info/contact/url"),
        source,
        at("/info/termsOfService"),
        Some(base_url).filter(|url| !url.contains("${") && !url.contains(" || ")),
    ];
    let is_secure = |page: &&str| Url::parse(page).is_ok_and(|url| url.scheme() == "https");
    let page = pages.into_iter().flatten().find(is_secure);
    page.unwrap_or("https://spec.openapis.org/").to_owned()
}
