//! The facts of this repository and what becomes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use trunnel_catalog::{Catalog, lint};

use crate::support::{connector, copied, repository};

fn slugs(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(repository().join("catalog/facts").join(file)).unwrap();
    let slug = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["slug"].as_str().unwrap().to_owned()
    };
    text.lines().map(slug).collect()
}

#[test]
fn the_files_are_what_the_facts_make_of_them() {
    let changes = trunnel_forge::changes(&repository()).unwrap();
    let list: Vec<String> = changes.iter().map(ToString::to_string).collect();
    assert!(
        list.is_empty(),
        "run `cargo run -p trunnel-forge -- catalog`:\n{}",
        list.join("\n")
    );
}

#[test]
fn every_row_is_an_option_of_a_connector_or_left_out_with_a_reason() {
    let left_out = trunnel_forge::left_out(&repository()).unwrap();
    assert!(left_out.iter().all(|row| row.reason.len() > 20));
    let left_out: BTreeSet<String> = left_out.into_iter().map(|row| row.fact).collect();
    let providers = trunnel_forge::mapping(&repository()).unwrap();
    let providers: BTreeSet<String> = providers.into_iter().map(|row| row.fact).collect();
    let apps = trunnel_forge::apps(&repository()).unwrap();
    let apps: BTreeSet<String> = apps.into_keys().collect();
    for (file, mapped) in [("providers.jsonl", providers), ("apps.jsonl", apps)] {
        let missing: Vec<String> = slugs(file)
            .into_iter()
            .filter(|slug| mapped.contains(slug) == left_out.contains(slug))
            .collect();
        assert!(missing.is_empty(), "{file}: {}", missing.join(", "));
    }
}

#[test]
fn at_least_700_connectors_load_and_keep_the_rules_of_the_catalogue() {
    let root = copied("load");
    trunnel_forge::write(&root).unwrap();
    let catalog = Catalog::default()
        .with_folder(&root.join("catalog/connectors"))
        .unwrap();
    let count = catalog.iter().count();
    assert!(count >= 700, "{count}");
    let findings: Vec<String> = lint::lint(&catalog)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn what_a_row_is_said_to_be_exists() {
    let mut files: BTreeMap<String, Value> = BTreeMap::new();
    for mapped in trunnel_forge::mapping(&repository()).unwrap() {
        let file = files.entry(mapped.connector.clone()).or_insert_with(|| {
            let file = connector(&repository(), &mapped.connector);
            serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap()
        });
        assert!(file["auth"][&mapped.option].is_object(), "{mapped:?}");
    }
    for (app, slug) in trunnel_forge::apps(&repository()).unwrap() {
        assert!(connector(&repository(), &slug).exists(), "{app}: {slug}");
    }
}

#[test]
fn writing_twice_changes_nothing() {
    let root = copied("twice");
    assert!(trunnel_forge::write(&root).unwrap().len() >= 700);
    assert_eq!(trunnel_forge::write(&root).unwrap(), []);
    assert_eq!(trunnel_forge::changes(&root).unwrap(), []);
}
