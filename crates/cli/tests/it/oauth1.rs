//! OAuth 1.0a against a provider that computes every signature with somebody else's code.

use rsa_key::{PRIVATE_KEY, PUBLIC_KEY};
use serde_json::{Value, json};
use trunnel_testing::browser::Browser;
use trunnel_testing::on_both;

use crate::api::{ACCOUNTS, Api, key_of};
use crate::node::{Node, connector};
use crate::running::Start;

mod rsa_key;

const SLUG: &str = "old_provider";
const ME: &str = "/api/v2/integration-schema/old_provider/actions/get_me/execute";
const SETTING: &str = "/api/v2/public/connector/old_provider";
const SECRET: &str = "the secret of the & consumer";

fn text(url: &str, method: &str) -> String {
    format!(
        "
slug: {SLUG}
name: Old provider
description: A provider that still speaks OAuth 1.0a.
categories: [testing]
docs: https://provider.example/docs
base_url: {url}
auth:
  oauth1:
    kind: oauth1
    request_url: {url}/request?format=form
    authorization_url: {url}/authorize
    token_url: {url}/access
    signature_method: {method}
    request_params: {{ scope: \"read, write\" }}
    identity: {{ path: /me, identifier: id }}
"
    )
}

async fn connected(account: &Api) -> Value {
    let url = account.oauth_url(SLUG).await;
    assert!(url.contains("oauth_token="), "{url}");
    let page = Browser::new().open(&url).await;
    assert!(page.html.contains("is connected"), "{page:?}");
    let shown = account.get(&format!("{ACCOUNTS}/acme")).await.ok();
    shown["integrations"][0].clone()
}

on_both! {
    async fn an_old_provider_is_connected_used_and_lost(test: TestDb) {
        for method in ["HMAC-SHA1", "HMAC-SHA256", "PLAINTEXT", "RSA-SHA1"] {
            let node = Node::start("oauth1", &[method, PUBLIC_KEY]).await;
            let url = node.text("url");
            let folder = connector(SLUG, &text(url, method), "/things");
            let start = Start::new(&test).option("--connectors", folder.path());
            let server = start.up().await;
            let developer = server.with_key(&key_of(&test, "test").await);
            let secret = if method == "RSA-SHA1" { PRIVATE_KEY } else { SECRET };
            // A key of several lines is a client secret here.
            let setting = json!({
                "enabled": true, "client_id": "the-consumer", "client_secret": secret,
            });
            developer.put(SETTING, setting).await.ok();
            let acme = match developer.get(&format!("{ACCOUNTS}/acme")).await.status {
                200 => developer.of("acme"),
                _ => developer.account("acme").await,
            };
            let known = connected(&acme).await;
            assert_eq!(known["identifier"], json!("ada"), "{method}: {known}");
            assert_eq!(known["auth_type"], json!("oauth2"), "{method}");
            let note = json!({ "note": "a&b=c +é~" });
            let told = acme.post(ME, note).await.ok()["data"].clone();
            assert_eq!(told["id"], json!("ada"), "{method}: {told}");

            // A denied consent connects nothing and spoils nothing.
            let denied = format!("{}&deny=1", acme.oauth_url(SLUG).await);
            let page = Browser::new().open(&denied).await;
            assert!(page.html.contains("was not granted"), "{method}: {page:?}");
            acme.post(ME, json!({})).await.ok();

            let provider = Api::new(url);
            provider.post("/side/revoke", json!({})).await;
            let lost = acme.post(ME, json!({})).await;
            assert_eq!(lost.status, 400, "{method}: {lost:?}");
            assert_eq!(lost.json()["reauth_required"], json!(true), "{method}: {lost:?}");
            let again = connected(&acme).await;
            assert_eq!(again["_id"], known["_id"], "{method}");
            assert_eq!(again["status"], json!("active"), "{method}");
            acme.post(ME, json!({})).await.ok();
            server.kill().await;
        }
    }
}
