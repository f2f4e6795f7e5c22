//! Which texts are documents, and what is said about the others.

use serde_json::json;
use trunnel_openapi::{LARGEST, Options, import};

use crate::support::{compile, document, imported, options, refused, with};

#[test]
fn yaml_and_json_say_the_same() {
    let yaml = r"
openapi: 3.1
info: { title: Acme, version: 1 }
servers:
  - url: https://api.acme.example
paths:
  /things:
    get:
      operationId: listThings
      responses:
        200:
          content:
            application/json:
              schema: &thing
                type: object
                properties: { id: { type: string } }
    post:
      operationId: createThing
      requestBody:
        content:
          application/json:
            schema: *thing
";
    let from_yaml = import(yaml, &options()).unwrap();
    compile(&from_yaml);
    let schema = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
    let content = json!({ "content": { "application/json": { "schema": schema } } });
    let json = with(
        document(json!({ "/things": {
            "get": { "operationId": "listThings", "responses": { "200": content } },
            "post": { "operationId": "createThing", "requestBody": content },
        } })),
        json!({ "servers": [{ "url": "https://api.acme.example" }] }),
    );
    assert_eq!(from_yaml, imported(&json));
    assert_eq!(
        from_yaml.actions[0].1["output"]["properties"]["id"]["type"],
        "string"
    );
}

#[test]
fn a_mark_at_the_beginning_is_no_part_of_the_text() {
    let text = format!("\u{feff}{}", document(json!({ "/a": { "get": {} } })));
    assert!(import(&text, &options()).is_ok());
}

#[test]
fn json_with_a_comma_too_many_is_read() {
    let text = document(json!({ "/a": { "get": {} } }))
        .to_string()
        .replace("}}}", "},}}");
    assert!(import(&text, &options()).is_ok());
}

#[test]
fn the_options_win_over_the_document() {
    let document = document(json!({ "/a": { "get": {} } }));
    let mut given = document.clone();
    given["info"] = json!({ "title": "Acme API", "description": "# Acme\n\nSells anvils to coyotes.\n\nMore." });
    let connector = imported(&given).connector;
    assert_eq!(connector["name"], "Acme API");
    assert_eq!(connector["description"], "Sells anvils to coyotes.");
    let options = Options {
        name: Some("Anvils".to_owned()),
        description: Some("All about anvils.".to_owned()),
        ..options()
    };
    let connector = import(&given.to_string(), &options).unwrap().connector;
    assert_eq!(connector["slug"], "acme");
    assert_eq!(connector["name"], "Anvils");
    assert_eq!(connector["description"], "All about anvils.");
    assert_eq!(
        imported(&document).connector["description"],
        "Acme, imported from its OpenAPI document."
    );
}

#[test]
fn what_is_no_document_is_said_with_what_to_do() {
    let said = |text: &str| refused(text).to_string();
    assert_eq!(
        said("  \n"),
        "the document is empty; give the OpenAPI document itself, often `openapi.json` or \
         `openapi.yaml`"
    );
    assert!(said("<!doctype html><html>").starts_with("line 1: this is a web page or XML"));
    assert!(said("just a text").starts_with("this is no OpenAPI document; give"));
    assert!(said("[1, 2]").starts_with("this is no OpenAPI document"));
    assert!(said("{}").starts_with("the key `openapi` is missing"));
    assert!(said(r#"{"info": {}, "item": []}"#).starts_with("this is a Postman collection"));
    assert!(said(r#"{"asyncapi": "2.0.0"}"#).starts_with("this is an AsyncAPI document"));
    let swagger = said(r#"{"swagger": "2.0", "paths": {}}"#);
    assert!(
        swagger.starts_with("swagger: this is Swagger 2.0; convert it to OpenAPI 3"),
        "{swagger}"
    );
    assert!(said("swagger: 2.0").starts_with("swagger: this is Swagger 2.0"));
    let version = said(r#"{"openapi": "4.0.0"}"#);
    assert_eq!(
        version,
        "openapi: OpenAPI 4.0.0 cannot be read; give a document of 3.0 or 3.1"
    );
    let empty = said(r#"{"openapi": "3.0.0", "paths": {}}"#);
    assert!(
        empty.starts_with("paths: the document describes no paths"),
        "{empty}"
    );
}

#[test]
fn a_text_that_cannot_be_read_is_told_with_its_line() {
    let text = serde_json::to_string_pretty(&document(json!({ "/a": { "get": {} } }))).unwrap();
    let cut = refused(&text[..text.len() / 2]);
    assert!(cut.line.unwrap() > 5);
    assert!(cut.message.contains("cut off, so fetch it again"), "{cut}");
    let broken = refused(&text.replace("\"paths\":", "\"paths\""));
    assert!(
        broken.to_string().starts_with("line 12: not valid JSON: "),
        "{broken}"
    );
    let yaml = refused("openapi: 3.1.0\ninfo:\n  title: a\n title: b\n");
    assert!(
        yaml.line.is_some_and(|line| (3..=5).contains(&line)),
        "{yaml:?}"
    );
    assert!(yaml.message.starts_with("not valid YAML: "), "{yaml}");
    assert!(
        yaml.message
            .ends_with("; correct it, or export the document again"),
        "{yaml}"
    );
}

#[test]
fn a_text_that_is_too_large_is_not_read() {
    let text = " ".repeat(LARGEST + 1);
    assert!(
        refused(&text)
            .message
            .starts_with("the document is larger than 20 MB")
    );
}

#[test]
fn webhooks_are_noted() {
    let members = json!({ "webhooks": { "created": { "post": {} } } });
    let imported = imported(&with(document(json!({ "/a": { "get": {} } })), members));
    assert_eq!(
        imported.report.notes,
        ["the document describes webhooks, which are not imported"]
    );
}
