//! What `docs/connectors.md` says is true of the code.

use serde_json::Value;
use trunnel_catalog::lint::lint;

use crate::data::schema;
use crate::support::{ACTION, CONNECTOR, acme_by, load, load_triggers};

const DOCS: &str = include_str!("../../../../docs/connectors.md");
const SCHEMAS: [&str; 4] = [
    include_str!("../../../../catalog/schema/connector.schema.json"),
    include_str!("../../../../catalog/schema/action.schema.json"),
    include_str!("../../../../catalog/schema/triggers.schema.json"),
    include_str!("../../../../catalog/schema/example.schema.json"),
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

/// Each of them shows one kind of option, and together they show all.
#[test]
fn every_example_of_an_option_loads() {
    let mut kinds = std::collections::BTreeSet::new();
    let options: Vec<_> = examples()
        .into_iter()
        .filter_map(|text| text.strip_prefix("auth:\n"))
        .collect();
    for auth in &options {
        for option in &acme_by(auth).auth {
            let name = format!("{:?}", option.method);
            kinds.insert(name.split('(').next().unwrap().to_owned());
        }
    }
    assert!(options.len() >= 6);
    let all = ["Device", "Keys", "None", "OAuth1", "OAuth2"];
    assert_eq!(kinds, all.map(str::to_owned).into());
}

#[test]
fn the_example_of_triggers_loads() {
    let triggers = examples()
        .into_iter()
        .find(|text| text.starts_with("docs:"))
        .unwrap();
    load_triggers(triggers).unwrap_or_else(|errors| panic!("{errors}"));
    let value: Value = serde_saphyr::from_str(triggers).unwrap();
    assert!(schema("triggers").is_valid(&value));
}

#[test]
fn the_example_of_an_example_is_one_of_the_complete_action() {
    let example = examples()
        .into_iter()
        .find(|text| text.starts_with("input:"))
        .unwrap();
    let value: Value = serde_saphyr::from_str(example).unwrap();
    assert!(schema("example").is_valid(&value));
    assert_eq!(
        value["input"]["email"],
        value["answer"]["body"]["contact"]["email"]
    );
}

#[test]
fn every_example_of_pages_loads() {
    let pages = examples()
        .into_iter()
        .find(|text| text.starts_with("paginate:"))
        .unwrap();
    let action = format!("{ACTION}{pages}");
    let catalog = load(CONNECTOR, &action).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(
        catalog
            .get("acme")
            .unwrap()
            .action("change_thing")
            .unwrap()
            .is_paged()
    );
}

#[test]
fn every_example_is_yaml() {
    assert!(examples().len() >= 12);
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
    assert!(found.len() > 200);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: Vec<&str> = DOCS.split(|c| !is_word(c)).collect();
    found.retain(|key| !words.contains(&key.as_str()));
    assert_eq!(found, Vec::<String>::new());
}
