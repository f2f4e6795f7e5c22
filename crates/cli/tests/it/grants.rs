//! Grants without a browser that comes back: a client of the customer's own, an assertion, a
//! password, a code on another device. Each is exchanged, runs out, and is renewed.

use serde_json::{Value, json};
use trunnel_testing::browser::Browser;
use trunnel_testing::on_both;

use crate::api::{ACCOUNTS, Api, OAUTH_URL, SAVE_KEYS, key_of};
use crate::node::{Node, connector};
use crate::running::Start;
use crate::time::pause;

const SLUG: &str = "granting";
const ME: &str = "/api/v2/integration-schema/granting/actions/get_me/execute";
const SETTING: &str = "/api/v2/public/connector/granting";
const DEVICE: &str = "/api/v2/public/linked-account/integration/device/granting";

/// How long the provider's access tokens live, in seconds.
const LIFE_S: u64 = 3;

fn text(issuer: &str) -> String {
    let option = |id: &str, grant: &str, fields: &str, body: &str| {
        format!(
            "
  {id}:
    kind: keys
    grant: {grant}
    label: {id}
    fields: [{fields}]
    exchange:
      url: {issuer}/token
      basic: {{ username: service, password: \"${{credential.secret}}\" }}
      body: {body}
    verify: {{ path: /mcp, identifier: sub }}
"
        )
    };
    let secret = "{ name: secret, type: password }";
    let mut text = format!(
        "
slug: {SLUG}
name: Granting
description: A provider with many ways to get a token.
categories: [testing]
docs: https://provider.example/docs
base_url: {issuer}
auth:
  device:
    kind: device
    device_url: {issuer}/device/auth
    token_url: {issuer}/token
    client_auth: none
    scopes: {{ mandatory: [openid, offline_access] }}
    identity: {{ path: /me, identifier: sub }}
"
    );
    let client = option(
        "own_client",
        "client_credentials",
        secret,
        "{ grant_type: client_credentials }",
    );
    text.push_str(&client);
    let password = option(
        "owner",
        "client_credentials",
        &format!("{secret}, {{ name: user }}, {{ name: password, type: password }}"),
        "{ grant_type: password, username: \"${credential.user}\", \
           password: \"${credential.password}\" }",
    );
    text.push_str(&password);
    let assertion = option(
        "assertion",
        "client_credentials",
        &format!("{secret}, {{ name: key, type: password }}"),
        "{ grant_type: \"urn:ietf:params:oauth:grant-type:jwt-bearer\", \
           assertion: \"${assertion}\" }",
    );
    text.push_str(&assertion);
    let made = format!(
        "      assertion:
        algorithm: RS256
        key: ${{credential.key}}
        claims: {{ iss: service, sub: ada, aud: {issuer}/token }}
        lifetime: 60
"
    );
    let at = text.rfind("    verify:").unwrap();
    text.insert_str(at, &made);
    text
}

async fn grants(provider: &Api, kind: &str) -> u64 {
    let state = provider.get("/side/state").await.ok();
    state["grants"][kind].as_u64().unwrap_or(0)
}

async fn me(account: &Api, connection: &Value) -> Value {
    let named = account
        .clone()
        .header("connection_id", connection.as_str().unwrap());
    named.post(ME, json!({})).await.ok()["data"].clone()
}

on_both! {
    async fn tokens_without_a_browser_are_exchanged_and_renewed(test: TestDb) {
        let node = Node::start("oidc", &["0", &LIFE_S.to_string()]).await;
        let (issuer, key) = (node.text("issuer"), node.text("service_key"));
        let provider = Api::new(issuer);
        let folder = connector(SLUG, &text(issuer), "/mcp");
        let start = Start::new(&test).option("--connectors", folder.path());
        let server = start.up().await;
        let developer = server.with_key(&key_of(&test, "test").await);
        developer.put(SETTING, json!({ "enabled": true })).await.ok();
        let acme = developer.account("acme").await;
        let secret = "the secret of the service";
        let password = "the password of ada";
        let ways = [
            ("own_client", "client_credentials", json!({ "secret": secret }), json!(null)),
            (
                "owner",
                "password",
                json!({ "secret": secret, "user": "ada", "password": password }),
                json!("ada"),
            ),
            (
                "assertion",
                "urn:ietf:params:oauth:grant-type:jwt-bearer",
                json!({ "secret": secret, "key": key }),
                json!("ada"),
            ),
        ];
        for (option, kind, keys, who) in ways {
            let save = format!("{SAVE_KEYS}/{SLUG}?auth_type={option}");
            let mut wrong = keys.clone();
            wrong["secret"] = json!("another");
            let refused = acme.put(&save, wrong).await;
            assert_eq!(refused.status, 422, "{option}: {refused:?}");

            let before = grants(&provider, kind).await;
            let connection = &acme.put(&save, keys).await.ok()["connection_id"];
            let told = me(&acme, connection).await;
            assert_eq!((&told["client"], &told["sub"]), (&json!("service"), &who), "{option}");
            assert_eq!(grants(&provider, kind).await, before + 1, "{option}");
            pause(LIFE_S * 1_000 + 200).await;
            assert_eq!(me(&acme, connection).await["sub"], who, "{option}");
            assert_eq!(grants(&provider, kind).await, before + 2, "{option}: renewed by time");
        }
    }

    async fn a_session_connects_a_client_of_its_own(test: TestDb) {
        let node = Node::start("oidc", &["0", "60"]).await;
        let folder = connector(SLUG, &text(node.text("issuer")), "/mcp");
        let start = Start::new(&test).option("--connectors", folder.path());
        let server = start.up().await;
        let developer = server.with_key(&key_of(&test, "test").await);
        developer.put(SETTING, json!({ "enabled": true })).await.ok();
        developer.account("acme").await;
        let minted = json!({ "linked_account_id": "acme" });
        let minted = developer.post("/api/v2/public/session-token", minted).await.ok();
        let token = format!("Bearer {}", minted["token"].as_str().unwrap());
        let session = Api::new(&server.url).header("authorization", &token);
        let integrate = format!("/api/v1/{SLUG}/integrate");
        let keys = json!({ "secret": "the secret of the service" });
        let connected = session.post(&integrate, keys).await.ok();
        assert_eq!(connected, json!({ "connected": true }));
        let told = session.post(ME, json!({})).await.ok();
        assert_eq!(told["data"]["client"], json!("service"));
    }

    async fn a_code_is_typed_on_another_device(test: TestDb) {
        let node = Node::start("oidc", &["0", &LIFE_S.to_string()]).await;
        let provider = Api::new(node.text("issuer"));
        let folder = connector(SLUG, &text(node.text("issuer")), "/me");
        let start = Start::new(&test).option("--connectors", folder.path());
        let server = start.up().await;
        let developer = server.with_key(&key_of(&test, "test").await);
        let setting = json!({ "enabled": true, "client_id": "device" });
        developer.put(SETTING, setting).await.ok();
        let acme = developer.account("acme").await;
        let begun = acme.get(&format!("{OAUTH_URL}/{SLUG}")).await.ok();
        assert_eq!(begun["auth_url"], begun["verification_uri_complete"], "{begun}");
        let attempt = json!({ "device_attempt": begun["device_attempt"] });
        let pending = acme.post(DEVICE, attempt.clone()).await.ok();
        assert_eq!(pending["status"], json!("pending"), "{pending}");

        let browser = Browser::new();
        let page = browser.open(begun["auth_url"].as_str().unwrap()).await;
        // It sends the code on by a script, asks whether it is this one, and then who it is.
        let page = browser.submit(&page, &[]).await;
        let page = browser.submit(&page, &[]).await;
        let page = browser.submit(&page, &[("login", "ada"), ("password", "x")]).await;
        let page = browser.submit(&page, &[]).await;
        assert!(page.html.contains("Sign-in Success"), "{page:?}");
        // Nobody has to ask for it.
        let mut shown = json!([]);
        for _ in 0..60 {
            pause(500).await;
            shown = acme.get(&format!("{ACCOUNTS}/acme")).await.ok()["integrations"].clone();
            if shown != json!([]) {
                break;
            }
        }
        assert_eq!(shown[0]["identifier"], json!("ada"), "{shown}");
        let done = acme.post(DEVICE, attempt).await.ok();
        assert_eq!(done["connected"], json!(true), "{done}");
        assert_eq!(done["connection_id"], shown[0]["_id"]);

        let before = grants(&provider, "refresh_token").await;
        pause(LIFE_S * 1_000 + 200).await;
        assert_eq!(acme.post(ME, json!({})).await.ok()["data"]["sub"], json!("ada"));
        assert!(grants(&provider, "refresh_token").await > before);
    }
}
