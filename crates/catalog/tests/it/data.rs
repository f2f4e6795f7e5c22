//! The connectors that come with the binary, against the rules and the schemas.

use serde_json::Value;
use trunnel_catalog::Catalog;
use trunnel_catalog::lint::lint;
use trunnel_catalog::load::{Text, embedded_files};
use trunnel_model::http::Egress;

use crate::support::{client, instance};

pub(crate) fn embedded() -> Catalog {
    Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let path = format!(
        "{}/../../catalog/schema/{name}.schema.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn complaints(schema: &jsonschema::Validator, text: &Text) -> Vec<String> {
    let value: Value = serde_saphyr::from_str(&text.text).unwrap();
    schema
        .iter_errors(&value)
        .map(|e| format!("{}: {}: {e}", text.file, e.instance_path()))
        .collect()
}

#[test]
fn the_embedded_catalogue_loads_and_breaks_no_rule() {
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
    let (connector, action) = (schema("connector"), schema("action"));
    let files = embedded_files();
    assert!(!files.is_empty());
    for sources in files {
        assert_eq!(
            complaints(&connector, &sources.connector),
            Vec::<String>::new()
        );
        for text in &sources.actions {
            assert_eq!(complaints(&action, text), Vec::<String>::new());
        }
    }
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
        let Some(oauth2) = &connector.oauth2 else {
            continue;
        };
        let fields = crate::snapshots::example_fields(connector);
        let token = trunnel_model::secret::Secret::new("t");
        let grant = trunnel_catalog::Grant::Refresh {
            refresh_token: &token,
            scopes: None,
        };
        let request =
            trunnel_catalog::token_request(connector, &instance(), &fields, &client(), grant);
        let expected = if connector.instance {
            Egress::Instance
        } else {
            Egress::Public
        };
        assert_eq!(
            request.unwrap().egress,
            expected,
            "{} {}",
            connector.slug,
            oauth2.pkce
        );
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
