//! Parameters in path, query, headers and cookies.

use serde_json::{Value, json};

use crate::support::{action, action_of, document, imported, skipped, with};

/// The action of `GET /things` with one parameter.
fn with_one(parameter: Value) -> Value {
    action("get", json!({ "parameters": [parameter] }))
}

fn in_query(name: &str, members: Value) -> Value {
    with_one(with(json!({ "name": name, "in": "query" }), members))
}

#[test]
fn each_parameter_is_an_input_in_its_place() {
    let action = action_of(&document(
        json!({ "/things/{thingId}": { "get": { "parameters": [
        { "name": "X-Trace", "in": "header", "schema": { "type": "string" } },
        { "name": "limit", "in": "query", "required": true, "description": "How many.",
          "example": 10, "schema": { "type": "integer", "maximum": 100 } },
        { "name": "thingId", "in": "path", "required": true, "schema": { "type": "string" } },
    ] } } }),
    ));
    assert_eq!(
        action["input"],
        json!({
            "type": "object",
            "required": ["thingId", "limit"],
            "properties": {
                "thingId": { "title": "Thing ID", "type": "string" },
                "X-Trace": { "title": "X trace", "type": "string" },
                "limit": {
                    "title": "Limit", "maximum": 100, "type": "integer",
                    "description": "How many.", "examples": [10],
                },
            },
        })
    );
    assert_eq!(
        action["request"],
        json!({
            "method": "GET",
            "path": "/things/${input.thingId}",
            "query": { "limit": "${input.limit}" },
            "headers": { "X-Trace": "${input.X-Trace}" },
        })
    );
}

#[test]
fn those_of_the_path_hold_unless_the_operation_has_its_own() {
    let action = action_of(&document(json!({ "/things/{id}": {
        "parameters": [
            { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
            { "name": "page", "in": "query", "schema": { "type": "string" } },
        ],
        "get": { "parameters": [
            { "name": "page", "in": "query", "schema": { "type": "integer" } },
        ] },
    } })));
    let properties = &action["input"]["properties"];
    assert_eq!(properties["id"]["type"], "string");
    assert_eq!(properties["page"]["type"], "integer");
    assert_eq!(properties.as_object().unwrap().len(), 2);
}

#[test]
fn a_name_in_the_path_that_nothing_describes_is_asked_for() {
    let action = action_of(&document(json!({ "/{a}/{b:[0-9]+}/{c+}": { "get": {} } })));
    assert_eq!(
        action["request"]["path"],
        "/${input.a}/${input.b}/${input.c}"
    );
    assert_eq!(action["input"]["required"], json!(["a", "b", "c"]));
}

#[test]
fn names_that_no_placeholder_can_hold_are_written_in_another_way() {
    let action = action(
        "get",
        json!({ "parameters": [
        { "name": "filter.by", "in": "query", "schema": { "type": "string" } },
        { "name": "$top", "in": "query", "schema": { "type": "integer" } },
        { "name": "filter_by", "in": "query", "schema": { "type": "string" } },
    ] }),
    );
    assert_eq!(
        action["request"]["query"],
        json!({
            "filter.by": "${input.filter_by}",
            "$top": "${input.top}",
            "filter_by": "${input.query_filter_by}",
        })
    );
}

#[test]
fn lists_in_a_query_repeat_their_name_or_are_one_text() {
    let list = json!({ "type": "array", "items": { "type": "string", "enum": ["a", "b"] } });
    let exploded = in_query("tag", json!({ "schema": list }));
    assert_eq!(exploded["input"]["properties"]["tag"]["type"], "array");
    assert_eq!(
        exploded["request"]["query"],
        json!({ "tag": "${input.tag}" })
    );
    for (style, word) in [
        ("form", "commas"),
        ("pipeDelimited", "`|`"),
        ("spaceDelimited", "blanks"),
    ] {
        let one = in_query(
            "tag",
            json!({ "schema": list, "style": style, "explode": false }),
        );
        let tag = &one["input"]["properties"]["tag"];
        assert_eq!(tag["type"], "string", "{style}");
        let said = format!("Several values are separated by {word}. There are: a, b.");
        assert_eq!(tag["description"], said);
    }
    let deep = in_query("expand", json!({ "schema": list, "style": "deepObject" }));
    assert_eq!(
        deep["request"]["query"],
        json!({ "expand[]": "${input.expand}" })
    );
}

#[test]
fn objects_in_a_query_become_an_entry_for_each_member() {
    let created = json!({
        "type": "object",
        "required": ["gte"],
        "properties": {
            "gte": { "type": "integer" },
            "by.whom": { "type": "object", "properties": { "id": { "type": "string" } } },
        },
    });
    let deep = in_query(
        "created",
        json!({ "style": "deepObject", "schema": created }),
    );
    assert_eq!(
        deep["request"]["query"],
        json!({
            "created[gte]": "${input.created.gte}",
            "created[by.whom][id]": "${input.created.by_whom.id}",
        })
    );
    let created = &deep["input"]["properties"]["created"];
    assert_eq!(created["required"], json!(["gte"]));
    assert!(created["properties"]["by_whom"].is_object());
    let spread = in_query(
        "where",
        json!({ "schema": {
        "type": "object", "properties": { "city": { "type": "string" } },
    } }),
    );
    assert_eq!(
        spread["request"]["query"],
        json!({ "city": "${input.where.city}" })
    );
}

#[test]
fn of_a_number_or_an_object_the_object_is_kept() {
    let range = json!({ "anyOf": [
        { "type": "object", "properties": { "lt": { "type": "integer" } } },
        { "type": "integer" },
    ] });
    let action = in_query("created", json!({ "style": "deepObject", "schema": range }));
    assert_eq!(
        action["request"]["query"],
        json!({ "created[lt]": "${input.created.lt}" })
    );
    assert_eq!(action["input"]["properties"]["created"]["type"], "object");
}

#[test]
fn content_is_a_text_of_json() {
    let schema = json!({ "type": "object", "properties": { "a": {} } });
    let content = json!({ "content": { "application/json": { "schema": schema } } });
    let action = in_query(
        "filter",
        with(content, json!({ "description": "What to find." })),
    );
    let filter = &action["input"]["properties"]["filter"];
    assert_eq!(filter["type"], "string");
    assert_eq!(filter["description"], "What to find. Written as JSON.");
}

#[test]
fn what_no_query_can_hold_is_left_out_or_the_end_of_the_operation() {
    let free = json!({ "name": "where", "in": "query", "style": "deepObject",
        "schema": { "type": "object" } });
    let optional = imported(&document(
        json!({ "/a": { "get": { "parameters": [free] } } }),
    ));
    assert_eq!(
        optional.report.notes,
        ["GET /a: the parameter `where` is left out: its form cannot be written into a query"]
    );
    let required = with(free, json!({ "required": true }));
    assert_eq!(
        skipped(&document(
            json!({ "/a": { "get": { "parameters": [required] } } })
        )),
        "GET /a: its parameter `where` is required, and its form cannot be written into a query"
    );
}

#[test]
fn cookies_are_left_out_with_one_note_for_all() {
    let cookie = json!({ "parameters": [{ "name": "sid", "in": "cookie", "required": true }] });
    let paths = json!({ "/a": { "get": cookie }, "/b": { "get": cookie, "put": cookie } });
    let imported = imported(&document(paths));
    assert_eq!(imported.report.imported, 3);
    assert_eq!(
        imported.report.notes,
        ["GET /a and 2 more: the cookie `sid` is left out"]
    );
}

#[test]
fn headers_of_the_connection_are_nobodys_input() {
    let names = [
        "Accept",
        "authorization",
        "Content-Type",
        "X-Acme-Key",
        "Idempotency-Key",
    ];
    let parameters: Vec<Value> = names
        .iter()
        .map(|name| json!({ "name": name, "in": "header", "required": true }))
        .collect();
    let document = with(
        document(json!({ "/a": { "post": { "parameters": parameters } } })),
        json!({
            "security": [{ "key": [] }],
            "components": { "securitySchemes": {
                "key": { "type": "apiKey", "in": "header", "name": "x-acme-key" },
            } },
        }),
    );
    let action = action_of(&document);
    assert_eq!(action["input"]["properties"], json!({}));
    assert_eq!(action["request"]["headers"], Value::Null);
    assert_eq!(action["idempotency_header"], "Idempotency-Key");
}

#[test]
fn what_can_only_have_one_value_is_not_asked_for() {
    let version = json!({ "type": "string", "enum": ["2024-01-01 ${x}"] });
    let action = action(
        "get",
        json!({ "parameters": [
        { "name": "Acme-Version", "in": "header", "required": true, "schema": version },
        { "name": "format", "in": "query", "required": true, "schema": { "const": "json" } },
        { "name": "pretty", "in": "query", "schema": { "const": "yes" } },
    ] }),
    );
    let headers = json!({ "Acme-Version": "2024-01-01 $${x}" });
    assert_eq!(action["request"]["headers"], headers);
    let query = json!({ "format": "json", "pretty": "${input.pretty}" });
    assert_eq!(action["request"]["query"], query);
}

#[test]
fn label_and_matrix_styles_are_written_out() {
    let parameter = |name: &str, style: &str| {
        let schema = json!({ "type": "array", "items": { "type": "string" } });
        json!({ "name": name, "in": "path", "required": true, "style": style, "schema": schema })
    };
    let parameters = json!([
        parameter("a", "label"),
        parameter("b", "matrix"),
        parameter("c", "simple")
    ]);
    let action = action_of(&document(
        json!({ "/x/{a}/{b}/{c}": { "get": { "parameters": parameters } } }),
    ));
    assert_eq!(
        action["request"]["path"],
        "/x/.${input.a}/;b=${input.b}/${input.c}"
    );
    assert_eq!(action["input"]["properties"]["a"]["type"], "string");
}

#[test]
fn a_fixed_query_in_the_path_is_kept() {
    let action = action_of(&document(json!({ "/x?kind=a&all": { "get": {} } })));
    assert_eq!(action["request"]["path"], "/x");
    assert_eq!(
        action["request"]["query"],
        json!({ "kind": "a", "all": "" })
    );
}

#[test]
fn paths_that_no_request_can_have_are_skipped() {
    for (path, why) in [
        ("/a/#X-Target=b", "holds a `#`, which is never sent"),
        ("/a/{b", "has a `{` that is never closed"),
        ("/a b", "holds a character that no path has"),
        ("/a//b", "has an empty, `.` or `..` segment"),
        ("/a/../b", "has an empty, `.` or `..` segment"),
        (
            "/a?b={c}",
            "has parameters in its query; describe them as `in: query`",
        ),
    ] {
        let said = skipped(&document(json!({ path: { "get": {} } })));
        assert_eq!(said, format!("GET {path}: its path `{path}` {why}"));
    }
}

#[test]
fn references_to_parameters_are_followed() {
    let document = with(
        document(json!({
            "/a~b/{id}": { "parameters": [{ "$ref": "#/components/parameters/Id" }], "get": {} },
        })),
        json!({ "components": { "parameters": {
            "Id": { "$ref": "#/components/parameters/Real~1Id" },
            "Real/Id": { "name": "id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id%20x" } },
        }, "schemas": { "Id x": { "type": "integer" } } } }),
    );
    assert_eq!(
        action_of(&document)["input"]["properties"]["id"]["type"],
        "integer"
    );
}
