//! Connector files from facts about providers.
//!
//! `catalog/facts/` holds what public sources say about a thousand providers, and
//! our corrections of it. This turns both into `connector.yaml` files and leaves
//! alone what a person has written; and it writes the page that lists them all. It is a tool of the repository and no part of
//! the product.

mod connector;
mod corrections;
mod disk;
mod draft;
mod facts;
mod field;
mod names;
mod normal;
mod option;
mod page;
mod patch;
mod place;
mod plan;
mod polish;
mod site;
mod words;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

pub use disk::{Change, ChangeKind};

/// The first line of every file that may be written over.
pub const MARKER: &str = "# Generated from catalog/facts by crates/forge; change corrections.yaml, \
                          or delete this line to own the file.";

/// What became of one row of the facts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mapped {
    /// Slug of the row.
    pub fact: String,
    /// Slug of the connector.
    pub connector: String,
    /// Id of the option of `auth`.
    pub option: String,
}

/// A row of the facts that became nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub fact: String,
    pub reason: String,
}

/// Which option of which connector each row of the providers became. `root` is the
/// repository.
///
/// # Errors
/// When the facts and their corrections do not fit together.
pub fn mapping(root: &Path) -> anyhow::Result<Vec<Mapped>> {
    Ok(plan::Plan::load(root)?.mapping())
}

/// The rows of either file that became nothing, with the reasons.
///
/// # Errors
/// When the facts and their corrections do not fit together.
pub fn left_out(root: &Path) -> anyhow::Result<Vec<LeftOut>> {
    Ok(plan::Plan::load(root)?.left_out())
}

/// Which connector each row of the apps became, by the app's slug.
///
/// # Errors
/// When the facts and their corrections do not fit together.
pub fn apps(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    Ok(plan::Plan::load(root)?.apps())
}

/// What `write` would change.
///
/// # Errors
/// When the facts do not fit together, or a file cannot be read.
pub fn changes(root: &Path) -> anyhow::Result<Vec<Change>> {
    disk::changes(root, &plan::Plan::load(root)?.files()?)
}

/// Writes the files and takes away those without facts. What a person has written
/// stays as it is.
///
/// # Errors
/// When the facts do not fit together, or a file cannot be read or written.
pub fn write(root: &Path) -> anyhow::Result<Vec<Change>> {
    let files = plan::Plan::load(root)?.files()?;
    let changes = disk::changes(root, &files)?;
    disk::carry_out(root, &changes)?;
    Ok(changes)
}

/// What `write_page` would change: `docs/catalogue.md` is written from the connectors
/// that are there.
///
/// # Errors
/// When the facts do not fit together, or a file cannot be read.
pub fn page_changes(root: &Path) -> anyhow::Result<Option<Change>> {
    let mapping = plan::Plan::load(root)?.mapping();
    let from_rows = mapping.into_iter().map(|row| row.connector).collect();
    let text = page::page(root, &from_rows)?;
    let file = Path::new(page::FILE).to_owned();
    let differs = disk::read(&root.join(&file))?.as_ref() != Some(&text);
    let kind = ChangeKind::Write(text);
    Ok(differs.then_some(Change { file, kind }))
}

/// Writes the page.
///
/// # Errors
/// When the facts do not fit together, or a file cannot be read or written.
pub fn write_page(root: &Path) -> anyhow::Result<Option<Change>> {
    let change = page_changes(root)?;
    disk::carry_out(root, change.as_slice())?;
    Ok(change)
}
