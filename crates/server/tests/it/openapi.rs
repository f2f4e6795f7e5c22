//! The API's document says what the server does: no more and no less.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use trunnel_server::{Access, RouteInfo};
use trunnel_testing::on_both;

use crate::app::TestApp;
use crate::contract::DOCUMENT;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// Path, method and operation.
fn operations() -> Vec<(&'static str, &'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        let parts = item.as_object().unwrap().iter();
        let operations = parts.filter(|(name, _)| METHODS.contains(&name.as_str()));
        operations.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    all.collect()
}

/// All but the public routes once more, which the document names in words only.
fn routes() -> Vec<RouteInfo> {
    let mut table = trunnel_server::route_table();
    table.extend(trunnel_server::console_route_table());
    table.retain(|route| route.access != Access::Nested);
    table
}

/// What the document says of a route of this access.
fn security(access: Access) -> Value {
    match access {
        Access::Public => json!([]),
        Access::Developer => json!([{ "apiKey": [] }]),
        Access::Account | Access::DeveloperOrSession => {
            json!([{ "apiKey": [] }, { "sessionToken": [] }])
        }
        Access::Session => json!([{ "sessionToken": [] }]),
        Access::Member(_) | Access::SignedIn | Access::Entering | Access::Nested => {
            json!([{ "consoleCookie": [] }])
        }
    }
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let described = operations().into_iter().map(|(path, method, operation)| {
        let security = operation.get("security").unwrap_or(&DOCUMENT["security"]);
        ((method.to_uppercase(), path.to_owned()), security.clone())
    });
    let described: BTreeMap<_, _> = described.collect();
    let table = routes();
    let routes = table.iter().map(|route| {
        let path = route.path.replace("{*", "{");
        ((route.method.to_owned(), path), security(route.access))
    });
    let routes: BTreeMap<_, _> = routes.collect();
    let names = |map: &BTreeMap<_, _>| map.keys().cloned().collect::<BTreeSet<(_, _)>>();
    let (described_names, route_names) = (names(&described), names(&routes));
    let undescribed: Vec<_> = route_names.difference(&described_names).collect();
    assert!(undescribed.is_empty(), "not described: {undescribed:?}");
    let invented: Vec<_> = described_names.difference(&route_names).collect();
    assert!(invented.is_empty(), "no such route: {invented:?}");
    for (name, security) in &routes {
        assert_eq!(described[name], *security, "{name:?}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_a_tag() {
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations() {
        let place = format!("{method} {path}: {operation}");
        let name = operation["operationId"].as_str();
        assert!(names.insert(name.expect(&place)), "twice: {place}");
        assert!(operation["summary"].is_string(), "{place}");
        assert_eq!(
            operation["tags"].as_array().map(Vec::len),
            Some(1),
            "{place}"
        );
        assert!(operation["responses"]["default"].is_object(), "{place}");
    }
}

/// What a path names, and where an account may be named, as the caller's kind wants it.
#[test]
fn every_operation_has_the_parameters_that_its_path_and_its_caller_need() {
    let accesses = routes().into_iter().map(|route| {
        let name = (route.method.to_lowercase(), route.path.replace("{*", "{"));
        (name, route.access)
    });
    let accesses: BTreeMap<_, _> = accesses.collect();
    for (path, method, operation) in operations() {
        let shared = &DOCUMENT["paths"][path]["parameters"];
        let given = [shared, &operation["parameters"]];
        let given = given.iter().filter_map(|list| list.as_array()).flatten();
        let given: Vec<_> = given.map(followed).collect();
        let at = |place: &str| {
            let here = given.iter().filter(|one| one["in"] == place);
            let names = here.map(|one| one["name"].as_str().unwrap().to_owned());
            names.collect::<BTreeSet<_>>()
        };
        let parts = path.split('/').filter_map(|part| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            Some(name.to_owned())
        });
        let place = format!("{method} {path}");
        assert_eq!(at("path"), parts.collect(), "{place}");
        if accesses[&(method.to_owned(), path.to_owned())] == Access::Account {
            for beside in ["header", "query"] {
                assert!(
                    at(beside).contains("linked_account_id"),
                    "{place}: {beside}"
                );
            }
        }
    }
}

fn followed(part: &'static Value) -> &'static Value {
    match part["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(&reference[1..]).unwrap(),
        None => part,
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_part_is_used() {
    let mut used = BTreeSet::new();
    references(&DOCUMENT, &mut used);
    for reference in &used {
        let place = reference.strip_prefix('#').expect("a reference within");
        assert!(DOCUMENT.pointer(place).is_some(), "{reference}");
    }
    for (kind, parts) in DOCUMENT["components"].as_object().unwrap() {
        if kind == "securitySchemes" {
            continue;
        }
        for name in parts.as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(used.contains(reference.as_str()), "{reference} is not used");
        }
    }
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Examples are copied, so they have to be right.
#[test]
fn every_example_of_a_schema_is_one() {
    let mut count = 0;
    examples(&DOCUMENT, &mut |schema| {
        let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
        let validator = jsonschema::validator_for(&whole).unwrap();
        let example = &schema["example"];
        let wrong = validator.iter_errors(example).next();
        assert!(wrong.is_none(), "{example}: {}", wrong.unwrap());
        count += 1;
    });
    assert!(count > 5, "{count}");
}

fn examples<'a>(value: &'a Value, on: &mut impl FnMut(&'a Value)) {
    match value {
        Value::Object(members) => {
            if members.contains_key("example") && !members.contains_key("in") {
                on(value);
            }
            members.values().for_each(|member| examples(member, on));
        }
        Value::Array(items) => items.iter().for_each(|item| examples(item, on)),
        _ => {}
    }
}

on_both! {
    async fn the_server_hands_its_document_out(test: TestDb) {
        let app = TestApp::start(&test).await;
        let document = app.anonymous().get("/api/openapi.json").await;
        assert_eq!(document.header("content-type"), Some("application/json"));
        assert_eq!(document.ok(), *DOCUMENT);
        assert_eq!(document.text, DOCUMENT.to_string(), "the same order");
        assert_eq!(document.json()["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
