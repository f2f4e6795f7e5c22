//! `docs/catalogue.md`: every connector, and what is known of it.

mod text;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context;
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::disk;
use way::OptionFile;

/// Where the page is, below the repository.
pub(crate) const FILE: &str = "docs/catalogue.md";

/// A connector as the page shows it.
struct Entry {
    slug: String,
    name: String,
    /// Without repetitions, in the order of the file.
    ways: Vec<&'static str>,
    options: usize,
    actions: usize,
    triggers: usize,
    origin: Origin,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It calls this server, so that the tests can run it.
    Instance,
    Written,
    /// Of rows of the facts, which a test compares with what is sent.
    Rows,
    /// Of a correction alone; there is no row to compare it with.
    Correction,
}

#[derive(Deserialize)]
struct ConnectorFile {
    name: String,
    #[serde(default)]
    instance: bool,
    auth: IndexMap<String, OptionFile>,
}

#[derive(Deserialize)]
struct TriggersFile {
    triggers: Vec<IgnoredAny>,
}

/// The page for the connectors that are there. `from_rows` are those that rows became.
pub(crate) fn page(root: &Path, from_rows: &BTreeSet<String>) -> anyhow::Result<String> {
    let folder = root.join(disk::CONNECTORS);
    let mut entries = Vec::new();
    for slug in disk::folders(&folder)? {
        let entry = entry(&folder.join(&slug), slug, from_rows)?;
        entries.push(entry);
    }
    Ok(text::page(&entries))
}

fn entry(folder: &Path, slug: String, from_rows: &BTreeSet<String>) -> anyhow::Result<Entry> {
    let file = folder.join(disk::FILE);
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let connector: ConnectorFile = parsed(&file, &text)?;
    let mut ways = Vec::new();
    for (id, option) in &connector.auth {
        let way = way::of(id, option);
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    let origin = if connector.instance {
        Origin::Instance
    } else if !disk::is_generated(&text) {
        Origin::Written
    } else if from_rows.contains(&slug) {
        Origin::Rows
    } else {
        Origin::Correction
    };
    Ok(Entry {
        slug,
        name: connector.name,
        ways,
        options: connector.auth.len(),
        actions: actions(&folder.join("actions"))?,
        triggers: triggers(&folder.join("triggers.yaml"))?,
        origin,
    })
}

fn actions(folder: &Path) -> anyhow::Result<usize> {
    if !folder.exists() {
        return Ok(0);
    }
    let files = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let actions = files
        .iter()
        .filter(|file| file.path().extension().is_some_and(|end| end == "yaml"));
    Ok(actions.count())
}

fn triggers(file: &Path) -> anyhow::Result<usize> {
    let Some(text) = disk::read(file)? else {
        return Ok(0);
    };
    let triggers: TriggersFile = parsed(file, &text)?;
    Ok(triggers.triggers.len())
}

fn parsed<T: DeserializeOwned>(file: &Path, text: &str) -> anyhow::Result<T> {
    serde_saphyr::from_str(text).with_context(|| file.display().to_string())
}

/// How many options there are of each way, the most frequent first.
fn frequencies(root: &[Entry]) -> Vec<(&'static str, usize)> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for way in root.iter().flat_map(|entry| &entry.ways) {
        *counts.entry(way).or_default() += 1;
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}
