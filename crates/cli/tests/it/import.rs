//! `trunnel connectors import`: documents from files and from URLs.

use std::path::PathBuf;

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer, Receiver};

use crate::program::Call;

/// A document with so many operations.
fn document(operations: usize) -> Value {
    let path = |number: usize| {
        let operation = json!({
            "operationId": format!("getThing{number}"),
            "summary": format!("Get thing: {number} # not a comment"),
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                { "name": "filter", "in": "query", "schema": { "$ref": "#/components/schemas/Filter" } },
            ],
            "requestBody": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Thing" },
            } } },
            "responses": { "200": { "description": "Fine.", "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Thing" },
            } } } },
        });
        (
            format!("/things{number}/{{id}}"),
            json!({ "post": operation }),
        )
    };
    let properties: serde_json::Map<_, _> = (0..20)
        .map(|n| {
            (
                format!("field_{n}"),
                json!({ "type": "string", "description": "yes: no" }),
            )
        })
        .collect();
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Things & More", "version": "1" },
        "servers": [{ "url": "https://things.example/v1" }],
        "components": { "schemas": {
            "Filter": { "type": "string", "enum": ["on", "off", "null", "1.0"] },
            "Thing": { "type": "object", "properties": properties },
        } },
        "paths": (0..operations).map(path).collect::<serde_json::Map<_, _>>(),
    })
}

fn written(test: &tempfile::TempDir, operations: usize) -> PathBuf {
    let path = test.path().join("openapi.json");
    std::fs::write(&path, document(operations).to_string()).unwrap();
    path
}

on_both! {
    async fn a_document_becomes_an_app_of_an_environment(test: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let spec = written(&folder, 3);
        Call::on(&test, ["app", "create", "--name", "Acme"]).end().await;
        let import = |more: &[&str]| {
            let call = Call::on(&test, ["connectors", "import", "--json"]);
            let mut call = call.with("--name", "Things");
            call.command.args(more);
            call
        };
        let spec = spec.to_str().unwrap();
        let made = import(&[spec]).end().await.object();
        assert_eq!(
            (&made["slug"], &made["actions"], &made["created"]),
            (&json!("things"), &json!(3), &json!(true)),
        );
        let again = import(&[spec]).end().await.object();
        assert_eq!((&again["created"], &again["added"]), (&json!(false), &json!([])));
        let live = import(&[spec, "--env", "live"]).end().await.object();
        assert_eq!(live["created"], true);
        let refused = import(&["/nowhere/openapi.json"]).end().await;
        assert!(refused.complaint().contains("/nowhere/openapi.json"), "{refused:?}");
    }

    async fn a_url_is_fetched_where_addresses_allow_it(test: TestDb) {
        let api = Receiver::start().await;
        api.answer_by_default(Answer::json(200, &document(1).to_string()));
        Call::on(&test, ["app", "create", "--name", "Acme"]).end().await;
        let url = api.url("/openapi.json");
        let refused = Call::on(&test, ["connector", "import", &url]).end().await;
        assert!(refused.complaint().contains("not sent"), "{refused:?}");
        assert_eq!(api.requests().len(), 0);
        let allowed = Call::on(&test, ["connector", "import", "--json", &url]);
        let made = allowed.env("TRUNNEL_EGRESS_ALLOW", "127.0.0.0/8").end().await.object();
        assert_eq!(made["slug"], "things_more");
    }
}

#[tokio::test]
async fn files_are_written_that_the_catalogue_takes() {
    let folder = tempfile::tempdir().unwrap();
    let spec = written(&folder, 300);
    let out = folder.path().join("connectors");
    let import = || {
        let call = Call::bare(["connectors", "import", "--json"]);
        let mut call = call.with("--out", &out);
        call.command.arg(&spec);
        call
    };
    let told = import().end().await.object();
    assert_eq!(
        (&told["slug"], &told["actions"]),
        (&json!("things_more"), &json!(300))
    );
    let listed = Call::bare(["connectors", "list", "--json"]).with("--connectors", &out);
    let listed = listed.end().await.object();
    let mine = listed["connectors"].as_array().unwrap().iter();
    let mine: Vec<_> = mine
        .filter(|connector| connector["slug"] == "things_more")
        .collect();
    // The written ones and the one that every connector has.
    assert_eq!((mine.len(), &mine[0]["actions"]), (1, &json!(301)));
    let file = out.join("things_more/actions/get_thing0.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.starts_with("id: get_thing0\n"), "{text}");
    let again = import().end().await;
    assert!(again.complaint().contains("is there already"), "{again:?}");
}
