//! A repository with nothing in it but facts.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// This repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder of its own for each test, empty.
pub(crate) fn folder(test: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("forge")
        .join(test);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    fs::create_dir_all(root.join("catalog/facts")).unwrap();
    fs::create_dir_all(root.join("catalog/connectors")).unwrap();
    root
}

/// A repository with these rows, apps and corrections.
pub(crate) fn with_facts(test: &str, rows: &[&str], apps: &[&str], corrections: &str) -> PathBuf {
    let root = folder(test);
    let facts = root.join("catalog/facts");
    fs::write(facts.join("providers.jsonl"), rows.join("\n")).unwrap();
    fs::write(facts.join("apps.jsonl"), apps.join("\n")).unwrap();
    fs::write(facts.join("corrections.yaml"), corrections).unwrap();
    root
}

/// The facts of this repository in a repository without connectors.
pub(crate) fn copied(test: &str) -> PathBuf {
    let root = folder(test);
    for file in ["providers.jsonl", "apps.jsonl", "corrections.yaml"] {
        let from = repository().join("catalog/facts").join(file);
        fs::copy(from, root.join("catalog/facts").join(file)).unwrap();
    }
    root
}

pub(crate) fn connector(root: &Path, slug: &str) -> PathBuf {
    root.join("catalog/connectors")
        .join(slug)
        .join("connector.yaml")
}

/// The file without its marker.
pub(crate) fn written(root: &Path, slug: &str) -> String {
    let text = fs::read_to_string(connector(root, slug)).unwrap();
    let (marker, rest) = text.split_once('\n').unwrap();
    assert_eq!(marker, trunnel_forge::MARKER);
    rest.to_owned()
}

/// What a row becomes, from `base_url` on; `row` needs no name and no category.
pub(crate) fn becomes(test: &str, row: &Value) -> String {
    all(test, std::slice::from_ref(row), "{}", "acme")
}

pub(crate) fn all(test: &str, rows: &[Value], corrections: &str, slug: &str) -> String {
    let rows: Vec<String> = rows
        .iter()
        .map(|row| {
            let mut whole = json!({ "slug": "acme", "name": "Acme", "categories": ["crm"] });
            let whole_row = whole.as_object_mut().unwrap();
            whole_row.extend(row.as_object().unwrap().clone());
            whole.to_string()
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let root = with_facts(test, &rows, &[], corrections);
    trunnel_forge::write(&root).unwrap();
    let text = written(&root, slug);
    text[text.find("base_url").unwrap()..].to_owned()
}
