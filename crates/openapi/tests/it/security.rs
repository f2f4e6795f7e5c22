//! Ways of authentication.

use serde_json::{Value, json};
use trunnel_openapi::Imported;

use crate::support::{document, imported, with};

/// A document that describes these schemes and asks for these.
fn secured(schemes: Value, security: Value) -> Imported {
    let members = json!({ "components": { "securitySchemes": schemes }, "security": security });
    imported(&with(document(json!({ "/a": { "get": {} } })), members))
}

fn auth(schemes: Value, security: Value) -> Value {
    secured(schemes, security).connector["auth"].clone()
}

/// Of a document with this scheme only.
fn one(scheme: Value) -> Value {
    auth(json!({ "theScheme": scheme }), json!([{ "theScheme": [] }]))
}

#[test]
fn keys_go_into_a_header_or_the_query() {
    let header = one(json!({ "type": "apiKey", "in": "header", "name": "X-Key",
        "description": "From your settings." }));
    assert_eq!(
        header,
        json!({ "keybased": {
            "label": "The scheme",
            "fields": [{ "name": "api_key", "label": "API key", "type": "password",
                "help": "From your settings." }],
            "place": { "headers": { "X-Key": "${credential.api_key}" } },
            "unverified_reason":
                "The OpenAPI document does not say which call proves a credential.",
        } })
    );
    let query = one(json!({ "type": "apiKey", "in": "query", "name": "key" }));
    assert_eq!(
        query["keybased"]["place"],
        json!({ "query": { "key": "${credential.api_key}" } })
    );
}

#[test]
fn http_authentication_is_basic_or_bearer() {
    let basic = one(json!({ "type": "http", "scheme": "Basic" }));
    assert_eq!(
        basic["keybased"]["place"]["basic"],
        json!({ "username": "${credential.username}", "password": "${credential.password}" })
    );
    let bearer = one(json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }));
    assert_eq!(
        bearer["keybased"]["place"]["headers"],
        json!({ "Authorization": "Bearer ${credential.token}" })
    );
}

#[test]
fn the_authorization_code_flow_offers_every_scope_and_demands_none() {
    let oauth2 = one(json!({ "type": "oauth2", "flows": { "authorizationCode": {
        "authorizationUrl": "https://acme.example/authorize",
        "tokenUrl": "https://acme.example/token",
        "refreshUrl": "https://acme.example/refresh",
        "scopes": { "read": "Reads.", "write": "Writes." },
    } } }));
    assert_eq!(
        oauth2,
        json!({ "oauth2": {
            "label": "The scheme",
            "authorization_url": "https://acme.example/authorize",
            "token_url": "https://acme.example/token",
            "refresh_url": "https://acme.example/refresh",
            "scopes": { "mandatory": [], "optional": ["read", "write"] },
        } })
    );
}

#[test]
fn credentials_of_a_client_or_a_user_are_exchanged() {
    let flow = json!({ "tokenUrl": "https://acme.example/token", "scopes": { "all": "" } });
    let both = one(json!({ "type": "oauth2", "flows": {
        "clientCredentials": flow, "password": flow,
    } }));
    let client = &both["client_credentials"];
    assert_eq!(client["kind"], "keys");
    assert_eq!(client["grant"], "client_credentials");
    assert_eq!(
        client["exchange"],
        json!({ "url": "https://acme.example/token", "body_type": "form", "body": {
            "grant_type": "client_credentials",
            "client_id": "${credential.client_id}",
            "client_secret": "${credential.client_secret}",
            "scope": "${credential.scope}",
        } })
    );
    let header = json!({ "headers": { "Authorization": "Bearer ${access_token}" } });
    assert_eq!(client["place"], header);
    let user = &both["password"];
    assert_eq!(user["kind"], "keys");
    assert_eq!(user["grant"], Value::Null);
    assert_eq!(user["exchange"]["body"]["grant_type"], "password");
    let optional: Vec<&str> = user["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| field["required"] == false)
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    assert_eq!(optional, ["client_id", "client_secret", "scope"]);
}

#[test]
fn several_ways_are_several_options_and_the_documents_order_is_kept() {
    let schemes = json!({
        "Token": { "type": "http", "scheme": "bearer" },
        "Legacy": { "type": "apiKey", "in": "header", "name": "X-Key" },
        "Same": { "type": "apiKey", "in": "header", "name": "X-Key" },
        "App": { "type": "apiKey", "in": "header", "name": "X-App" },
    });
    let auth = auth(
        schemes,
        json!([{ "Token": [] }, { "Legacy": [] }, {}, { "Same": [] },
        { "App": [], "Legacy": [] }]),
    );
    let ids: Vec<&String> = auth.as_object().unwrap().keys().collect();
    assert_eq!(ids, ["keybased", "legacy", "app_legacy"]);
    assert_eq!(auth["legacy"]["kind"], "keys");
    // Two keys that are needed together.
    assert_eq!(
        auth["app_legacy"]["place"]["headers"],
        json!({
            "X-App": "${credential.App_api_key}",
            "X-Key": "${credential.Legacy_api_key}",
        })
    );
}

#[test]
fn what_only_operations_ask_for_counts_as_well() {
    let schemes = json!({ "Key": { "type": "apiKey", "in": "query", "name": "k" } });
    let members = json!({ "components": { "securitySchemes": schemes } });
    let paths = json!({ "/a": { "get": { "security": [{ "Key": [] }] } } });
    let asked = imported(&with(document(paths), members.clone()));
    assert!(asked.connector["auth"]["keybased"].is_object());
    // Described, and forgotten to be asked for.
    let forgotten = imported(&with(document(json!({ "/a": { "get": {} } })), members));
    assert_eq!(forgotten.connector["auth"], asked.connector["auth"]);
}

#[test]
fn an_open_api_asks_for_nothing() {
    let open = imported(&document(json!({ "/a": { "get": {} } })));
    assert_eq!(
        open.connector["auth"],
        json!({ "none": { "kind": "none" } })
    );
}

#[test]
fn what_cannot_be_kept_is_noted() {
    let noted = |scheme: Value| {
        let imported = secured(json!({ "S": scheme }), json!([{ "S": [] }]));
        assert_eq!(
            imported.connector["auth"],
            json!({ "none": { "kind": "none" } })
        );
        imported.report.notes.join("\n")
    };
    let cookie = noted(json!({ "type": "apiKey", "in": "cookie", "name": "sid" }));
    assert_eq!(
        cookie,
        "the security scheme `S` is left out: it is in a cookie"
    );
    let openid = noted(json!({ "type": "openIdConnect", "openIdConnectUrl": "https://x.example" }));
    assert!(
        openid.contains("OpenID Connect names no addresses"),
        "{openid}"
    );
    let digest = noted(json!({ "type": "http", "scheme": "digest" }));
    assert!(digest.ends_with("HTTP authentication of the kind `digest` is not supported"));
    let implicit = noted(json!({ "type": "oauth2", "flows": { "implicit": {} } }));
    assert!(implicit.starts_with("the flow `implicit` of the security scheme `S` is left out"));
    let relative =
        noted(json!({ "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "/t" } } }));
    assert!(relative.ends_with("its `tokenUrl` is no http(s) address; write a whole one"));
    assert!(noted(json!({ "type": "mutualTLS" })).contains("client certificates"));
    let missing = secured(json!({}), json!([{ "Ghost": [] }]));
    assert_eq!(
        missing.report.notes,
        ["the security scheme `Ghost` is not described"]
    );
}

#[test]
fn schemes_that_are_called_like_the_known_options_take_no_others_place() {
    let flows = |host: &str| {
        json!({ "authorizationCode": {
            "authorizationUrl": format!("https://{host}/authorize"),
            "tokenUrl": format!("https://{host}/token"),
            "scopes": {},
        } })
    };
    let auth = auth(
        json!({
            "OAuth2": { "type": "oauth2", "flows": flows("a.example") },
            "Org": { "type": "oauth2", "flows": flows("b.example") },
            "oauth2": { "type": "http", "scheme": "bearer" },
            "keybased": { "type": "apiKey", "in": "query", "name": "k" },
        }),
        json!([{ "OAuth2": [] }, { "Org": [] }, { "oauth2": [] }, { "keybased": [] }]),
    );
    let ids: Vec<&String> = auth.as_object().unwrap().keys().collect();
    assert_eq!(ids, ["oauth2", "org", "keybased", "keybased_other"]);
    assert_eq!(auth["oauth2"]["token_url"], "https://a.example/token");
    assert_eq!(auth["org"]["kind"], "oauth2");
}
