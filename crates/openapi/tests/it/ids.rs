//! What operations are called, and that they keep their names.

use serde_json::{Map, Value, json};

use crate::support::{document, imported, object};

fn ids(paths: Value) -> Vec<String> {
    let imported = imported(&document(paths));
    imported.actions.into_iter().map(|(id, _)| id).collect()
}

fn id(operation_id: &str) -> String {
    ids(json!({ "/things": { "get": { "operationId": operation_id } } })).remove(0)
}

#[test]
fn an_operation_id_becomes_snake_case() {
    assert_eq!(id("listPets"), "list_pets");
    assert_eq!(id("repos/list-for-org"), "repos_list_for_org");
    assert_eq!(id("GetJSONReport"), "get_json_report");
    assert_eq!(id("Pets_List"), "pets_list");
    assert_eq!(id("v2.users.get"), "v2_users_get");
    assert_eq!(id("2faEnable"), "op_2fa_enable");
    assert_eq!(id("httprequest"), "op_httprequest");
    assert_eq!(id("  "), "get_things");
    assert_eq!(id("ありがとう"), "get_things");
    assert!(id(&"long".repeat(100)).len() <= 101);
}

#[test]
fn an_operation_without_an_id_is_called_by_method_and_path() {
    let ids = ids(json!({
        "/": { "get": {} },
        "/pets/{petId}/toys": { "get": {}, "post": {} },
    }));
    assert_eq!(
        ids,
        ["get_root", "get_pets_pet_id_toys", "post_pets_pet_id_toys"]
    );
}

#[test]
fn of_two_operations_with_one_id_the_later_path_is_marked() {
    let list = json!({ "get": { "operationId": "list" } });
    let first = ids(json!({ "/a": list, "/b": list, "/c": list }));
    assert_eq!(first[0], "list");
    assert!(first[1].starts_with("list_") && first[1].len() == "list_".len() + 8);
    assert_ne!(first[1], first[2]);
    // The mark is the path's own: it stays when a third one goes.
    let without = ids(json!({ "/a": list, "/c": list }));
    assert_eq!(without, [first[0].clone(), first[2].clone()]);
}

#[test]
fn ids_do_not_hang_on_the_order_of_the_document() {
    let paths = object(json!({
        "/a": { "get": { "operationId": "list" }, "post": {} },
        "/b-c": { "get": { "operationId": "list" } },
        "/b_c": { "get": {} },
        "/b/c": { "get": {} },
    }));
    let ids_by_path = |paths: Map<String, Value>| {
        let imported = imported(&document(Value::Object(paths)));
        let actions = imported.actions.into_iter();
        let mut ids: Vec<(String, String)> = actions
            .map(|(id, a)| (a["request"].to_string(), id))
            .collect();
        ids.sort();
        ids
    };
    let reversed: Map<String, Value> = paths.clone().into_iter().rev().collect();
    let ids = ids_by_path(paths);
    assert_eq!(ids, ids_by_path(reversed));
    assert_eq!(ids.len(), 5);
}

#[test]
fn what_cannot_be_called_is_skipped_and_takes_no_name_from_the_others() {
    let imported = imported(&document(json!({
        "/a": {
            "get": { "operationId": "a" },
            "options": { "operationId": "preflight" },
            "trace": {},
            "x-internal": {},
            "summary": "Not an operation.",
        },
        "x-paths": { "get": {} },
    })));
    assert_eq!(imported.report.imported, 1);
    let skipped: Vec<String> = imported
        .report
        .skipped
        .iter()
        .map(|s| format!("{}: {}", s.operation, s.reason))
        .collect();
    assert_eq!(
        skipped,
        [
            "OPTIONS /a: OPTIONS is not a method that an action can have",
            "TRACE /a: TRACE is not a method that an action can have",
        ]
    );
}

#[test]
fn texts_come_from_the_operation_or_are_made() {
    let imported = imported(&document(json!({
        "/a": { "get": {
            "summary": "List all",
            "description": "Lists everything there is.",
            "externalDocs": { "url": "https://docs.acme.example/a" },
        } },
        "/b": { "get": { "operationId": "getUserId", "deprecated": true } },
    })));
    let [(_, a), (_, b)] = imported.actions.as_slice() else {
        panic!("two actions")
    };
    assert_eq!(a["name"], "List all");
    assert_eq!(a["description"], "Lists everything there is.");
    assert_eq!(a["docs"], "https://docs.acme.example/a");
    assert_eq!(b["name"], "Get user ID");
    assert_eq!(b["description"], "Deprecated. Get user ID (GET /b).");
    assert_eq!(b["docs"], "https://api.acme.example/v1");
}

#[test]
fn more_operations_than_any_provider_has_are_not_imported() {
    let paths: Map<String, Value> = (0..5003)
        .map(|i| (format!("/a{i}"), json!({ "get": {} })))
        .collect();
    let text = document(Value::Object(paths)).to_string();
    let report = trunnel_openapi::import(&text, &crate::support::options())
        .unwrap()
        .report;
    assert_eq!(report.imported, 5000);
    assert_eq!(report.skipped.len(), 1);
    assert_eq!(report.skipped[0].operation, "3 more operations");
}
