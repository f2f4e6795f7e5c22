//! What `docs/connectors.md` says is true of the code.

use serde_json::Value;
use trunnel_catalog::lint::lint;

use crate::support::load;

const DOCS: &str = include_str!("../../../../docs/connectors.md");
const SCHEMAS: [&str; 2] = [
    include_str!("../../../../catalog/schema/connector.schema.json"),
    include_str!("../../../../catalog/schema/action.schema.json"),
];

fn examples() -> Vec<&'static str> {
    let blocks = DOCS.split("```yaml\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_complete_example_loads_and_is_a_good_one() {
    let examples = examples();
    let connector = examples
        .iter()
        .find(|text| text.starts_with("slug: acme"))
        .unwrap();
    let action = examples
        .iter()
        .find(|text| text.starts_with("id: create_contact"))
        .unwrap();
    // The tests' connector folder has one action, under this name.
    let action = action.replace("id: create_contact", "id: change_thing");
    let catalog = load(connector, &action).unwrap_or_else(|errors| panic!("{errors}"));
    let rules: Vec<_> = lint(&catalog)
        .into_iter()
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(rules, ["few-actions"]);
}

#[test]
fn every_example_is_yaml() {
    assert!(examples().len() >= 5);
    for example in examples() {
        let parsed: Result<Value, _> = serde_saphyr::from_str(example);
        assert!(parsed.is_ok(), "{example}");
    }
}

fn keys(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                if let ("properties", Value::Object(properties)) = (name.as_str(), member) {
                    found.extend(properties.keys().cloned());
                }
                keys(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_schemas_is_explained() {
    let mut found = Vec::new();
    for schema in SCHEMAS {
        keys(&serde_json::from_str(schema).unwrap(), &mut found);
    }
    assert!(found.len() > 60);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: Vec<&str> = DOCS.split(|c| !is_word(c)).collect();
    found.retain(|key| !words.contains(&key.as_str()));
    assert_eq!(found, Vec::<String>::new());
}
