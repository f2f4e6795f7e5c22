//! Rows whose customers type something, and what is asked of them.

use serde_json::json;

use crate::support::becomes;

#[test]
fn a_user_name_alone_is_an_api_key() {
    let row = json!({
        "auth": "BASIC",
        "credentials": [{ "name": "username" }, { "name": "password", "default_value": "" }],
        "api": { "base_url": "https://api.acme.com" },
    });
    let expected = r#"base_url: https://api.acme.com
auth:
  keybased:
    fields:
      - name: api_key
        label: API key
        type: password
    place:
      basic:
        username: ${credential.api_key}
        password: ""
    unverified_reason: No call is known that proves the credential and does nothing else.
"#;
    assert_eq!(becomes("constant", &row), expected);
}

#[test]
fn the_last_step_yields_the_token() {
    let row = json!({
        "auth": "TWO_STEP",
        "token_url": "https://acme.com/login?team=${credential.team}",
        "token_request_method": "GET",
        "token_response": {
            "token": "data.token", "token_expiration": "until", "token_expiration_strategy": "expireAt",
        },
        "additional_steps": [{
            "token_url": "${step1.server}/token",
            "body_format": "form",
            "token_params": { "grant_type": "x", "assertion": "${credential.assertion}" },
        }],
        "assertion": {
            "type": "jwt",
            "key": "${assertionOption.privateKey}",
            "lifetimeInSeconds": 60,
            "header": { "alg": "ES256", "kid": "${credential.keyId}" },
            "payload": { "iss": "me", "jti": "${random}" },
        },
        "credentials": [{ "name": "team" }, { "name": "keyId" }, { "name": "assertion", "automated": true }],
        "api": { "base_url": "https://api.acme.com" },
    });
    let expected = "    exchange:
      url: ${step.server}/token
      body:
        grant_type: x
        assertion: ${assertion}
      before:
        - method: GET
          url: https://acme.com/login
          query:
            team: ${credential.team}
          body_type: none
          keep:
            server: server
      assertion:
        algorithm: ES256
        key: ${credential.private_key}
        header:
          kid: ${credential.key_id}
        claims:
          iss: me
        lifetime: 60
      answer:
        access_token: data.token
        expires_at: until
";
    let text = becomes("steps", &row);
    assert!(text.contains(expected), "{text}");
    assert!(
        text.contains("name: private_key"),
        "the key is typed: {text}"
    );
}

#[test]
fn a_client_of_the_customer_is_typed_and_exchanged() {
    let row = json!({
        "auth": "OAUTH2_CC",
        "token_url": "https://acme.com/token",
        "token_request_auth_method": "basic",
        "default_scopes": ["a", "b"],
        "api": {
            "base_url": "https://api.acme.com",
            "headers": { "x-client": "${credential.clientId}" },
        },
    });
    let expected = "auth:
  client_credentials:
    kind: keys
    label: Client credentials
    grant: client_credentials
    fields:
      - name: client_id
        label: Client ID
      - name: client_secret
        label: Client secret
        type: password
    exchange:
      url: https://acme.com/token
      basic:
        username: ${credential.client_id}
        password: ${credential.client_secret}
      body:
        grant_type: client_credentials
        scope: a b
    place:
      headers:
        X-Client: ${credential.client_id}
        Authorization: Bearer ${access_token}
    unverified_reason: The request for a token proves the credential.
";
    let text = becomes("client_credentials", &row);
    assert!(text.ends_with(expected), "{text}");
}
