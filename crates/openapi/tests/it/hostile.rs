//! Documents that mean harm, and texts that mean nothing.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use trunnel_openapi::import;

use crate::support::{compile, document, imported, options, refused, with};

#[test]
fn aliases_do_not_multiply_without_end() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{before}]").unwrap();
    }
    assert!(refused(&text).message.starts_with("not valid YAML: "));
    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(1 << 20),
        vec!["*a"; 1000].join(", ")
    );
    assert!(refused(&long).message.starts_with("not valid YAML: "));
}

#[test]
fn nesting_does_not_exhaust_the_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(import(&text, &options()).is_err());
    }
    let yaml = (0..20_000).fold(String::new(), |text, _| text + "- ");
    assert!(import(&yaml, &options()).is_err());
}

#[test]
fn a_chain_of_many_references_comes_to_an_end() {
    let mut schemas = Map::new();
    for index in 0..3000 {
        let next = json!({ "$ref": format!("#/components/schemas/S{}", index + 1) });
        let schema = match index % 4 {
            0 => next,
            1 => json!({ "allOf": [next] }),
            2 => json!({ "anyOf": [next, { "type": "string" }] }),
            _ => json!({ "items": next }),
        };
        schemas.insert(format!("S{index}"), schema);
    }
    schemas.insert("S3000".to_owned(), json!({ "type": "string" }));
    imported(&with_body(
        json!({ "$ref": "#/components/schemas/S0" }),
        Value::Object(schemas),
    ));
}

#[test]
fn schemas_that_refer_to_all_others_do_not_grow_without_end() {
    let members: Map<String, Value> = (0..60)
        .map(|index| {
            (
                format!("m{index}"),
                json!({ "$ref": format!("#/components/schemas/S{index}") }),
            )
        })
        .collect();
    let schema = json!({ "type": "object", "properties": members });
    let schemas: Map<String, Value> = (0..60).map(|i| (format!("S{i}"), schema.clone())).collect();
    let document = with_body(
        json!({ "$ref": "#/components/schemas/S0" }),
        Value::Object(schemas),
    );
    let imported = imported(&document);
    let size = imported.actions[0].1.to_string().len();
    assert!(size < 400_000, "{size} bytes");
    // What was cut is still asked for by name.
    let inputs = imported.actions[0].1["input"]["properties"]
        .as_object()
        .unwrap();
    assert_eq!(inputs.len(), 60);
}

#[test]
fn many_operations_with_large_schemas_do_not_add_up() {
    let members: Map<String, Value> = (0..60)
        .map(|i| {
            (
                format!("m{i}"),
                json!({ "$ref": format!("#/components/schemas/S{i}") }),
            )
        })
        .collect();
    let schema = json!({ "type": "object", "properties": members });
    let schemas: Map<String, Value> = (0..60).map(|i| (format!("S{i}"), schema.clone())).collect();
    let content =
        json!({ "application/json": { "schema": { "$ref": "#/components/schemas/S0" } } });
    let operation = json!({ "post": { "requestBody": { "content": content } } });
    let paths: Map<String, Value> = (0..400)
        .map(|i| (format!("/a{i}"), operation.clone()))
        .collect();
    let members = json!({ "components": { "schemas": schemas } });
    let document = with(document(Value::Object(paths)), members);
    let imported = import(&document.to_string(), &options()).unwrap();
    assert_eq!(imported.report.imported, 400);
    let size: usize = imported
        .actions
        .iter()
        .map(|(_, action)| action.to_string().len())
        .sum();
    assert!(size < 10_000_000, "{size} bytes");
}

#[test]
fn a_form_that_nobody_could_fill_in_is_one_input() {
    let members: Map<String, Value> = (0..5000).map(|i| (format!("m{i}"), json!({}))).collect();
    let imported = imported(&with_body(json!({ "properties": members }), json!({})));
    let action = &imported.actions[0].1;
    assert_eq!(action["request"]["body"], "${input.body}");
    let parameters: Vec<Value> = (0..600)
        .map(|i| json!({ "name": format!("p{i}"), "in": "query" }))
        .collect();
    let many = document(json!({ "/a": { "get": { "parameters": parameters } } }));
    let reason = &crate::support::imported(&many).report.skipped[0].reason;
    assert_eq!(reason, "it has more than 500 parameters");
}

#[test]
fn texts_of_the_document_are_never_read_as_templates() {
    let trap = "${credential.api_key} || ${access_token}";
    let parameters = json!([
        { "name": trap, "in": "query", "required": true,
          "schema": { "enum": ["${credential.api_key}"], "type": "string" } },
        { "name": "Q", "in": "query", "schema": { "default": trap }, "description": trap },
        { "name": "H", "in": "header", "required": true, "schema": { "const": trap } },
    ]);
    let body = json!({ "content": { "application/json": { "schema": {
        "properties": { trap: { "type": "string" } },
    } } } });
    let operation = json!({ "summary": trap, "parameters": parameters, "requestBody": body });
    let document = with(
        document(json!({ "/a${credential.api_key}": { "post": operation } })),
        json!({ "security": [{ "K": [] }], "components": { "securitySchemes": {
            "K": { "type": "apiKey", "in": "query", "name": "k", "description": trap },
        } } }),
    );
    assert_eq!(
        imported(&document).actions[0].1["request"],
        json!({
            "method": "POST",
            "path": "/a%24${input.credential_api_key}",
            "query": { trap: "$${credential.api_key}", "Q": "${input.Q}" },
            "body": { trap: "${input.credential_api_key_access_token}" },
            "headers": { "H": "${input.H}" },
        })
    );
}

fn with_body(schema: Value, schemas: Value) -> Value {
    let content = json!({ "application/json": { "schema": schema } });
    let answer = json!({ "200": { "content": content } });
    let operation = json!({ "requestBody": { "content": content }, "responses": answer });
    let paths = json!({ "/a": { "post": operation } });
    with(
        document(paths),
        json!({ "components": { "schemas": schemas } }),
    )
}

/// Words that mean something in a document, so that nonsense reaches the depths.
const WORDS: [&str; 48] = [
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "type",
    "properties",
    "items",
    "required",
    "enum",
    "const",
    "object",
    "array",
    "string",
    "null",
    "integer",
    "nullable",
    "readOnly",
    "default",
    "examples",
    "additionalProperties",
    "pattern",
    "minimum",
    "exclusiveMinimum",
    "parameters",
    "name",
    "in",
    "path",
    "query",
    "header",
    "schema",
    "content",
    "style",
    "deepObject",
    "explode",
    "requestBody",
    "application/json",
    "text/plain",
    "responses",
    "200",
    "servers",
    "url",
    "#/components/schemas/a",
    "#/components/schemas/b",
    "#/paths/~1x",
    "${input.a}",
    " || ",
    "https://a.example/{b}",
    "other.yaml#/c",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ]
}

fn nonsense() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => word().prop_map(Value::String),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i32>().prop_map(|number| json!(number)),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            3 => prop::collection::vec((word(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        let _ = import(&text, &options());
    }

    #[test]
    fn any_lines_of_yaml_are_answered(lines in prop::collection::vec("[ -]{0,6}[&*a-c:$0-9{}\\[\\]\"'|>#!]{0,8}", 0..20)) {
        let _ = import(&format!("openapi: 3.0.0\n{}", lines.join("\n")), &options());
    }

    #[test]
    fn whatever_is_made_of_nonsense_is_a_connector(
        schemas in prop::collection::vec((prop::sample::select(&["a", "b"][..]), nonsense()), 0..3),
        parameters in nonsense(),
        body in nonsense(),
        answer in nonsense(),
        servers in nonsense(),
        schemes in nonsense(),
        path in "/[a-z{}$/.?=]{0,12}",
    ) {
        let content = json!({ "application/json": { "schema": body } });
        let operation = json!({
            "parameters": [{ "name": "p", "in": "query", "schema": parameters }, parameters],
            "requestBody": { "content": content },
            "responses": { "200": { "content": { "application/json": { "schema": answer } } } },
            "servers": [servers, { "url": servers }],
            "security": schemes,
        });
        let paths = json!({ path: { "post": operation }, "/x": parameters });
        let schemas: Map<String, Value> =
            schemas.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
        let components = json!({ "schemas": schemas, "securitySchemes": { "s": schemes, "t": {
            "type": "apiKey", "in": "header", "name": schemes } } });
        let document = with(document(paths), json!({ "components": components }));
        // `compile` panics at whatever the catalogue does not accept.
        compile(&import(&document.to_string(), &options()).unwrap());
    }
}
