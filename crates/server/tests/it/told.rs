//! Providers that tell something: the catalogue's own triggers, on connectors of a
//! folder that call nobody but the test.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use trunnel_testing::db::TestDb;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Answer, Developer, Options, TestApp};

pub const EVENTS: &str = "/api/v2/public/trigger-event";

/// The connectors and the field that each takes from the customer, beside the key.
const CONNECTORS: [(&str, Option<&str>); 8] = [
    ("slack", Some("team_id")),
    ("stripe", Some("account_id")),
    ("github", None),
    ("hubspot", None),
    ("shopify", None),
    ("asana", None),
    ("notion", Some("workspace_id")),
    ("outlook", None),
];

/// What everything is signed with.
pub const SECRET: &str = "the-secret-of-the-webhook";

pub struct Told {
    pub app: TestApp,
    pub developer: Developer,
    /// The API of all of them.
    pub api: Receiver,
    _folder: TempDir,
}

impl Told {
    pub async fn start(test: &TestDb) -> Self {
        let api = Receiver::start().await;
        let folder = TempDir::new().unwrap();
        for (slug, field) in CONNECTORS {
            let of_slug = folder.path().join(slug);
            std::fs::create_dir_all(&of_slug).unwrap();
            let text = connector(slug, field, &api.url(""));
            std::fs::write(of_slug.join("connector.yaml"), text).unwrap();
            std::fs::write(of_slug.join("triggers.yaml"), triggers(slug)).unwrap();
        }
        let options = Options {
            connectors: Some(folder.path().to_owned()),
            ..Options::default()
        };
        let app = TestApp::with(test, options).await;
        let developer = app.developer().await;
        Self {
            app,
            developer,
            api,
            _folder: folder,
        }
    }

    /// Switches the connector on in the environment, with this secret.
    pub async fn enable(&self, actor: &Actor, slug: &str, setting: Value) -> Value {
        let mut setting = setting;
        setting["enabled"] = json!(true);
        actor.put(&setting_of(slug), setting).await.ok()
    }

    /// Connects an account that has this value, as its identifier or in its field.
    pub async fn connect(&self, actor: &Actor, account: &str, slug: &str, value: &Value) -> Actor {
        let customer = actor.account(account).await;
        self.connect_again(&customer, slug, value).await;
        customer
    }

    pub async fn connect_again(&self, customer: &Actor, slug: &str, value: &Value) -> Answer {
        let me = json!({ "id": value }).to_string();
        self.api.answer_with([Scripted::json(200, &me)]);
        let mut body = json!({ "key": "k" });
        let field = CONNECTORS
            .iter()
            .find(|(known, _)| *known == slug)
            .unwrap()
            .1;
        if let Some(field) = field {
            body[field] = value.clone();
        }
        let path = format!("/api/v2/public/linked-account/integration/save-key-credentials/{slug}");
        let saved = customer.put(&path, body).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        saved
    }

    /// The path of an environment's address.
    pub fn path(&self, environment: &str, slug: &str) -> String {
        format!(
            "/api/v1/webhook/{}-{environment}/{slug}",
            self.developer.app_id
        )
    }

    /// What comes to the address, as somebody without a credential.
    pub async fn tell(&self, path: &str, headers: &[(&str, String)], body: &str) -> Answer {
        let mut provider = self.app.anonymous();
        for (name, value) in headers {
            provider = provider.and(name, value);
        }
        let body = Some(body.as_bytes().to_vec());
        let answer = provider.send("POST", path, body).await;
        // What comes later is newer.
        self.app.clock.advance_ms(1);
        answer
    }

    /// A signed event of Slack.
    pub async fn slack(&self, path: &str, secret: &str, body: &str) -> Answer {
        let headers = self.slack_headers(secret, body);
        self.tell(path, &headers, body).await
    }

    pub fn slack_headers(&self, secret: &str, body: &str) -> [(&'static str, String); 2] {
        let now = self.app.core.now().as_seconds();
        let signed = hex(&mac(secret, &format!("v0:{now}:{body}")));
        [
            ("x-slack-request-timestamp", now.to_string()),
            ("x-slack-signature", format!("v0={signed}")),
        ]
    }

    /// All that is kept, newest first.
    pub async fn kept(&self, actor: &Actor) -> Vec<Value> {
        let page = actor.get(&format!("{EVENTS}?limit=100")).await.ok();
        page["docs"].as_array().unwrap().clone()
    }
}

pub fn setting_of(slug: &str) -> String {
    format!("/api/v2/public/connector/{slug}")
}

/// A message that somebody has posted in a workspace.
pub fn slack_message(team: &str, id: &str) -> String {
    json!({
        "type": "event_callback",
        "team_id": team,
        "event_id": id,
        "event": { "type": "message", "channel": "C1", "text": "Hello" },
    })
    .to_string()
}

pub fn mac(secret: &str, text: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn triggers(slug: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalog/connectors");
    std::fs::read_to_string(format!("{root}/{slug}/triggers.yaml")).unwrap()
}

fn connector(slug: &str, field: Option<&str>, api: &str) -> String {
    let fields = field.map_or(String::new(), |field| {
        format!("    extra_fields:\n      - name: {field}\n")
    });
    format!(
        "slug: {slug}
name: {slug}
description: A provider that tells something.
categories: [test]
docs: https://docs.example.com
base_url: {api}
auth:
  keybased:
{fields}    fields:
      - name: key
        type: password
    place:
      headers:
        X-Key: ${{credential.key}}
    verify:
      path: /me
      identifier: id
  oauth2:
    authorization_url: https://login.example.com/authorize
    token_url: https://login.example.com/token
    scopes: {{ mandatory: [], optional: [] }}
"
    )
}
