//! The files on disk: what would change, and changing it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::MARKER;

pub(crate) const CONNECTORS: &str = "catalog/connectors";
pub(crate) const FILE: &str = "connector.yaml";

/// One file that is not as the facts have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Below the repository.
    pub file: PathBuf,
    pub kind: ChangeKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// The text that belongs there.
    Write(String),
    /// There are no facts for it any longer.
    Remove,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.kind {
            ChangeKind::Write(_) => "write",
            ChangeKind::Remove => "remove",
        };
        write!(f, "{verb} {}", self.file.display())
    }
}

/// `files` is slug to text. What has no marker belongs to a person.
pub(crate) fn changes(
    root: &Path,
    files: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (slug, text) in files {
        let file = Path::new(CONNECTORS).join(slug).join(FILE);
        let differs = match read(&root.join(&file))? {
            Some(old) => is_generated(&old) && old != *text,
            None => true,
        };
        if differs {
            let kind = ChangeKind::Write(text.clone());
            changes.push(Change { file, kind });
        }
    }
    for slug in folders(&root.join(CONNECTORS))? {
        let file = Path::new(CONNECTORS).join(&slug).join(FILE);
        let generated = read(&root.join(&file))?.is_some_and(|text| is_generated(&text));
        // With actions beside it, a person has made the connector their own.
        if generated && !files.contains_key(&slug) && is_alone(&root.join(&file))? {
            let kind = ChangeKind::Remove;
            changes.push(Change { file, kind });
        }
    }
    Ok(changes)
}

pub(crate) fn carry_out(root: &Path, changes: &[Change]) -> anyhow::Result<()> {
    for change in changes {
        let file = root.join(&change.file);
        let folder = file.parent().unwrap_or(root);
        let done = match &change.kind {
            ChangeKind::Write(text) => {
                fs::create_dir_all(folder).and_then(|()| fs::write(&file, text))
            }
            ChangeKind::Remove => fs::remove_file(&file).and_then(|()| fs::remove_dir(folder)),
        };
        done.with_context(|| format!("{change}"))?;
    }
    Ok(())
}

pub(crate) fn is_generated(text: &str) -> bool {
    text.lines().next() == Some(MARKER)
}

pub(crate) fn read(file: &Path) -> anyhow::Result<Option<String>> {
    if !file.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    Ok(Some(text))
}

pub(crate) fn folders(dir: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    if dir.exists() {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            if entry.path().is_dir() {
                names.extend(entry.file_name().into_string().ok());
            }
        }
    }
    names.sort();
    Ok(names)
}

fn is_alone(file: &Path) -> anyhow::Result<bool> {
    match file.parent() {
        Some(folder) => Ok(fs::read_dir(folder)?.count() == 1),
        None => Ok(false),
    }
}
