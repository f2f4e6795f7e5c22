//! A provider that the test scripts, with whatever way to connect the test writes.

use serde_json::json;
use tempfile::TempDir;
use trunnel_testing::receiver::{Answer as Scripted, Received, Receiver};

use crate::app::{Actor, Answer, Options, TestApp};
use crate::provider::application;

pub const SLUG: &str = "scripted";
pub const OAUTH_URL: &str = "/api/v2/public/linked-account/integration/oauth-url/scripted";

pub struct Provider {
    pub server: Receiver,
    folder: TempDir,
}

impl Provider {
    /// `auth` and what comes after it; `URL` in it stands for the provider's.
    pub async fn start(text: &str) -> Self {
        let server = Receiver::start().await;
        let folder = TempDir::new().unwrap();
        let actions = folder.path().join(SLUG).join("actions");
        std::fs::create_dir_all(&actions).unwrap();
        let head = "
slug: scripted
name: Scripted
description: A provider that says what the test wants.
categories: [testing]
docs: https://scripted.example/docs
";
        let connector = format!("{head}{}", text.replace("URL", &server.url("")));
        std::fs::write(folder.path().join(SLUG).join("connector.yaml"), connector).unwrap();
        let action = "
id: get_me
name: Get me
description: Says whose credential it is.
docs: https://scripted.example/docs
input: { type: object, properties: {} }
request: { method: GET, path: /me }
";
        std::fs::write(actions.join("get_me.yaml"), action).unwrap();
        Self { server, folder }
    }

    pub fn options(&self) -> Options {
        Options {
            connectors: Some(self.folder.path().to_owned()),
            ..Options::default()
        }
    }

    pub fn requests(&self, path: &str) -> Vec<Received> {
        let mut all = self.server.requests();
        all.retain(|request| request.path == path);
        all
    }
}

/// Switches the connector on.
pub async fn enable(developer: &Actor, client: bool) {
    let mut setting = json!({ "enabled": true });
    if client {
        setting["client_id"] = json!("the-client");
        setting["client_secret"] = json!("the-client-secret");
    }
    developer
        .put("/api/v2/public/connector/scripted", setting)
        .await
        .ok();
}

pub async fn callback(app: &TestApp, query: &str) -> Answer {
    let path = format!("/api/v1/scripted/callback?{query}");
    app.anonymous().get(&path).await
}

pub async fn is_connected(actor: &Actor) -> bool {
    application(actor, SLUG).await["connected"] == json!(true)
}

pub fn html() -> Scripted {
    Scripted::status(200)
        .header("content-type", "text/html")
        .body("<!doctype html><title>Maintenance</title>")
}
