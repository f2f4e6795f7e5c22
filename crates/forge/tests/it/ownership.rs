//! What a person has written stays.

use std::fs;

use trunnel_forge::{ChangeKind, MARKER};

use crate::support::{connector, with_facts};

const ROW: &str = r#"{"slug": "acme", "name": "Acme", "categories": ["crm"], "auth": "API_KEY",
    "credentials": [{"name": "apiKey"}],
    "api": {"base_url": "https://api.acme.com", "headers": {"x-api-key": "${credential.api_key}"}}}"#;

fn row() -> String {
    ROW.replace('\n', " ")
}

#[test]
fn a_file_without_the_marker_is_never_touched() {
    let root = with_facts("owned", &[&row()], &[], "{}");
    trunnel_forge::write(&root).unwrap();
    let file = connector(&root, "acme");
    let own = fs::read_to_string(&file)
        .unwrap()
        .replace(MARKER, "# Mine.")
        .replace("name: Acme", "name: Acme Inc.");
    fs::write(&file, &own).unwrap();

    assert_eq!(trunnel_forge::changes(&root).unwrap(), []);
    trunnel_forge::write(&root).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), own);
}

#[test]
fn a_generated_file_follows_its_facts_and_what_is_beside_it_stays() {
    let root = with_facts("beside", &[&row()], &[], "{}");
    trunnel_forge::write(&root).unwrap();
    let file = connector(&root, "acme");
    let before = fs::read_to_string(&file).unwrap();
    let action = file.with_file_name("triggers.yaml");
    fs::write(&action, "mine").unwrap();
    fs::write(&file, before.replace("name: Acme", "name: Other")).unwrap();

    let changes = trunnel_forge::changes(&root).unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].kind, ChangeKind::Write(before.clone()));
    trunnel_forge::write(&root).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    assert_eq!(fs::read_to_string(&action).unwrap(), "mine");
}

#[test]
fn a_folder_without_facts_goes_unless_a_person_has_put_something_there() {
    let other = row().replace("acme", "globex");
    let root = with_facts("gone", &[&row(), &other], &[], "{}");
    trunnel_forge::write(&root).unwrap();
    let kept = connector(&root, "globex").with_file_name("actions");
    fs::create_dir(&kept).unwrap();

    fs::write(root.join("catalog/facts/providers.jsonl"), "").unwrap();
    let changes = trunnel_forge::write(&root).unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(!connector(&root, "acme").parent().unwrap().exists());
    assert!(connector(&root, "globex").exists() && kept.exists());
}

#[test]
fn a_connector_that_is_written_by_hand_cannot_be_generated() {
    let corrections = "written_by_hand: { acme: {} }";
    let root = with_facts("by_hand", &[&row()], &[], corrections);
    let error = trunnel_forge::write(&root).unwrap_err().to_string();
    assert!(error.contains("`acme` is written by hand"), "{error}");
    assert!(!connector(&root, "acme").exists());
}

#[test]
fn a_correction_of_what_does_not_exist_is_a_mistake() {
    for corrections in [
        "rows: { acmee: {} }",
        "left_out: { acmee: gone }",
        "covered: { x: acme }",
    ] {
        let root = with_facts("unknown", &[&row()], &[], corrections);
        let error = trunnel_forge::write(&root).unwrap_err().to_string();
        assert!(error.contains("corrections: there is no"), "{error}");
    }
}

#[test]
fn a_key_of_the_facts_that_nobody_maps_is_a_mistake() {
    let unknown = row().replace("\"auth\"", "\"shoe_size\": 44, \"auth\"");
    let root = with_facts("strict", &[&unknown], &[], "{}");
    let error = format!("{:#}", trunnel_forge::write(&root).unwrap_err());
    assert!(
        error.contains("`acme`") && error.contains("shoe_size"),
        "{error}"
    );
}
