//! Schemas: references, merging, choices, and the two dialects of `OpenAPI`.

use serde_json::{Value, json};

use crate::support::{action_of, compile, document, imported, skipped, with};

/// The input schema of a member of a body; `schemas` are the document's own.
fn converted(schema: Value, schemas: Value) -> Value {
    let input = input_of("3.1.0", schema, schemas);
    strip_title(input["properties"]["it"].clone())
}

fn old(schema: Value) -> Value {
    let input = input_of("3.0.3", schema, json!({}));
    strip_title(input["properties"]["it"].clone())
}

fn strip_title(mut schema: Value) -> Value {
    schema
        .as_object_mut()
        .unwrap()
        .shift_remove("title")
        .expect("every input has a title");
    schema
}

fn input_of(version: &str, schema: Value, schemas: Value) -> Value {
    action_of(&with(of(schema, schemas), json!({ "openapi": version })))["input"].clone()
}

fn of(schema: Value, schemas: Value) -> Value {
    let body = json!({ "type": "object", "properties": { "it": schema } });
    let content = json!({ "application/json": { "schema": body } });
    let paths = json!({ "/a": { "post": { "requestBody": { "content": content } } } });
    with(
        document(paths),
        json!({ "components": { "schemas": schemas } }),
    )
}

#[test]
fn references_are_written_out_wherever_they_are() {
    let schemas = json!({
        "Alias": { "$ref": "#/components/schemas/a~1b~0c" },
        "a/b~c": { "type": "object", "properties": {
            "owner": { "$ref": "#/components/schemas/Owner" },
        } },
        "Owner": { "type": "string", "enum": ["me", "you"] },
    });
    assert_eq!(
        converted(
            json!({ "$ref": "#/components/schemas/Alias", "description": "Here." }),
            schemas
        ),
        json!({
            "description": "Here.",
            "properties": { "owner": { "enum": ["me", "you"], "type": "string" } },
            "type": "object",
        })
    );
    let path = "#/paths/~1a/post/requestBody/content/application~1json/schema/properties/other";
    let mut document = of(json!({ "$ref": path }), json!({}));
    let body = "/paths/~1a/post/requestBody/content/application~1json/schema/properties";
    document.pointer_mut(body).unwrap()["other"] = json!({ "type": "number" });
    assert_eq!(
        action_of(&document)["input"]["properties"]["it"]["type"],
        "number"
    );
}

#[test]
fn what_refers_to_itself_is_cut_where_it_begins_again() {
    let node = json!({ "type": "object", "properties": {
        "name": { "type": "string" },
        "parent": { "$ref": "#/components/schemas/Node" },
        "children": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } },
    } });
    assert_eq!(
        converted(
            json!({ "$ref": "#/components/schemas/Node" }),
            json!({ "Node": node })
        ),
        json!({
            "properties": {
                "name": { "type": "string" },
                "parent": { "type": "object" },
                "children": { "items": { "type": "object" }, "type": "array" },
            },
            "type": "object",
        })
    );
    let both = json!({
        "A": { "properties": { "b": { "$ref": "#/components/schemas/B" } } },
        "B": { "properties": { "a": { "$ref": "#/components/schemas/A" } } },
    });
    let a = converted(json!({ "$ref": "#/components/schemas/A" }), both);
    assert_eq!(
        a["properties"]["b"]["properties"]["a"],
        json!({ "type": "object" })
    );
    let own = json!({ "Own": { "allOf": [{ "$ref": "#/components/schemas/Own" }] } });
    assert_eq!(
        converted(json!({ "$ref": "#/components/schemas/Own" }), own),
        json!({})
    );
    let ring = json!({ "A": { "$ref": "#/components/schemas/B" }, "B": { "$ref": "#/components/schemas/A" } });
    assert_eq!(
        converted(json!({ "$ref": "#/components/schemas/A" }), ring),
        json!({})
    );
}

#[test]
fn a_thing_used_twice_is_not_taken_for_a_circle() {
    let schemas = json!({ "P": { "type": "object", "properties": { "x": { "type": "number" } } } });
    let p = json!({ "$ref": "#/components/schemas/P" });
    let line = json!({ "type": "object", "properties": { "from": p, "to": p } });
    let line = converted(line, schemas);
    assert_eq!(line["properties"]["from"], line["properties"]["to"]);
    assert_eq!(
        line["properties"]["to"]["properties"]["x"]["type"],
        "number"
    );
}

#[test]
fn references_that_lead_nowhere_end_the_operation() {
    let said = |reference: &str| skipped(&of(json!({ "$ref": reference }), json!({})));
    assert_eq!(
        said("https://acme.example/schemas.json#/Pet"),
        "POST /a: its body: it refers to `https://acme.example/schemas.json#/Pet`, which is outside \
         of the document; bundle the files into one"
    );
    assert_eq!(
        said("#/components/schemas/Lost"),
        "POST /a: its body: it refers to `#/components/schemas/Lost`, which is not in the document"
    );
    assert!(said("#anchor").ends_with("which is not in the document"));
    let parameter = json!({ "parameters": [{ "$ref": "p.yaml" }] });
    let said = skipped(&document(json!({ "/a": { "get": parameter } })));
    assert!(
        said.starts_with("GET /a: one of its parameters: it refers to `p.yaml`"),
        "{said}"
    );
    let said = skipped(&document(json!({ "/a": { "$ref": "paths/a.yaml" } })));
    assert!(
        said.starts_with("/a: its description: it refers to `paths/a.yaml`"),
        "{said}"
    );
}

#[test]
fn all_of_is_merged() {
    let merged = converted(
        json!({
            "allOf": [
                { "$ref": "#/components/schemas/Base" },
                { "type": "object", "required": ["b"], "additionalProperties": false,
                  "properties": { "b": { "type": "integer" }, "a": { "maxLength": 3 } } },
            ],
            "description": "Outermost.",
        }),
        json!({ "Base": { "description": "Base.", "required": ["a"], "additionalProperties": false,
            "properties": { "a": { "type": "string" } } } }),
    );
    assert_eq!(
        merged,
        json!({
            "description": "Outermost.",
            "properties": {
                "a": { "maxLength": 3, "type": "string" },
                "b": { "type": "integer" },
            },
            "required": ["a", "b"],
            "type": "object",
        })
    );
}

#[test]
fn choices_are_kept_and_their_discriminator_is_not() {
    let choice = json!({
        "oneOf": [{ "type": "string" }, { "type": "object", "properties": { "id": { "type": "string" } } }],
        "discriminator": { "propertyName": "kind" },
        "xml": { "name": "x" },
        "x-internal": true,
        "not": { "type": "null" },
    });
    assert_eq!(
        converted(choice, json!({})),
        json!({ "anyOf": [
            { "type": "string" },
            { "properties": { "id": { "type": "string" } }, "type": "object" },
        ] })
    );
    let one = converted(
        json!({ "anyOf": [{ "type": "integer" }, { "type": "null" }] }),
        json!({}),
    );
    assert_eq!(one, json!({ "type": ["integer", "null"] }));
    let demands = json!({ "properties": { "a": {}, "b": {} },
        "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] });
    assert_eq!(converted(demands, json!({}))["anyOf"], Value::Null);
}

#[test]
fn what_3_0_writes_in_its_own_way_is_json_schema_afterwards() {
    assert_eq!(
        old(json!({ "type": "string", "nullable": true, "enum": ["a"], "example": "a" })),
        json!({ "enum": ["a", null], "examples": ["a"], "type": ["string", "null"] })
    );
    assert_eq!(
        old(
            json!({ "type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 9,
            "exclusiveMaximum": false })
        ),
        json!({ "exclusiveMinimum": 0, "maximum": 9, "type": "number" })
    );
    let nullable = json!({ "nullable": true, "oneOf": [{ "type": "string" }, { "type": "array", "items": {} }] });
    assert_eq!(old(nullable)["anyOf"][2], json!({ "type": "null" }));
}

#[test]
fn what_3_1_writes_is_kept() {
    assert_eq!(
        converted(
            json!({ "type": ["string", "null"], "examples": ["x", "y"], "exclusiveMinimum": 1 }),
            json!({})
        ),
        json!({ "examples": ["x"], "exclusiveMinimum": 1, "type": ["string", "null"] })
    );
    assert_eq!(
        converted(json!({ "const": 7 }), json!({})),
        json!({ "const": 7 })
    );
    assert_eq!(
        converted(json!({ "type": "null" }), json!({})),
        json!({ "type": "null" })
    );
    assert_eq!(converted(json!(true), json!({})), json!({}));
}

#[test]
fn limits_hold_for_the_caller() {
    let catalog = compile(&imported(&of(
        json!({ "type": "string", "minLength": 2.0, "pattern": "^a", "format": "date-time" }),
        json!({}),
    )));
    let action = catalog
        .get("acme")
        .unwrap()
        .action("post_a")
        .unwrap()
        .clone();
    let refused = action.check(&json!({ "it": "b" })).unwrap_err();
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(action.check(&json!({})).is_ok());
}

#[test]
fn keywords_that_are_not_what_they_should_be_are_dropped() {
    let nonsense = json!({
        "type": "text", "minLength": -1, "maxLength": "9", "enum": [], "pattern": 5,
        "multipleOf": 0, "required": "yes", "items": "string", "properties": [], "anyOf": {},
        "format": "color", "minimum": "1", "uniqueItems": "no", "additionalProperties": 5,
        "$defs": 5, "$dynamicRef": "#x", "if": 3,
    });
    assert_eq!(converted(nonsense, json!({})), json!({ "type": "object" }));
}

#[test]
fn a_pattern_that_cannot_be_read_is_left_out() {
    let imported = imported(&of(
        json!({ "type": "string", "pattern": "(?<=a+)b(" }),
        json!({}),
    ));
    assert_eq!(imported.report.imported, 1);
    assert!(imported.report.notes[0].contains("patterns of inputs are left out"));
    let it = &imported.actions[0].1["input"]["properties"]["it"];
    assert_eq!(it["pattern"], Value::Null);
}

#[test]
fn enums_of_texts_are_texts_even_where_yaml_read_numbers() {
    let it = converted(
        json!({ "type": "string", "enum": [1, true, "x", "x"] }),
        json!({}),
    );
    assert_eq!(it["enum"], json!(["1", "true", "x"]));
}
