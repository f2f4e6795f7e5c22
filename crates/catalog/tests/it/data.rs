//! The connectors that come with the binary, against the rules and the schemas.

use std::sync::LazyLock;

use serde_json::Value;
use trunnel_catalog::lint::lint;
use trunnel_catalog::load::{Text, check_embedded, embedded_files};
use trunnel_catalog::{Catalog, Grant, Summary, token_request};
use trunnel_model::http::Egress;
use trunnel_model::secret::Secret;

use crate::samples::example_fields;
use crate::support::{access, token};

/// All of them, each read once for all tests.
pub(crate) fn embedded() -> Catalog {
    static EMBEDDED: LazyLock<Catalog> = LazyLock::new(Catalog::embedded);
    EMBEDDED.clone()
}

pub(crate) fn schema_text(name: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalog/schema");
    std::fs::read_to_string(format!("{root}/{name}.schema.json")).unwrap()
}

pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema_text(name)).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// What a step of an option's exchange keeps of its answer.
pub(crate) fn kept_names(slug: &str, option: &str, step: usize) -> Vec<String> {
    let text = catalog_file(&format!("{slug}/connector.yaml")).unwrap();
    let file: Value = serde_saphyr::from_str(&text).unwrap();
    let keep = &file["auth"][option]["exchange"]["before"][step]["keep"];
    keep.as_object()
        .map(|names| names.keys().cloned().collect())
        .unwrap_or_default()
}

/// A file of the catalogue as it is on the disk; examples are not in the binary.
pub(crate) fn catalog_file(path: &str) -> Option<String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalog/connectors");
    std::fs::read_to_string(format!("{root}/{path}")).ok()
}

fn complaints(schema: &jsonschema::Validator, text: &Text) -> Vec<String> {
    let value: Value = serde_saphyr::from_str(&text.text).unwrap();
    schema
        .iter_errors(&value)
        .map(|e| format!("{}: {}: {e}", text.file, e.instance_path()))
        .collect()
}

#[test]
fn a_summary_says_what_the_compiled_connector_does() {
    // Read from the files, since nobody has asked this one for a connector.
    let read = Catalog::embedded().summaries();
    let catalog = embedded();
    let compiled: Vec<_> = catalog
        .iter()
        .map(|connector| Summary::of(connector))
        .collect();
    assert_eq!(read, compiled);
    assert_eq!(catalog.summaries(), compiled);
}

#[test]
fn the_embedded_catalogue_loads_and_breaks_no_rule() {
    // A connector with a mistake is not there later, so that nobody would notice.
    check_embedded().unwrap_or_else(|errors| panic!("{errors}"));
    let catalog = embedded();
    let findings: Vec<String> = lint(&catalog).iter().map(ToString::to_string).collect();
    assert_eq!(findings, Vec::<String>::new());
    let actions: usize = catalog.iter().map(|c| c.actions().count()).sum();
    assert!(
        catalog.iter().count() >= 13 && actions >= 90,
        "{actions} actions"
    );
}

#[test]
fn every_embedded_file_fits_the_schema_for_editors() {
    let [connector, action, triggers, example] =
        ["connector", "action", "triggers", "example"].map(schema);
    let (files, errors) = embedded_files();
    assert_eq!(errors, []);
    assert!(files.len() > 30);
    let mut found = Vec::new();
    for sources in files {
        found.extend(complaints(&connector, &sources.connector));
        for text in &sources.actions {
            found.extend(complaints(&action, text));
            let file = text.file.replace("/actions/", "/examples/");
            let path = file.trim_start_matches("catalog/connectors/");
            let text = catalog_file(path).unwrap_or_else(|| "is missing".to_owned());
            found.extend(complaints(&example, &Text { file, text }));
        }
        if let Some(text) = &sources.triggers {
            found.extend(complaints(&triggers, text));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn connectors_come_sorted_and_so_do_their_actions() {
    let catalog = embedded();
    let slugs: Vec<_> = catalog
        .iter()
        .map(|connector| connector.slug.clone())
        .collect();
    assert!(slugs.is_sorted());
    for connector in catalog.iter() {
        let ids: Vec<_> = connector
            .actions()
            .map(|action| action.id.clone())
            .collect();
        assert!(
            ids.is_sorted() && ids.contains(&"httprequest".to_owned()),
            "{ids:?}"
        );
    }
}

#[test]
fn only_the_playground_reaches_this_server() {
    for connector in embedded().iter() {
        assert_eq!(connector.instance, connector.slug == "playground_app");
        let expected = if connector.instance {
            Egress::Instance
        } else {
            Egress::Public
        };
        let refresh_token = Secret::new("t");
        for option in connector
            .auth
            .iter()
            .filter(|option| option.scopes().is_some())
        {
            let fields = example_fields(connector, option);
            let access = access(connector, &option.id)
                .with_fields(&fields)
                .with_credential(token(&refresh_token));
            let grant = Grant::Refresh {
                refresh_token: &refresh_token,
            };
            let request = token_request(&access, grant).unwrap();
            assert_eq!(request.egress, expected, "{} {}", connector.slug, option.id);
        }
    }
}

/// An editor shows the inputs in the order in which the file has them.
#[test]
fn the_order_of_inputs_survives() {
    let catalog = embedded();
    let action = catalog
        .get("playground_app")
        .unwrap()
        .action("create_contact")
        .unwrap();
    let names: Vec<_> = action
        .input_fields()
        .into_iter()
        .map(|field| field.name)
        .collect();
    assert_eq!(names, ["email", "name", "company", "phone"]);
}
