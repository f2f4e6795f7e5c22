//! What many tests begin with.

use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::browser::Browser;

pub const ACCOUNTS: &str = "/api/v2/public/linked-account";
pub const WEBHOOKS: &str = "/api/v2/public/webhook";
pub const SESSION_TOKEN: &str = "/api/v2/public/session-token";
pub const ACTIVE: &str = "/api/v2/public/session/active-linked-account";
pub const PLAYGROUND: &str = "/api/v2/public/application/playground_app";
pub const CONNECTOR: &str = "/api/v2/public/connector/playground_app";
pub const SAVE_KEYS: &str =
    "/api/v2/public/linked-account/integration/save-key-credentials/playground_app";

const OAUTH_URL: &str = "/api/v2/public/linked-account/integration/oauth-url/playground_app";

/// One account's path.
pub fn account(id: &str) -> String {
    format!("{ACCOUNTS}/{id}")
}

/// Connects the actor's account to the Playground through a browser.
pub async fn connect(actor: &Actor, email: &str) {
    let begun = actor.get(OAUTH_URL).await.ok();
    let page = Browser::new()
        .consent(begun["auth_url"].as_str().unwrap(), email)
        .await;
    assert!(page.html.contains("is connected"), "{}", page.html);
}

/// Connects the actor's account to the Playground with a key that the Playground
/// makes; answers the key.
pub async fn connect_by_key(app: &TestApp, actor: &Actor, email: &str) -> String {
    let body = json!({ "email": email, "password": "playground" });
    let made = app.anonymous().post("/playground/api-keys", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let key = made.json()["api_key"].as_str().unwrap().to_owned();
    actor.put(SAVE_KEYS, json!({ "api_key": key })).await.ok();
    key
}

/// The id of the account's first connection to the Playground.
pub async fn connection_id(actor: &Actor) -> String {
    let shown = actor.get(PLAYGROUND).await.ok();
    let id = &shown["connected_accounts"][0]["connection_id"];
    id.as_str().unwrap().to_owned()
}

/// Gives the developer's environment a Playground client of its own, which live
/// cannot do without; answers its secret.
pub async fn own_client(app: &TestApp, developer: &Actor) -> String {
    let callback = developer.get(CONNECTOR).await.ok()["callback_url"].clone();
    let body = json!({ "client_name": "Acme", "redirect_uris": [callback] });
    let made = app
        .anonymous()
        .post("/playground/oauth/register", body)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let own = json!({ "client_id": made["client_id"], "client_secret": made["client_secret"] });
    developer.put(CONNECTOR, own).await.ok();
    made["client_secret"].as_str().unwrap().to_owned()
}

/// An API proxy that anybody may call: to this very server.
pub async fn api_proxy(app: &TestApp, developer: &Actor) {
    let request = json!({ "base_url": app.url, "endpoint": "/healthz" });
    let body = json!({
        "name": "A proxy",
        "action_id": "victims_proxy",
        "request": request,
        "options": { "override_global_token_injection": true },
    });
    developer.post("/api/v2/public/api-proxy", body).await.ok();
}

/// A value that the developer's own API wants to see of the account.
pub async fn auth_credential(account: &Actor) {
    let path = "/api/v2/public/linked-account/default-app/auth-credentials/victims_key";
    account
        .put(path, json!({ "value": "victims-own value" }))
        .await
        .ok();
}

/// A webhook for nobody; answers it.
pub async fn webhook(developer: &Actor) -> Value {
    let body = json!({
        "webhook_url": "http://127.0.0.1:9/hook",
        "webhook_events": ["Connection Created"],
    });
    developer.post(WEBHOOKS, body).await.ok()
}

/// The custom app `victims_app` with its one action `victims_action`; answers the app.
pub async fn custom_app(developer: &Actor) -> Value {
    const APPS: &str = "/api/v2/public/custom-app";
    let connector = json!({
        "base_url": "https://victims.example",
        "auth": { "none": { "kind": "none" } },
    });
    let app = json!({ "name": "victims-own app", "slug": "victims_app", "connector": connector });
    let made = developer.post(APPS, app).await.ok();
    let action = json!({
        "id": "victims_action",
        "name": "victims-own action",
        "request": { "method": "GET", "path": "/" },
    });
    let actions = format!("{APPS}/victims_app/action");
    developer.post(&actions, action).await.ok();
    made
}

/// The answer's body without what differs from request to request.
pub fn body_without_id(answer: &crate::app::Answer) -> Value {
    let mut body = answer.json();
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    body
}
