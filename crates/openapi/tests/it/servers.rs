//! Where the API is.

use serde_json::{Value, json};
use trunnel_openapi::{Imported, Options, import};

use crate::support::{action_of, compile, document, imported, options, refused, with};

fn on(servers: Value) -> Value {
    with(
        document(json!({ "/a": { "get": {} } })),
        json!({ "servers": servers }),
    )
}

fn from(document: &Value, source: &str) -> Imported {
    let options = Options {
        source_url: Some(source.parse().unwrap()),
        ..options()
    };
    let imported = import(&document.to_string(), &options).unwrap();
    compile(&imported);
    imported
}

fn base_url(server: Value) -> (String, Value) {
    let connector = imported(&on(json!([server]))).connector;
    (
        connector["base_url"].as_str().unwrap().to_owned(),
        connector["fields"].clone(),
    )
}

#[test]
fn variables_are_fields_of_the_connection() {
    let (url, fields) = base_url(json!({
        "url": "https://{region}.acme.example/{tenant-id}/",
        "variables": {
            "region": { "default": "us", "enum": ["eu", "us"], "description": "Where it is." },
            "tenant-id": {},
        },
    }));
    assert_eq!(
        url,
        "https://${field.region}.acme.example/${field.tenant-id}"
    );
    assert_eq!(
        fields,
        json!([
            { "name": "region", "label": "Region", "help": "Where it is.", "example": "us",
              "options": ["us", "eu"] },
            { "name": "tenant-id", "label": "Tenant ID" },
        ])
    );
}

#[test]
fn a_default_stands_where_nobody_gives_a_value() {
    let (url, fields) = base_url(json!({
        "url": "https://api.acme.example:{port}/{version}",
        "variables": { "version": { "default": "v2" }, "port": { "default": 443 } },
    }));
    let expected =
        "https://api.acme.example:443/${field.version} || https://api.acme.example:443/v2";
    assert_eq!(url, expected);
    assert_eq!(fields[0]["required"], false);
    let (url, fields) = base_url(json!({
        "url": "https://{domain}.acme.example",
        "variables": { "domain": { "default": "your-domain" } },
    }));
    // Whose host it is must be said; nobody's calls go to the example.
    assert_eq!(url, "https://${field.domain}.acme.example");
    assert_eq!(fields[0]["required"], Value::Null);
    assert_eq!(fields[0]["example"], "your-domain");
    assert_eq!(fields[0]["pattern"], "^[A-Za-z0-9.-]+$");
}

#[test]
fn what_leaves_no_choice_is_no_field() {
    let (url, fields) = base_url(json!({
        "url": "{scheme}://api.acme.example/{base}/{path}",
        "variables": {
            "scheme": { "default": "http", "enum": ["http", "https"] },
            "base": { "enum": ["v1"] },
            "path": { "default": "a/b" },
        },
    }));
    assert_eq!(url, "https://api.acme.example/v1/a/b");
    assert_eq!(fields, Value::Null);
}

#[test]
fn a_whole_address_can_be_a_field() {
    let (url, fields) = base_url(json!({
        "url": "{baseUrl}/api",
        "variables": { "baseUrl": { "default": "https://acme.example" } },
    }));
    assert_eq!(url, "${field.baseUrl}/api");
    assert_eq!(fields[0]["example"], "https://acme.example");
}

#[test]
fn an_encrypted_server_is_chosen_and_the_others_are_noted() {
    let imported = imported(&on(json!([
        { "url": "ftp://acme.example" },
        { "url": "http://acme.example" },
        { "url": "https://acme.example/?x=1" },
    ])));
    assert_eq!(imported.connector["base_url"], "https://acme.example");
    assert_eq!(
        imported.report.notes,
        ["the document names 2 more servers; calls go to `https://acme.example`"]
    );
}

#[test]
fn a_server_without_encryption_is_noted() {
    let imported = imported(&on(json!([{ "url": "http://acme.example" }])));
    assert!(
        imported.report.notes[0].contains("are not encrypted"),
        "{:?}",
        imported.report.notes
    );
}

#[test]
fn relative_addresses_are_relative_to_the_document() {
    let at = |url: &str| {
        let imported = from(
            &on(json!([{ "url": url }])),
            "https://acme.example/docs/v2/openapi.json",
        );
        imported.connector["base_url"].as_str().unwrap().to_owned()
    };
    assert_eq!(at("/api/v1"), "https://acme.example/api/v1");
    assert_eq!(at("../v3"), "https://acme.example/docs/v3");
    assert_eq!(at("//other.example/x"), "https://other.example/x");
    assert_eq!(at("/{Tenant}/x"), "https://acme.example/${field.Tenant}/x");
    let mut without = on(json!([]));
    assert_eq!(
        from(&without, "https://acme.example/x.json").connector["base_url"],
        "https://acme.example"
    );
    without.as_object_mut().unwrap().shift_remove("servers");
    let said = refused(&without.to_string()).to_string();
    assert!(
        said.starts_with("servers: the document does not say where the API is; add"),
        "{said}"
    );
    let said = refused(&on(json!([{ "url": "/api" }])).to_string()).to_string();
    assert!(
        said.starts_with("servers: none is an http(s) address that can be called"),
        "{said}"
    );
}

#[test]
fn an_operation_can_be_elsewhere() {
    let action = action_of(&document(json!({ "/files/{id}": { "post": {
        "servers": [{ "url": "https://{zone}.uploads.acme.example/v1", "variables": {
            "zone": { "default": "a", "enum": ["a", "b"] },
        } }],
    } } })));
    let url = "https://${field.zone}.uploads.acme.example/v1/files/${input.id}";
    assert_eq!(action["request"], json!({ "method": "POST", "url": url }));
}

#[test]
fn addresses_that_could_mislead_are_no_servers() {
    for url in [
        "https://user:pass@acme.example",
        "https://acme.example/${field.x}",
        "https://acme.example/{open",
        "{host}:{port}/v1",
        "javascript:alert(1)",
        "https://",
        "https://acme.example || https://evil.example",
        "",
    ] {
        let said = refused(&on(json!([{ "url": url }])).to_string()).to_string();
        assert!(said.starts_with("servers: "), "{url}: {said}");
    }
}

#[test]
fn an_operations_own_server_may_have_a_default_too() {
    let own = |servers: Value| {
        let paths = json!({ "/files/{id}": { "get": { "servers": servers } } });
        imported(&document(paths))
    };
    let optional = own(
        json!([{ "url": "https://files.acme.example/{version}", "variables": {
        "version": { "default": "v1" },
    } }]),
    );
    let expected = "https://files.acme.example/${field.version}/files/${input.id} || \
                    https://files.acme.example/v1/files/${input.id}";
    assert_eq!(optional.actions[0].1["request"]["url"], expected);
    let same = own(json!([{ "url": "https://api.acme.example/v1/" }]));
    assert_eq!(same.actions[0].1["request"]["path"], "/files/${input.id}");
    let relative = own(json!([{ "url": "/v2" }]));
    assert_eq!(
        relative.actions[0].1["request"]["path"],
        "/files/${input.id}"
    );
    let note = "GET /files/{id}: its own server is no http(s) address; calls go to that of the \
                whole API";
    assert_eq!(relative.report.notes, [note]);
}

#[test]
fn a_variable_called_like_a_credential_is_told_apart() {
    let members = json!({
        "servers": [{ "url": "https://acme.example/{token}/{api_key}" }],
        "security": [{ "t": [] }],
        "components": { "securitySchemes": { "t": { "type": "http", "scheme": "bearer" } } },
    });
    let connector = imported(&with(document(json!({ "/a": { "get": {} } })), members)).connector;
    let url = "https://acme.example/${field.token_of_server}/${field.api_key_of_server}";
    assert_eq!(connector["base_url"], url);
}
