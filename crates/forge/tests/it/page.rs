//! The page that lists the connectors.

use std::fs;
use std::path::Path;

use trunnel_forge::{ChangeKind, MARKER, page_changes, write_page};

use crate::support::{connector, repository, with_facts};

const ROW: &str = r#"{"slug": "acme", "name": "Acme", "categories": ["crm"], "auth": "API_KEY", "credentials": [{"name": "apiKey"}], "api": {"base_url": "https://api.acme.com", "headers": {"x-api-key": "${credential.api_key}"}}}"#;

fn page(root: &Path) -> String {
    match page_changes(root).unwrap().unwrap().kind {
        ChangeKind::Write(text) => text,
        ChangeKind::Remove => panic!("the page is never removed"),
    }
}

fn add(root: &Path, slug: &str, text: &str) {
    let file = connector(root, slug);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// The lines with a slug, each with the heading it stands under.
fn listed(text: &str) -> Vec<String> {
    let mut heading = "";
    let mut found = Vec::new();
    for line in text.lines() {
        heading = line.strip_prefix("## ").unwrap_or(heading);
        if line.starts_with("| `") || line.starts_with("- `") {
            found.push(format!("{heading}: {line}"));
        }
    }
    found
}

#[test]
fn the_page_is_what_the_connectors_make_of_it() {
    let change = page_changes(&repository()).unwrap();
    assert!(change.is_none(), "run `cargo run -p trunnel-forge -- docs`");
}

#[test]
fn the_readme_has_the_numbers_of_the_page() {
    let [readme, page] = ["README.md", "docs/catalogue.md"]
        .map(|file| fs::read_to_string(repository().join(file)).unwrap());
    let numbers = |text: &str, line: &str| -> Vec<String> {
        let line = text.lines().find(|other| other.contains(line)).unwrap();
        let numbers = line.split(|letter: char| !letter.is_ascii_digit());
        numbers
            .filter(|number| !number.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let all = numbers(&page, "connectors with");
    let [actions, _, triggers, own] = &numbers(&page, "| written by hand")[..] else {
        panic!("the line has other numbers");
    };
    let expected = [&all[..], &[own.clone(), actions.clone(), triggers.clone()]].concat();
    assert_eq!(numbers(&readme, "connectors with"), expected, "README.md");
}

#[test]
fn each_connector_stands_where_it_belongs() {
    let root = with_facts("page", &[ROW], &[], "{}");
    trunnel_forge::write(&root).unwrap();
    let read = "auth: { oauth2: {}, keybased: { exchange: {} }, pat: { kind: keys } }";
    add(
        &root,
        "read",
        &format!("{MARKER}\nslug: read\nname: Read\n{read}\n"),
    );
    let cc = "auth: { cc: { kind: keys, grant: client_credentials, exchange: {} }, old: { kind: oauth1 } }";
    add(
        &root,
        "written",
        &format!("slug: written\nname: A|B\n{cc}\n"),
    );
    let folder = connector(&root, "written").parent().unwrap().to_owned();
    fs::create_dir(folder.join("actions")).unwrap();
    for action in ["get_a.yaml", "get_b.yaml", "notes.txt"] {
        fs::write(folder.join("actions").join(action), "").unwrap();
    }
    fs::write(
        folder.join("triggers.yaml"),
        "triggers: [{ id: a }, { id: b }, { id: c }]",
    )
    .unwrap();
    let here = "slug: here\nname: Here\ninstance: true\nauth: { open: { kind: none } }\n";
    add(&root, "here", here);

    let text = page(&root);
    assert_eq!(
        listed(&text),
        [
            "With actions of their own: | `here` | Here | nothing asked | 0 | 0 | end to end |",
            "With actions of their own: | `written` | A\\|B | client credentials; OAuth 1.0a | 2 | 3 \
             | examples |",
            "From facts: - `acme` Acme: key",
            "From our own reading: - `read` Read: OAuth 2.0; key for a token; key",
        ]
    );
    assert!(text.contains("4 connectors with 7 ways to connect"));
    assert!(text.contains("with 2 actions; 1 of them with 3 triggers | 2 |"));
}

#[test]
fn writing_the_page_twice_changes_nothing() {
    let root = with_facts("page_twice", &[ROW], &[], "{}");
    trunnel_forge::write(&root).unwrap();
    fs::create_dir(root.join("docs")).unwrap();
    assert!(write_page(&root).unwrap().is_some());
    assert_eq!(write_page(&root).unwrap(), None);
    fs::remove_dir_all(connector(&root, "acme").parent().unwrap()).unwrap();
    assert!(page_changes(&root).unwrap().is_some());
}
