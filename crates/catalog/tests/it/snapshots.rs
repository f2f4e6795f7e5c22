//! What every embedded action sends, written down: one file per connector.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use trunnel_catalog::{
    Action, AuthType, AuthorizationRequest, Connector, Credential, Fields, Grant, action_request,
    authorization_url, identity_request, revocation_request, scopes_for, token_request,
    verify_request,
};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;

use crate::data::embedded;
use crate::support::{client, instance};

/// Values for the asked and the automated fields that a base URL needs.
pub(crate) fn example_fields(connector: &Connector) -> Fields {
    let needed = connector
        .fields
        .iter()
        .filter(|field| field.required || field.automated);
    needed
        .map(|field| {
            let example = field.example.clone().unwrap_or_else(|| "x".to_owned());
            (field.name.clone(), Value::String(example))
        })
        .collect()
}

fn example_input(schema: &Value) -> Map<String, Value> {
    let no_properties = Map::new();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().unwrap_or(&no_properties);
    let examples = properties.iter().filter_map(|(name, property)| {
        let example = property.get("examples").map(|examples| examples[0].clone());
        let needed = required.contains(&json!(name)).then(|| by_type(property));
        Some((name.clone(), example.or(needed)?))
    });
    examples.collect()
}

fn by_type(property: &Value) -> Value {
    match property["type"].as_str() {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("x"),
    }
}

const ACCESS_TOKEN: &str = "ACCESS-TOKEN-IN-PLAIN";

fn show(title: &str, request: &HttpRequest, secrets: &[&str]) -> String {
    let mut text = format!("# {title}\n{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        let value = if value.is_sensitive() {
            "***"
        } else {
            value.to_str().unwrap()
        };
        writeln!(text, "{name}: {value}").unwrap();
    }
    if !request.body.is_empty() {
        writeln!(text, "\n{}", String::from_utf8_lossy(&request.body)).unwrap();
    }
    // A header must be marked as secret; only a body may hold one in plain.
    for secret in secrets {
        let (head, _) = text.split_once("\n\n").unwrap_or((&text, ""));
        assert!(!head.contains(secret), "{title} shows a secret");
    }
    text + "\n"
}

fn example_keys(connector: &Connector) -> BTreeMap<String, Secret> {
    let Some(keybased) = &connector.keybased else {
        return BTreeMap::new();
    };
    let keys = keybased.fields.iter().map(|field| {
        let value = match field.name.as_str() {
            "server" => "us6",
            "email" => "agent@example.com",
            _ => "KEY-IN-PLAIN",
        };
        (field.name.clone(), Secret::new(value))
    });
    keys.collect()
}

fn build(connector: &Connector, action: &Action, auth_type: AuthType) -> HttpRequest {
    let input = match action.id.as_str() {
        "httprequest" if connector.instance => {
            json!({ "method": "GET", "path": "/playground/api/contacts" })
        }
        "httprequest" => json!({ "method": "POST", "path": "things?a=1", "body": { "b": 2 } }),
        _ => Value::Object(example_input(&action.input)),
    };
    let checked = action.check(&input);
    assert_eq!(checked, Ok(()), "{} {}", connector.slug, action.id);
    let (token, keys) = (Secret::new(ACCESS_TOKEN), example_keys(connector));
    let mut fields = example_fields(connector);
    let credential = match auth_type {
        AuthType::OAuth2 => Credential::OAuth2 {
            access_token: &token,
        },
        AuthType::KeyBased => {
            fields.retain(|name, _| {
                connector
                    .fields
                    .iter()
                    .any(|f| f.name == *name && !f.automated)
            });
            Credential::KeyBased(&keys)
        }
    };
    let input = input.as_object().unwrap();
    action_request(connector, action, &instance(), &fields, credential, input)
        .unwrap_or_else(|fault| panic!("{} {}: {fault}", connector.slug, action.id))
}

fn show_oauth(connector: &Connector) -> String {
    let Some(oauth2) = &connector.oauth2 else {
        return String::new();
    };
    let (fields, instance, client) = (example_fields(connector), instance(), client());
    let scopes = scopes_for(oauth2, &["extra".to_owned()]);
    let request = AuthorizationRequest {
        client_id: &client.id,
        redirect_uri: "https://trunnel.example/callback",
        scopes: &scopes,
        state: "st4te",
        code_challenge: Some("ch4llenge"),
    };
    let consent = authorization_url(connector, &instance, &fields, &request).unwrap();
    let secret = |text: &str| Secret::new(text);
    let (code, verifier, refresh) = (secret("c0de"), secret("verifi3r"), secret("r3fresh"));
    let grant = Grant::Code {
        code: &code,
        redirect_uri: request.redirect_uri,
        code_verifier: Some(&verifier),
    };
    let exchange = token_request(connector, &instance, &fields, &client, grant).unwrap();
    let grant = Grant::Refresh {
        refresh_token: &refresh,
        scopes: None,
    };
    let renewal = token_request(connector, &instance, &fields, &client, grant).unwrap();
    let hint = trunnel_catalog::TokenHint::Refresh;
    let revoke = revocation_request(connector, &instance, &fields, &client, &refresh, hint);
    let token = secret(ACCESS_TOKEN);
    let identity = identity_request(connector, &instance, &fields, &token).unwrap();
    let mut text = format!("# oauth2: consent\n{consent}\n\n");
    text += &show("oauth2: code", &exchange, &["s3cret"]);
    text += &show("oauth2: refresh", &renewal, &["s3cret"]);
    text += &revoke
        .map(|r| show("oauth2: revoke", &r, &["s3cret"]))
        .unwrap_or_default();
    text + &identity
        .map(|r| show("oauth2: identity", &r, &[ACCESS_TOKEN]))
        .unwrap_or_default()
}

fn show_connector(connector: &Connector) -> String {
    let mut text = show_oauth(connector);
    if connector.keybased.is_some() {
        let keys = example_keys(connector);
        let mut fields = example_fields(connector);
        fields.retain(|name, _| {
            connector
                .fields
                .iter()
                .any(|f| f.name == *name && !f.automated)
        });
        let verify = verify_request(connector, &instance(), &fields, &keys).unwrap();
        text += &show("keybased: verify", &verify.unwrap(), &["KEY-IN-PLAIN"]);
    }
    for auth_type in connector.auth_types() {
        for action in connector.actions() {
            let title = format!("{auth_type}: {}", action.id);
            let request = build(connector, action, auth_type);
            text += &show(&title, &request, &[ACCESS_TOKEN, "KEY-IN-PLAIN"]);
        }
    }
    text
}

#[test]
fn every_embedded_connector_sends_what_is_written_down() {
    for connector in embedded().iter() {
        insta::assert_snapshot!(connector.slug.as_str(), show_connector(connector));
    }
}

/// By hand, from the providers' pages: a mistyped address would send a secret astray.
#[test]
fn oauth_endpoints_are_those_of_the_providers() {
    let catalog = embedded();
    for (slug, consent, token, pkce) in [
        (
            "hubspot",
            "https://app.hubspot.com/oauth/authorize",
            "https://api.hubapi.com/oauth/v1/token",
            true,
        ),
        (
            "slack",
            "https://slack.com/oauth/v2/authorize",
            "https://slack.com/api/oauth.v2.access",
            false,
        ),
        (
            "github",
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token",
            true,
        ),
        (
            "notion",
            "https://api.notion.com/v1/oauth/authorize",
            "https://api.notion.com/v1/oauth/token",
            true,
        ),
        (
            "pipedrive",
            "https://oauth.pipedrive.com/oauth/authorize",
            "https://oauth.pipedrive.com/oauth/token",
            false,
        ),
        (
            "intercom",
            "https://app.intercom.com/oauth",
            "https://api.intercom.io/auth/eagle/token",
            true,
        ),
        (
            "zendesk",
            "https://acme.zendesk.com/oauth/authorizations/new",
            "https://acme.zendesk.com/oauth/tokens",
            true,
        ),
        (
            "airtable",
            "https://airtable.com/oauth2/v1/authorize",
            "https://airtable.com/oauth2/v1/token",
            true,
        ),
        (
            "asana",
            "https://app.asana.com/-/oauth_authorize",
            "https://app.asana.com/-/oauth_token",
            true,
        ),
        (
            "mailchimp",
            "https://login.mailchimp.com/oauth2/authorize",
            "https://login.mailchimp.com/oauth2/token",
            true,
        ),
        (
            "playground_app",
            "https://trunnel.example/playground/oauth/authorize",
            "http://127.0.0.1:8080/playground/oauth/token",
            true,
        ),
    ] {
        let connector = catalog.get(slug).unwrap();
        let (fields, instance, client) = (example_fields(connector), instance(), client());
        let request = AuthorizationRequest {
            client_id: &client.id,
            redirect_uri: "https://trunnel.example/callback",
            scopes: &[],
            state: "s",
            code_challenge: Some("c"),
        };
        let url = authorization_url(connector, &instance, &fields, &request).unwrap();
        assert_eq!(url.as_str().split('?').next(), Some(consent), "{slug}");
        let has_challenge = url.query_pairs().any(|(name, _)| name == "code_challenge");
        assert_eq!(has_challenge, pkce, "{slug}");
        let code = Secret::new("c");
        let grant = Grant::Code {
            code: &code,
            redirect_uri: "https://x.example",
            code_verifier: None,
        };
        let request = token_request(connector, &instance, &fields, &client, grant).unwrap();
        assert_eq!(request.url.as_str(), token, "{slug}");
    }
}
