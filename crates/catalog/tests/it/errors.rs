//! Mistakes in files: that each is found, where it is, and what is said about it.

use std::fs;

use proptest::prelude::*;
use serde_json::Value;
use trunnel_catalog::Catalog;
use trunnel_catalog::load::Trust;

use crate::data::schema;
use crate::support::{ACTION, CONNECTOR, load, sources, with};

fn complaint(connector: &str, action: &str) -> String {
    load(connector, action)
        .expect_err("this must not load")
        .to_string()
}

#[test]
fn the_connector_that_the_tests_break_is_a_good_one() {
    assert!(load(CONNECTOR, ACTION).is_ok());
}

#[test]
fn a_mistake_is_told_with_its_place_and_its_remedy() {
    let connector = with(
        CONNECTOR,
        "token_url: https://login.acme.example/token",
        "token_url: login.acme.example",
    );
    insta::assert_snapshot!(complaint(&connector, ACTION), @"catalog/connectors/acme/connector.yaml:19: auth.oauth2.token_url: not an http(s) URL; write one such as `https://api.example.com/v1` or `https://${field.subdomain}.example.com`");
}

#[test]
fn every_mistake_of_every_file_is_told_at_once() {
    let connector = with(
        CONNECTOR,
        "X-Key: ${credential.key}",
        "X-Key: ${credential.kee}",
    );
    let connector = with(&connector, "pattern: ^[a-z.-]+$", "pattern: '['");
    let connector = with(&connector, "home: team.url", "hme: team.url");
    let action = with(ACTION, "X-Note: ${input.note}", "X-Note: ${input.notes}");
    let action = with(&action, "/things/${input.id}/change", "things/${input.id}");
    let action = with(&action, "type: [string, integer]", "type: texxt");
    insta::assert_snapshot!(complaint(&connector, &action));
}

#[test]
fn what_is_no_yaml_or_has_no_form_is_told_with_its_line() {
    let token_url = "    token_url: https://login.acme.example/token\n";
    for (name, old, new) in [
        ("unknown_key", "base_url:", "base_urll:"),
        ("missing_key", "name: Acme\n", ""),
        ("missing_inner_key", token_url, ""),
        ("wrong_type", "categories: [crm]", "categories: 7"),
        ("no_yaml", "categories: [crm]", "categories: [crm"),
        ("twice", "name: Acme\n", "name: Acme\nname: Acme\n"),
        (
            "unknown_choice",
            token_url,
            "    token_url: https://a.example\n    token_body: xml\n",
        ),
    ] {
        insta::assert_snapshot!(name, complaint(&with(CONNECTOR, old, new), ACTION));
    }
}

/// Mistakes that a schema cannot see; the text is part of what must be said.
#[test]
fn mistakes_of_meaning_are_found() {
    let connector_mistakes = [
        ("slug: acme", "slug: acne", "its folder is called `acme`"),
        (
            "https://${field.region}.api",
            "https://${field.rgion}.api",
            "names no field",
        ),
        (
            "Acme-Version: \"7\"",
            "Acme-Version: ${input.x}",
            "has no value in this place",
        ),
        (
            "/authorize?kind=app",
            "/${access_token}",
            "would end up in logs",
        ),
        (
            "/authorize?kind=app",
            "/${client_id}",
            "has no value in this place",
        ),
        (
            "X-Key: ${credential.key}",
            "X-Key: constant",
            "puts no credential anywhere",
        ),
        (
            "X-Key: ${credential.key}",
            "X Key: ${credential.key}",
            "is no header name",
        ),
        ("example: eu", "example: EU", "does not match the pattern"),
        ("[x-reset]", "[x reset]", "is no header name"),
        (
            "- name: seats",
            "- name: region",
            "is the name of another field",
        ),
        ("type: number", "type: select", "`select`"),
        (
            "base_url: https://${field.region}.api.acme.example/v1 || https://api.acme.example/v1",
            "base_url: ${instance.url}/v1",
            "instance: true",
        ),
    ];
    for (old, new, said) in connector_mistakes {
        let connector = with(CONNECTOR, old, new);
        let errors = complaint(&connector, ACTION);
        assert!(errors.contains(said), "{new}: {errors}");
    }
    let action_mistakes = [
        (
            "id: change_thing",
            "id: changes",
            "its file is called `change_thing`",
        ),
        (
            "size: ${input.size}\n    fixed",
            "size: ${input.sizes}\n    fixed",
            "not among the properties",
        ),
        (
            "X-Note: ${input.note}",
            "X-Note: ${credential.key}",
            "names no credential",
        ),
        ("method: POST", "method: GET", "GET has no body"),
        ("path: data.thing", "path: data..thing", "no dotted path"),
        (
            "label: a ${input.name}",
            "label: a ${input.name",
            "never closed",
        ),
    ];
    for (old, new, said) in action_mistakes {
        let errors = complaint(CONNECTOR, &with(ACTION, old, new));
        assert!(errors.contains(said), "{new}: {errors}");
    }
}

#[test]
fn a_folder_cannot_reach_this_server() {
    let connector = with(CONNECTOR, "name: Acme", "instance: true\nname: Acme");
    let errors = complaint(&connector, ACTION);
    assert!(
        errors.contains("only a connector that comes with the binary"),
        "{errors}"
    );
    // One that comes with the binary goes nowhere else.
    let errors = Catalog::default().with_sources(&[sources(&connector, ACTION)], Trust::Embedded);
    assert!(
        errors
            .unwrap_err()
            .to_string()
            .contains("calls only `${instance.url}`")
    );
}

#[test]
fn schema_and_loader_refuse_the_same_mistakes_of_form() {
    let (connector_schema, action_schema) = (schema("connector"), schema("action"));
    let valid = |schema: &jsonschema::Validator, text: &str| {
        schema.is_valid(&serde_saphyr::from_str::<Value>(text).unwrap())
    };
    assert!(valid(&connector_schema, CONNECTOR) && valid(&action_schema, ACTION));
    for (old, new) in [
        ("name: Acme\n", ""),
        ("name: Acme", "nmae: Acme"),
        ("    token_url: https://login.acme.example/token\n", ""),
        ("https://login.acme.example/token", "login.acme.example"),
        ("categories: [crm]", "categories: crm"),
        ("type: password", "type: passwd"),
        ("      mandatory: [read]", "      mandatory: read"),
        ("    place:\n", "    placed:\n"),
        ("      home: team.url", "      home: team..url"),
        ("- name: seats", "- name: se ats"),
        ("slug: acme", "slug: Acme"),
        (
            "    authorization_url:",
            "    client_auth: header\n    authorization_url:",
        ),
        (
            "    authorization_url:",
            "    expiry_statuses: [42]\n    authorization_url:",
        ),
        (
            "    authorization_url:",
            "    default_lifetime: 0\n    authorization_url:",
        ),
        (
            "    authorization_url:",
            "    scope_separator: ''\n    authorization_url:",
        ),
        (
            "      identifier: user.id\n      fields:",
            "      url: https://x.example\n      fields:",
        ),
    ] {
        let text = with(CONNECTOR, old, new);
        assert!(!valid(&connector_schema, &text), "the schema takes {new:?}");
        assert!(load(&text, ACTION).is_err(), "the loader takes {new:?}");
    }
    for (old, new) in [
        ("docs: https://docs.acme.example/things\n", ""),
        ("method: POST", "method: post"),
        ("path: /things", "path: things"),
        ("  path: /things/${input.id}/change\n", ""),
        ("  method: POST", "  method: POST\n  url: https://x.example"),
        ("  method: POST", "  method: POST\n  body_type: xml"),
        ("id: change_thing", "id: httprequest"),
        ("input:\n  type: object", "input:\n  type: array"),
        ("type: [string, integer]", "type: texxt"),
        ("answer:\n  path:", "answer:\n  where:"),
    ] {
        let text = with(ACTION, old, new);
        assert!(!valid(&action_schema, &text), "the schema takes {new:?}");
        assert!(load(CONNECTOR, &text).is_err(), "the loader takes {new:?}");
    }
}

struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn put(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn a_folder_adds_connectors_and_replaces_those_of_the_same_slug() {
    let folder = Folder::new("adds");
    folder.put("acme/connector.yaml", CONNECTOR);
    folder.put("acme/actions/change_thing.yaml", ACTION);
    folder.put("acme/notes.txt", "not for us");
    folder.put(".git/config", "neither");
    let github = with(
        &with(CONNECTOR, "slug: acme", "slug: github"),
        "name: Acme",
        "name: Ours",
    );
    folder.put("github/connector.yaml", &github);
    let before = Catalog::embedded();
    let after = before.clone().with_folder(&folder.0).unwrap();
    assert_eq!(after.iter().count(), before.iter().count() + 1);
    assert!(after.get("acme").unwrap().action("change_thing").is_some());
    assert_eq!(after.get("github").unwrap().name, "Ours");
    assert!(
        after
            .get("github")
            .unwrap()
            .action("create_issue")
            .is_none()
    );
    assert_eq!(before.get("github").unwrap().name, "GitHub");
}

#[test]
fn a_folder_without_form_is_told() {
    let folder = Folder::new("formless");
    folder.put("acme/actions/change_thing.yaml", ACTION);
    folder.put("other/thing.yaml", "a: 1");
    folder.put("other/connector.yaml", "slug: other");
    let errors = Catalog::default()
        .with_folder(&folder.0)
        .unwrap_err()
        .to_string();
    let errors = errors.replace(&folder.0.display().to_string(), "DIR");
    insta::assert_snapshot!(errors);
    assert!(
        Catalog::default()
            .with_folder(&folder.0.join("nowhere"))
            .is_err()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_to_a_file_makes_loading_panic(at in any::<prop::sample::Index>(), len in 0usize..40, put in "[ -~\n]{0,12}") {
        for whole in [CONNECTOR, ACTION] {
            let start = at.index(whole.len());
            let end = (start + len).min(whole.len());
            let broken = format!("{}{put}{}", &whole[..start], &whole[end..]);
            let _ = if whole == CONNECTOR { load(&broken, ACTION) } else { load(CONNECTOR, &broken) };
        }
    }
}
