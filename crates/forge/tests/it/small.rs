//! One row each: what the facts say and what the file says then.

use serde_json::{Value, json};

use crate::support::{all, becomes, with_facts, written};

#[test]
fn a_connector_is_described() {
    let row = json!({
        "slug": "acme-api-key", "name": "Acme (API Key)", "categories": ["support", "crm"], "auth": "API_KEY",
        "api": { "base_url": "https://api.acme.co.uk", "query": { "key": "${credential.api_key}" } },
    });
    let root = with_facts("described", &[&row.to_string()], &[], "{}");
    trunnel_forge::write(&root).unwrap();
    let expected = "slug: acme-api-key
name: Acme
description: Contacts, companies and deals in Acme, as well as customer support.
categories: [support, crm]
docs: https://acme.co.uk
";
    assert!(written(&root, "acme-api-key").starts_with(expected));
}

#[test]
fn what_the_builder_of_requests_adds_itself_is_left_out() {
    let row = json!({
        "auth": "OAUTH2",
        "authorization_url": "https://acme.com/authorize",
        "authorization_url_fragment": "oauth/consent",
        "token_url": "https://acme.com/token",
        "authorization_params": { "response_type": "code", "prompt": "consent", "session": false },
        "token_params": { "grant_type": "authorization_code" },
        "refresh_params": { "grant_type": "refresh_token" },
        "token_headers": { "content-type": "application/json", "accept": "application/json" },
        "scope_separator": " ",
        "default_scopes": ["read", "write:all"],
        "authorization_method": "header",
        "disable_pkce": true,
        "token_response_metadata": ["team.id"],
        "redirect_uri_metadata": ["merchantId"],
        "token_expiration_buffer": 60,
        "api": {
            "base_url": "https://api.acme.com/",
            "headers": { "x-acme-version": "2", "content-type": "application/json" },
            "retry": { "after": ["retry-after", "x-wait"], "at": ["x-reset"] },
            "verification": { "method": "GET", "endpoints": ["me?full=1", "other"] },
        },
    });
    let expected = r#"base_url: https://api.acme.com
headers:
  X-Acme-Version: "2"
fields:
  - name: team_id
    automated: true
  - name: merchant_id
    automated: true
auth:
  oauth2:
    authorization_url: https://acme.com/authorize
    authorization_fragment: /oauth/consent
    token_url: https://acme.com/token
    pkce: false
    scopes:
      mandatory: [read, write:all]
    client_auth: basic
    authorization_params:
      prompt: consent
      session: "false"
    metadata:
      team_id: team.id
    redirect_metadata:
      merchant_id: merchantId
    refresh:
      margin: 60
    identity:
      path: /me
      query:
        full: "1"
retry:
  retry_after: [x-wait]
  reset_at: [x-reset]
"#;
    assert_eq!(becomes("oauth2", &row), expected);
}

#[test]
fn who_decides_the_host_of_the_token_endpoint_is_the_developer() {
    let row = |host: &str, field: Value| {
        json!({
            "auth": "OAUTH2",
            "authorization_url": format!("https://{host}/authorize"),
            "token_url": format!("https://{host}/token"),
            "fields": [field],
            "api": { "base_url": "https://api.acme.com" },
        })
    };
    let own = row(
        "${field.host}",
        json!({ "name": "host", "format": "hostname" }),
    );
    assert!(becomes("decides", &own).contains("by: developer"));
    let sub = row("${field.sub}.acme.com", json!({ "name": "sub" }));
    assert!(!becomes("decides", &sub).contains("by: developer"));
    let picked = row(
        "${field.host}",
        json!({ "name": "host", "enum": ["a.com", "b.com"] }),
    );
    assert!(!becomes("decides", &picked).contains("by: developer"));
    let ports = json!({ "name": "host", "example": "acme.example.com:8443" });
    let text = becomes("decides", &row("${field.host}", ports));
    assert!(text.contains("by: developer"), "{text}");
    assert!(text.contains("token_url: ${field.host}/token"), "{text}");
    assert!(
        text.contains("example: https://acme.example.com:8443"),
        "{text}"
    );
}

#[test]
fn no_customer_is_asked_for_a_secret_in_a_field() {
    let row = json!({
        "auth": "OAUTH2",
        "authorization_url": "https://acme.com/authorize",
        "token_url": "https://acme.com/token",
        "fields": [{ "name": "developerToken", "secret": true }],
        "api": {
            "base_url": "https://api.acme.com",
            "headers": { "developer-token": "${field.developerToken}" },
        },
    });
    let text = becomes("secret_field", &row);
    assert!(
        text.contains("label: Developer token\n    by: developer\n"),
        "{text}"
    );
}

#[test]
fn a_default_is_an_alternative_and_a_constant_is_not_asked_for() {
    let row = json!({
        "auth": "BASIC",
        "fields": [
            { "name": "apiVersion", "default_value": "v1" },
            { "name": "customerKey", "secret": true },
        ],
        "credentials": [{ "name": "username" }, { "name": "password", "default_value": "x" }],
        "api": {
            "base_url": "https://api.acme.com/${field.apiVersion}",
            "headers": { "customer-key": "${field.customerKey}" },
        },
    });
    let text = becomes("defaults", &row);
    let base_url =
        "base_url: https://api.acme.com/${field.api_version} || https://api.acme.com/v1\n";
    assert!(text.starts_with(base_url), "{text}");
    assert!(
        !text.contains("name: customer_key\n    label"),
        "a secret is no field: {text}"
    );
    assert!(
        !text.contains("name: password"),
        "a constant is not typed: {text}"
    );
    let place = "    place:
      headers:
        Customer-Key: ${credential.customer_key}
      basic:
        username: ${credential.username}
        password: x
";
    assert!(text.contains(place), "{text}");
}

#[test]
fn a_pattern_is_one_of_the_whole_value() {
    let row = json!({
        "auth": "API_KEY",
        "fields": [
            { "name": "host", "pattern": "api-[a-z]+\\.acme\\.com", "example": "api-x.acme.com" },
            { "name": "sub", "pattern": "^[a-z0-9_-]+$", "example": "a_b" },
            { "name": "odd", "pattern": "^(?!x)[a-z]+$" },
            { "name": "id", "format": "uuid" },
        ],
        "api": {
            "base_url": "https://${field.host}/${field.id}/${field.odd}",
            "headers": { "authorization": "${credential.api_key} ${field.sub}" },
        },
        "credentials": [{ "name": "apiKey", "pattern": "^[0-9]+$" }],
        "authorization_url": "https://${field.sub}.acme.com",
    });
    let text = becomes("patterns", &row);
    assert!(
        text.contains(r"pattern: ^(?:api-[a-z]+\.acme\.com)$"),
        "{text}"
    );
    assert!(text.contains("example: api-x.acme.com"), "{text}");
    // A part of a host has no underscore, and no example with one.
    assert!(text.contains("pattern: ^[a-z0-9-]+$\n"), "{text}");
    assert!(!text.contains("a_b"), "{text}");
    // An expression that we cannot read is none.
    assert!(!text.contains("(?!"), "{text}");
    assert!(text.contains("-[0-9A-Fa-f]{12}$"), "{text}");
    assert!(
        !text.contains("^[0-9]+$"),
        "the form of a key is not checked: {text}"
    );
}

#[test]
fn what_nothing_uses_is_not_asked_for() {
    let row = json!({
        "auth": "API_KEY",
        "fields": [{ "name": "team" }, { "name": "note" }],
        "credentials": [{ "name": "apiKey" }],
        "api": {
            "base_url": "https://api.acme.com/${field.team}",
            "headers": { "authorization": "Bearer ${credential.api_key}" },
        },
    });
    let text = becomes("unused", &row);
    assert!(
        text.contains("name: team") && !text.contains("note"),
        "{text}"
    );
}

#[test]
fn rows_of_one_provider_are_options_of_one_connector() {
    let consent = json!({
        "auth": "OAUTH2",
        "authorization_url": "https://acme.com/authorize",
        "token_url": "https://acme.com/token",
        "fields": [{ "name": "team" }],
        "api": { "base_url": "https://api.acme.com/${field.team}", "headers": { "x-a": "1" } },
    });
    let key = json!({
        "slug": "acme-pat", "name": "Acme (Personal Access Token)", "auth": "API_KEY",
        "fields": [{ "name": "team" }, { "name": "shard", "format": "hostname" }],
        "api": {
            "base_url": "https://${field.shard}/${field.team}",
            "headers": { "x-a": "1", "authorization": "Token ${credential.api_key}" },
        },
        "credentials": [{ "name": "apiKey" }],
    });
    let corrections = "
rows:
  acme: { slug: acme_inc }
  acme-pat: { with: acme, id: token, option: { unverified_reason: null, verify: { path: /me } } }
";
    let expected = r#"base_url: https://api.acme.com/${field.team}
headers:
  X-A: "1"
fields:
  - name: team
    label: Team
auth:
  oauth2:
    authorization_url: https://acme.com/authorize
    token_url: https://acme.com/token
  token:
    kind: keys
    label: Personal access token
    base_url: https://${field.shard}/${field.team}
    extra_fields:
      - name: shard
        label: Shard
        pattern: ^[A-Za-z0-9.-]+$
    fields:
      - name: api_key
        label: API key
        type: password
    place:
      headers:
        Authorization: Token ${credential.api_key}
    verify:
      path: /me
"#;
    assert_eq!(
        all("grouped", &[consent, key], corrections, "acme_inc"),
        expected
    );
}

#[test]
fn every_text_comes_back_from_yaml_as_it_was() {
    let texts = json!([
        "",
        "no",
        "Yes",
        "null",
        "12",
        "1.5",
        "0x1F",
        "2022-11-28",
        "12:30",
        "+",
        "-",
        "- x",
        "a: b",
        "a #b",
        "#",
        "it's",
        "\"quoted\"",
        "back\\slash",
        "line\nbreak",
        "{x}",
        "[x]",
        "a, b",
        "*",
        "&a",
        "!t",
        "%",
        "${field.x}",
        "@",
        "`",
        " x",
        "x ",
        "x:",
        "é",
        "~",
        "=",
        "1_000",
        "1e3",
        ".5",
        "-1",
        "?",
        "|",
        ">",
    ]);
    let map: serde_json::Map<String, Value> = texts
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, text)| (format!("k{index}"), text.clone()))
        .collect();
    let file =
        json!({ "texts": texts, "map": map, "deep": [[1, true, null], { "a": [], "b": {} }] });
    let corrections = json!({ "connectors": { "acme": { "file": file } } }).to_string();
    let root = with_facts("yaml", &[], &[], &corrections);
    trunnel_forge::write(&root).unwrap();
    let read: Value = serde_saphyr::from_str(&written(&root, "acme")).unwrap();
    for key in ["texts", "map"] {
        assert_eq!(read[key], file[key]);
    }
    assert_eq!(read["deep"], json!([[1, true, null], { "a": [], "b": {} }]));
}
