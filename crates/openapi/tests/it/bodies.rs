//! What is sent, and what is said about the answer.

use serde_json::{Value, json};

use crate::support::{action, action_of, document, imported, skipped};

fn body(content: Value) -> Value {
    json!({ "requestBody": { "content": content } })
}

fn json_body(schema: Value) -> Value {
    body(json!({ "application/json": { "schema": schema } }))
}

#[test]
fn members_of_a_body_are_inputs_of_their_own() {
    let action = action(
        "post",
        json_body(json!({
            "type": "object",
            "required": ["firstName", "id"],
            "properties": {
                "id": { "type": "integer", "readOnly": true },
                "firstName": { "type": "string" },
                "address.city": { "type": "string" },
                "tags": { "type": "array", "items": { "type": "string" } },
            },
        })),
    );
    assert_eq!(
        action["request"]["body"],
        json!({
            "firstName": "${input.firstName}",
            "address.city": "${input.address_city}",
            "tags": "${input.tags}",
        })
    );
    assert_eq!(action["input"]["required"], json!(["firstName"]));
    assert_eq!(
        action["input"]["properties"]["firstName"]["title"],
        "First name"
    );
    assert_eq!(action["request"]["body_type"], Value::Null);
}

#[test]
fn a_member_called_like_a_parameter_is_told_apart() {
    let path = json!([{ "name": "id", "in": "path", "required": true, "schema": {} }]);
    let mut operation = json_body(json!({ "properties": {
        "id": { "type": "string" }, "body_id": { "type": "string" },
    } }));
    operation["parameters"] = path;
    let action = action_of(&document(json!({ "/things/{id}": { "put": operation } })));
    assert_eq!(
        action["request"],
        json!({
            "method": "PUT",
            "path": "/things/${input.id}",
            "body": { "id": "${input.body_id}", "body_id": "${input.body_body_id}" },
        })
    );
}

#[test]
fn a_body_that_is_no_plain_object_is_one_input() {
    let list = action(
        "post",
        json_body(json!({ "type": "array", "items": { "type": "string" } })),
    );
    assert_eq!(list["request"]["body"], "${input.body}");
    assert_eq!(
        list["input"]["properties"]["body"]["items"]["type"],
        "string"
    );
    assert_eq!(list["input"]["required"], json!(["body"]));
    let choice = action(
        "post",
        json_body(json!({ "oneOf": [
        { "type": "object", "properties": { "card": { "type": "string" } } },
        { "type": "object", "properties": { "bank": { "type": "string" } } },
    ] })),
    );
    let variants = choice["input"]["properties"]["body"]["anyOf"]
        .as_array()
        .unwrap();
    assert_eq!(variants.len(), 2);
    let free = action("post", json_body(json!({ "type": "object" })));
    assert_eq!(free["request"]["body"], "${input.body}");
}

#[test]
fn a_body_that_need_not_be_given_requires_nothing() {
    let schema = json!({ "required": ["a"], "properties": { "a": { "type": "string" } } });
    let mut operation = json_body(schema);
    let asked = action("post", operation.clone());
    assert_eq!(asked["input"]["required"], json!(["a"]));
    operation["requestBody"]["required"] = json!(false);
    assert_eq!(action("post", operation)["input"]["required"], Value::Null);
}

#[test]
fn json_is_preferred_and_other_kinds_are_named() {
    let schema = json!({ "properties": { "a": { "type": "string" } } });
    let media = json!({ "schema": schema });
    let both = action(
        "post",
        body(json!({
            "application/x-www-form-urlencoded": media, "application/json; charset=utf-8": media,
        })),
    );
    assert_eq!(both["request"]["body_type"], Value::Null);
    assert_eq!(both["request"]["headers"], Value::Null);
    let form = action(
        "post",
        body(json!({ "application/x-www-form-urlencoded": media })),
    );
    assert_eq!(form["request"]["body_type"], "form");
    assert_eq!(form["request"]["body"], json!({ "a": "${input.a}" }));
    let patch = action(
        "patch",
        body(json!({ "application/merge-patch+json": media })),
    );
    let header = json!({ "Content-Type": "application/merge-patch+json" });
    assert_eq!(patch["request"]["headers"], header);
    let text = action(
        "post",
        body(json!({ "text/plain": { "schema": { "type": "string" } } })),
    );
    assert_eq!(text["request"]["body"], "${input.body}");
    assert_eq!(text["request"]["body_type"], "form");
    assert_eq!(
        text["request"]["headers"],
        json!({ "Content-Type": "text/plain" })
    );
}

#[test]
fn files_cannot_be_sent() {
    let said = |content: Value| skipped(&document(json!({ "/a": { "post": body(content) } })));
    assert_eq!(
        said(json!({ "multipart/form-data": {} })),
        "POST /a: its body is multipart/form-data, and only JSON, forms and texts can be sent"
    );
    assert_eq!(
        said(json!({ "application/octet-stream": {}, "image/png": {} })),
        "POST /a: its body is application/octet-stream, image/png, and only JSON, forms and texts \
         can be sent"
    );
}

#[test]
fn a_get_has_no_body() {
    let mut operation = json_body(json!({ "properties": { "a": {} } }));
    let document_of = |operation: &Value| document(json!({ "/a": { "get": operation } }));
    let imported = imported(&document_of(&operation));
    assert_eq!(imported.actions[0].1["request"]["body"], Value::Null);
    let note = "GET /a: the body is left out, since a GET or HEAD has none";
    assert_eq!(imported.report.notes, [note]);
    operation["requestBody"]["required"] = json!(true);
    let said = skipped(&document_of(&operation));
    assert_eq!(said, "GET /a: it needs a body, which a GET cannot have");
    let delete = json_body(json!({ "properties": { "a": {} } }));
    assert_eq!(
        action("delete", delete)["request"]["body"],
        json!({ "a": "${input.a}" })
    );
}

#[test]
fn members_that_are_not_listed_are_noted() {
    let schema = json!({ "properties": { "a": {} }, "additionalProperties": true });
    let imported = imported(&document(json!({ "/a": { "post": json_body(schema) } })));
    assert!(
        imported.report.notes[0].contains("does not list"),
        "{:?}",
        imported.report.notes
    );
}

fn answering(responses: Value) -> Value {
    action("get", json!({ "responses": responses }))
}

#[test]
fn the_output_is_the_first_good_answer_two_levels_deep() {
    let deep = json!({ "type": "object", "required": ["a"], "properties": {
        "a": { "type": "object", "additionalProperties": false, "properties": {
            "b": { "type": "object", "properties": { "c": { "type": "string" } } },
            "secret": { "type": "string", "writeOnly": true },
            "n": { "type": "integer", "minimum": 3 },
        } },
    } });
    let content = json!({ "application/json": { "schema": deep } });
    let action = answering(json!({
        "404": { "content": { "application/json": { "schema": { "type": "string" } } } },
        "2XX": { "content": { "application/json": { "schema": { "type": "boolean" } } } },
        "201": { "content": content },
        "200": { "description": "Nothing." },
    }));
    assert_eq!(
        action["output"],
        json!({
            "properties": { "a": {
                "properties": { "b": { "type": "object" }, "n": { "type": "integer" } },
                "type": "object",
            } },
            "type": "object",
        })
    );
}

#[test]
fn lists_of_objects_show_what_is_in_them() {
    let item = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
    let schema = json!({ "type": "array", "items": item });
    let content = json!({ "application/json": { "schema": schema } });
    let action = answering(json!({ "200": { "content": content } }));
    assert_eq!(
        action["output"]["items"]["properties"]["id"]["type"],
        "string"
    );
}

#[test]
fn what_is_not_plain_json_is_asked_for() {
    let csv = answering(json!({ "200": { "content": { "text/csv": {} } } }));
    assert_eq!(csv["request"]["headers"], json!({ "Accept": "text/csv" }));
    assert_eq!(csv["output"], Value::Null);
    let schema = json!({ "schema": { "type": "object" } });
    let api = answering(json!({ "200": { "content": { "application/vnd.api+json": schema } } }));
    assert_eq!(
        api["request"]["headers"],
        json!({ "Accept": "application/vnd.api+json" })
    );
    assert_eq!(api["output"], json!({ "type": "object" }));
    let both = answering(json!({ "200": { "content": {
        "application/vnd.api+json": schema, "application/json": schema,
    } } }));
    assert_eq!(both["request"]["headers"], Value::Null);
}

#[test]
fn an_answer_that_cannot_be_described_is_no_loss() {
    let schema = json!({ "$ref": "other.yaml#/Pet" });
    let operation = json!({ "responses": { "200": {
        "content": { "application/json": { "schema": schema } },
    } } });
    let imported = imported(&document(json!({ "/a": { "get": operation } })));
    assert_eq!(imported.report.imported, 1);
    assert_eq!(
        imported.report.notes,
        [
            "GET /a: the form of the answer is left out: it refers to `other.yaml#/Pet`, which is \
          outside of the document; bundle the files into one"
        ]
    );
}
