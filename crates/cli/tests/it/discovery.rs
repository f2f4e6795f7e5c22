//! Servers that say themselves where customers log in, and register clients by themselves.

use serde_json::json;
use trunnel_testing::browser::{Browser, Page};
use trunnel_testing::on_both;

use crate::api::{Api, OAUTH_URL, key_of};
use crate::node::{Node, connector};
use crate::running::Start;
use crate::time::pause;

const SLUG: &str = "any_server";
const ME: &str = "/api/v2/integration-schema/any_server/actions/get_me/execute";
const SETTING: &str = "/api/v2/public/connector/any_server";
const LIFE_S: u64 = 3;

const TEXT: &str = "
slug: any_server
name: Any server
description: A server at the address that the customer gives.
categories: [testing]
docs: https://provider.example/docs
base_url: ${field.server}
fields:
  - { name: server, label: Server }
  - { name: authorization_endpoint, automated: true }
  - { name: token_endpoint, automated: true }
  - { name: registration_endpoint, automated: true }
auth:
  oauth2:
    discovery: ${field.server}
    authorization_url: ${field.authorization_endpoint}
    token_url: ${field.token_endpoint}
    registration_url: ${field.registration_endpoint}
    scopes: { mandatory: [openid, offline_access] }
    authorization_params: { prompt: consent }
";

async fn connect(account: &Api, server: &str) -> Page {
    let path = format!("{OAUTH_URL}/{SLUG}?server={server}/mcp");
    let begun = account.get(&path).await.ok();
    let browser = Browser::new();
    let page = browser.open(begun["auth_url"].as_str().unwrap()).await;
    let page = browser
        .submit(&page, &[("login", "ada"), ("password", "anything")])
        .await;
    browser.submit(&page, &[]).await
}

async fn registrations(provider: &Api) -> u64 {
    let state = provider.get("/side/state").await.ok();
    state["registrations"].as_u64().unwrap()
}

on_both! {
    async fn a_server_is_found_registered_with_once_and_used(test: TestDb) {
        let node = Node::start("oidc", &["0", &LIFE_S.to_string()]).await;
        let other = Node::start("oidc", &["0", &LIFE_S.to_string()]).await;
        let (issuer, elsewhere) = (node.text("issuer"), other.text("issuer"));
        let provider = Api::new(issuer);
        let folder = connector(SLUG, TEXT, "/");
        let start = Start::new(&test).option("--connectors", folder.path());
        let server = start.up().await;
        for environment in ["test", "live"] {
            let developer = server.with_key(&key_of(&test, environment).await);
            let set = developer.put(SETTING, json!({ "enabled": true })).await.ok();
            assert_eq!(set["missing"], json!([]), "{environment}: {set}");
            assert_eq!(set["credential_source"], json!("registered"), "{set}");
            for account in ["acme", "bolt"] {
                let account = developer.account(account).await;
                let page = connect(&account, issuer).await;
                assert!(page.html.contains("is connected"), "{page:?}");
                let told = account.post(ME, json!({})).await.ok()["data"].clone();
                assert_eq!(told["sub"], json!("ada"), "{told}");
                // The token is good for this server and no other (RFC 8707).
                assert_eq!(told["aud"], json!(format!("{issuer}/mcp")), "{told}");
            }
        }
        assert_eq!(registrations(&provider).await, 2, "one for each environment");

        let developer = server.with_key(&key_of(&test, "test").await);
        let acme = developer.of("acme");
        pause(LIFE_S * 1_000 + 200).await;
        let told = acme.post(ME, json!({})).await.ok()["data"].clone();
        assert_eq!(told["aud"], json!(format!("{issuer}/mcp")), "refreshed: {told}");

        // Another server gets a client of its own, and never this one's.
        let page = connect(&developer.account("cove").await, elsewhere).await;
        assert!(page.html.contains("is connected"), "{page:?}");
        assert_eq!(registrations(&Api::new(elsewhere)).await, 1);
        assert_eq!(registrations(&provider).await, 2);

        // The server forgets its clients: the next connect registers anew, once.
        provider.post("/side/forget", json!({})).await.ok();
        pause(LIFE_S * 1_000 + 200).await;
        let refused = acme.post(ME, json!({})).await;
        assert_eq!(refused.json()["error"], json!("APP_CREDENTIALS_REFUSED"), "{refused:?}");
        for _ in 0..2 {
            let page = connect(&acme, issuer).await;
            assert!(page.html.contains("is connected"), "{page:?}");
        }
        assert_eq!(registrations(&provider).await, 3);
        assert_eq!(acme.post(ME, json!({})).await.ok()["data"]["sub"], json!("ada"));
    }
}
