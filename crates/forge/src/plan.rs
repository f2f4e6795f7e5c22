//! Facts and corrections, put together: which row becomes what.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connector::{self, Group};
use crate::corrections::Corrections;
use crate::facts::{App, Auth, Provider};
use crate::{LeftOut, MARKER, Mapped, normal, patch, yaml};

const FACTS: &str = "catalog/facts";

pub(crate) struct Plan {
    providers: Vec<Provider>,
    apps: Vec<App>,
    corrections: Corrections,
    /// Row of the providers to the connector's slug.
    slugs: BTreeMap<String, String>,
}

impl Plan {
    pub(crate) fn load(root: &Path) -> anyhow::Result<Self> {
        let facts = root.join(FACTS);
        let corrections: Corrections = {
            let file = facts.join("corrections.yaml");
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            serde_saphyr::from_str(&text).with_context(|| file.display().to_string())?
        };
        let rows: Vec<Value> = lines(&facts.join("providers.jsonl"))?;
        let apps: Vec<App> = lines(&facts.join("apps.jsonl"))?;
        let mut providers = Vec::new();
        let mut names = BTreeSet::new();
        for mut row in rows {
            let slug = row["slug"].as_str().unwrap_or_default().to_owned();
            names.insert(slug.clone());
            if corrections.left_out.contains_key(&slug) || by_hand(&corrections, &slug).is_some() {
                continue;
            }
            let correction = corrections.rows.get(&slug);
            if let Some(laid_over) = correction.and_then(|row| row.facts.as_ref()) {
                patch::apply(&mut row, laid_over);
            }
            providers.push(normal::provider(row)?);
        }
        let slugs = slugs(&providers, &apps, &corrections);
        for provider in &mut providers {
            take_scopes(provider, &apps, &corrections);
        }
        let plan = Self {
            providers,
            apps,
            corrections,
            slugs,
        };
        plan.check_names(&names)?;
        Ok(plan)
    }

    /// A correction of something that does not exist is a misspelling.
    fn check_names(&self, rows: &BTreeSet<String>) -> anyhow::Result<()> {
        let corrections = &self.corrections;
        let apps: BTreeSet<&String> = self.apps.iter().map(|app| &app.slug).collect();
        let covered = corrections
            .written_by_hand
            .values()
            .flat_map(BTreeMap::keys);
        let targets = corrections
            .rows
            .values()
            .filter_map(|row| row.with.as_ref());
        let named = corrections.rows.keys().chain(covered).chain(targets);
        for name in named.chain(corrections.apps.values()) {
            anyhow::ensure!(rows.contains(name), "corrections: there is no row `{name}`");
        }
        for name in corrections.apps.keys().chain(corrections.covered.keys()) {
            anyhow::ensure!(apps.contains(name), "corrections: there is no app `{name}`");
        }
        for name in corrections.left_out.keys() {
            let known = rows.contains(name) || apps.contains(name);
            anyhow::ensure!(known, "corrections: there is no row or app `{name}`");
        }
        Ok(())
    }

    /// The connectors in the order of their slugs.
    fn groups(&self) -> anyhow::Result<Vec<Group<'_>>> {
        let mut rows: BTreeMap<&str, Vec<&Provider>> = BTreeMap::new();
        for provider in &self.providers {
            let slug = self.slug(&provider.slug);
            rows.entry(slug).or_default().push(provider);
        }
        for (slug, own) in &self.corrections.connectors {
            if own.file.is_some() {
                rows.entry(slug).or_default();
            }
        }
        rows.into_iter()
            .map(|(slug, providers)| Group::new(slug.to_owned(), providers, &self.corrections))
            .collect()
    }

    fn slug<'a>(&'a self, row: &'a str) -> &'a str {
        self.slugs.get(row).map_or(row, String::as_str)
    }

    /// Slug to the text of its file.
    pub(crate) fn files(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut files = BTreeMap::new();
        let mut problems = Vec::new();
        for group in self.groups()? {
            let slug = &group.slug;
            if self.corrections.written_by_hand.contains_key(slug) {
                problems.push(format!(
                    "`{slug}` is written by hand, and a row would become it"
                ));
            }
            match connector::file(&group, &self.corrections) {
                Ok(file) => {
                    let text = format!("{MARKER}\n{}", yaml::document(&file));
                    files.insert(slug.clone(), text);
                }
                Err(error) => problems.push(format!("`{slug}`: {error:#}")),
            }
        }
        anyhow::ensure!(problems.is_empty(), "{}", problems.join("\n"));
        Ok(files)
    }

    pub(crate) fn mapping(&self) -> Vec<Mapped> {
        let mut mapped: Vec<Mapped> = Vec::new();
        for group in self.groups().into_iter().flatten() {
            mapped.extend(group.members.iter().map(|member| Mapped {
                fact: member.provider.slug.clone(),
                connector: group.slug.clone(),
                option: member.option.clone(),
            }));
        }
        for (connector, rows) in &self.corrections.written_by_hand {
            mapped.extend(rows.iter().map(|(fact, option)| Mapped {
                fact: fact.clone(),
                connector: connector.clone(),
                option: option.clone(),
            }));
        }
        mapped.sort();
        mapped
    }

    pub(crate) fn apps(&self) -> BTreeMap<String, String> {
        let corrections = &self.corrections;
        self.apps
            .iter()
            .filter_map(|app| {
                let own = || {
                    let known = corrections.connectors.contains_key(&app.slug)
                        || corrections.written_by_hand.contains_key(&app.slug)
                        || self.slugs.values().any(|slug| *slug == app.slug);
                    known.then(|| app.slug.clone())
                };
                let connector = corrections.covered.get(&app.slug).cloned().or_else(own)?;
                Some((app.slug.clone(), connector))
            })
            .collect()
    }

    pub(crate) fn left_out(&self) -> Vec<LeftOut> {
        let reasons = self.corrections.left_out.iter();
        reasons
            .map(|(fact, reason)| LeftOut {
                fact: fact.clone(),
                reason: reason.clone(),
            })
            .collect()
    }
}

fn by_hand<'a>(corrections: &'a Corrections, row: &str) -> Option<&'a String> {
    corrections
        .written_by_hand
        .iter()
        .find(|(_, rows)| rows.contains_key(row))
        .map(|(slug, _)| slug)
}

/// The scopes that an app always needs, where the row has none. The list of apps
/// has names from the provider's settings among them, which are no scopes.
fn take_scopes(provider: &mut Provider, apps: &[App], corrections: &Corrections) {
    let same = |app: &&App| {
        let row = corrections.apps.get(&app.slug).or(app.same_as.as_ref());
        row == Some(&provider.slug)
    };
    let scopes = apps.iter().find(same).map(|app| &app.mandatory_scopes);
    if let Some(scopes) = scopes.filter(|scopes| scopes.iter().all(|scope| is_scope(scope)))
        && provider.default_scopes.is_empty()
        && provider.auth == Auth::OAuth2
    {
        provider.default_scopes.clone_from(scopes);
    }
}

fn is_scope(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_.:/-".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase()) || text.contains('.');
    begins && text.chars().all(is_word)
}

/// An app's slug wins over the row's; rows that belong together share one.
fn slugs(
    providers: &[Provider],
    apps: &[App],
    corrections: &Corrections,
) -> BTreeMap<String, String> {
    let mut renamed: BTreeMap<&str, &str> = BTreeMap::new();
    for app in apps {
        let row = corrections.apps.get(&app.slug).or(app.same_as.as_ref());
        let taken = corrections.left_out.contains_key(&app.slug)
            || corrections.covered.contains_key(&app.slug);
        if let Some(row) = row.filter(|_| !taken) {
            renamed.insert(row, &app.slug);
        }
    }
    providers
        .iter()
        .map(|provider| {
            let with = corrections
                .rows
                .get(&provider.slug)
                .and_then(|row| row.with.as_ref());
            let main = with.unwrap_or(&provider.slug).as_str();
            let given = corrections
                .rows
                .get(main)
                .and_then(|row| row.slug.as_deref());
            let slug = renamed.get(main).copied().or(given).unwrap_or(main);
            (provider.slug.clone(), slug.to_owned())
        })
        .collect()
}

fn lines<T: DeserializeOwned>(file: &Path) -> anyhow::Result<Vec<T>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            serde_json::from_str(line).with_context(|| format!("{}:{}", file.display(), index + 1))
        })
        .collect()
}
