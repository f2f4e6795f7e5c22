//! From a document to the request that leaves in the end.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trunnel_catalog::access::{Access, Moment};
use trunnel_catalog::{Credential, Instance, action_request};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use crate::support::{compile, document, imported, object, with};

/// Method, URL and body of a call of the document's one action.
fn sent(document: &Value, id: &str, input: Value) -> HttpRequest {
    let catalog = compile(&imported(document));
    let connector = catalog.get("acme").unwrap();
    let action = connector.action(id).unwrap();
    action.check(&input).unwrap();
    let url: url::Url = "http://localhost:8080".parse().unwrap();
    let instance = Instance {
        url: url.clone(),
        public_url: url,
    };
    let values = BTreeMap::from([("api_key".to_owned(), Secret::new("k-1".to_owned()))]);
    let access = Access {
        connector,
        option: connector.option("keybased").unwrap(),
        instance: &instance,
        fields: &object(json!({ "zone": "eu" })),
        credential: Credential {
            values: Some(&values),
            ..Credential::default()
        },
        moment: Moment {
            now: Timestamp::from_millis(0),
            random: "0123456789abcdef0123456789abcdef",
        },
    };
    action_request(&access, action, &object(input), None).unwrap()
}

fn acme(paths: Value) -> Value {
    with(
        document(paths),
        json!({
            "servers": [{ "url": "https://{zone}.acme.example/v1", "variables": {
                "zone": { "default": "us", "enum": ["us", "eu"] },
            } }],
            "security": [{ "key": [] }],
            "components": { "securitySchemes": {
                "key": { "type": "apiKey", "in": "header", "name": "X-Key" },
            } },
        }),
    )
}

#[test]
fn everything_of_an_operation_is_in_its_request() {
    let schema = json!({ "required": ["id"], "properties": {
        "id": { "type": "integer" },
        "display.name": { "type": "string" },
        "left_out": { "type": "string" },
    } });
    let document = acme(json!({ "/things/{id}": { "put": {
        "operationId": "replaceThing",
        "parameters": [
            { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
            { "name": "tag", "in": "query",
              "schema": { "type": "array", "items": { "type": "string" } } },
            { "name": "created", "in": "query", "style": "deepObject", "schema": {
                "type": "object", "properties": { "gte": { "type": "integer" } } } },
            { "name": "X-Trace", "in": "header", "schema": { "type": "integer" } },
        ],
        "requestBody": { "content": { "application/merge-patch+json": { "schema": schema } } },
    } } }));
    let request = sent(
        &document,
        "replace_thing",
        json!({
            "id": "a/b", "tag": ["x", "y z"], "created": { "gte": 5 }, "X-Trace": 7,
            "body_id": 3, "display_name": "Ada",
        }),
    );
    assert_eq!(request.method, "PUT");
    assert_eq!(
        request.url.as_str(),
        "https://eu.acme.example/v1/things/a%2Fb?tag=x&tag=y%20z&created%5Bgte%5D=5"
    );
    assert_eq!(request.headers["x-key"], "k-1");
    assert_eq!(request.headers["x-trace"], "7");
    assert_eq!(
        request.headers["content-type"],
        "application/merge-patch+json"
    );
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, json!({ "id": 3, "display.name": "Ada" }));
}

#[test]
fn forms_and_texts_are_written_as_such() {
    let members = json!({ "schema": { "properties": {
        "to": { "type": "string" },
        "meta": { "type": "object", "properties": { "a": { "type": "string" } } },
    } } });
    let body = |content: Value| json!({ "post": { "requestBody": { "content": content } } });
    let document = acme(json!({
        "/form": body(json!({ "application/x-www-form-urlencoded": members })),
        "/text": body(json!({ "text/markdown": {} })),
    }));
    let form = sent(
        &document,
        "post_form",
        json!({ "to": "a&b", "meta": { "a": "1" } }),
    );
    assert_eq!(form.body, "to=a%26b&meta%5Ba%5D=1");
    assert_eq!(
        form.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    let text = sent(&document, "post_text", json!({ "body": "# Hello" }));
    assert_eq!(text.body, "# Hello");
    assert_eq!(text.headers["content-type"], "text/markdown");
}
