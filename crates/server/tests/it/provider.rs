//! The far side: the Playground with its switches, and a provider that a test
//! scripts answer by answer.

use serde_json::{Value, json};
use tempfile::TempDir;
use trunnel_testing::receiver::{Answer as Scripted, Received, Receiver};
use url::Url;

use crate::app::{Actor, Answer, Options, TestApp};
use crate::browser::{Browser, Page};

pub const PLAYGROUND: &str = "playground_app";
pub const LIST_CONTACTS: &str =
    "/api/v2/integration-schema/playground_app/actions/list_contacts/execute";

/// The URL to open in the customer's browser.
pub async fn auth_url(actor: &Actor, slug: &str) -> Url {
    let path = format!("/api/v2/public/linked-account/integration/oauth-url/{slug}");
    let begun = actor.get(&path).await.ok();
    begun["auth_url"].as_str().unwrap().parse().unwrap()
}

pub fn query_of(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

pub fn form_of(request: &Received, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(&request.body);
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// Connects the account to the Playground as this person.
pub async fn connect(actor: &Actor, email: &str) -> Page {
    let url = auth_url(actor, PLAYGROUND).await;
    let page = Browser::new().consent(url.as_str(), email).await;
    assert_eq!(page.status, 200, "{}", page.html);
    page
}

pub async fn application(actor: &Actor, slug: &str) -> Value {
    let path = format!("/api/v2/public/application/{slug}");
    actor.get(&path).await.ok()
}

/// Sets switches of the node's Playground.
pub async fn switch(app: &TestApp, switches: Value) {
    let path = "/playground/faults";
    app.anonymous().put(path, switches).await.ok();
}

pub async fn counters(app: &TestApp) -> Value {
    app.anonymous().get("/playground/faults").await.ok()
}

pub async fn token_requests(app: &TestApp) -> u64 {
    counters(app).await["token_requests"].as_u64().unwrap()
}

/// As if this person had thrown all clients out.
pub async fn revoke(app: &TestApp, email: &str) {
    let path = "/playground/faults/revoke";
    app.anonymous()
        .post(path, json!({ "email": email }))
        .await
        .ok();
}

/// A key of the Playground for this person.
pub async fn playground_key(app: &TestApp, email: &str) -> String {
    let body = format!("email={email}&password=playground");
    let made = app
        .anonymous()
        .and("content-type", "application/x-www-form-urlencoded")
        .send("POST", "/playground/api-keys", Some(body.into_bytes()))
        .await;
    made.json()["api_key"].as_str().unwrap().to_owned()
}

/// A new client of the Playground, with this callback.
pub async fn register_client(app: &TestApp, name: &str, callback: &str) -> (String, String) {
    let body = json!({ "client_name": name, "redirect_uris": [callback] });
    let made = app
        .anonymous()
        .post("/playground/oauth/register", body)
        .await;
    let made = made.json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret"))
}

/// A webhook for these events; answers its id and secret.
pub async fn subscribe(actor: &Actor, sink: &Receiver, events: &[&str]) -> (String, String) {
    let hook = json!({ "webhook_url": sink.url("/hook"), "webhook_events": events });
    let made = actor.post("/api/v2/public/webhook", hook).await.ok();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("_id"), text("webhook_secret"))
}

/// The events that a receiver was told of, in order.
pub fn events(requests: &[Received]) -> Vec<String> {
    let event = |request: &Received| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["event"].as_str().unwrap().to_owned()
    };
    requests.iter().map(event).collect()
}

/// A provider of the test's own, and the connector that leads to it.
pub struct Acme {
    /// The API.
    pub api: Receiver,
    /// The token endpoint.
    pub login: Receiver,
    folder: TempDir,
}

/// Its name has to be escaped wherever it is shown.
pub const ACME_NAME: &str = "Acme <b>&";

/// The client that [`Acme::enable`] sets.
pub const ACME_CLIENT: &str = "acme-client";
pub const ACME_SECRET: &str = "acme-client-secret-3141";

const ACTIONS: [(&str, &str); 4] = [
    ("list_things", LIST_THINGS),
    ("make_thing", MAKE_THING),
    ("pay", PAY),
    ("replace_thing", REPLACE_THING),
];

const LIST_THINGS: &str = "
id: list_things
name: List things
description: Lists things.
docs: https://acme.example/docs
input:
  type: object
  properties: { limit: { title: Limit, type: integer, minimum: 1, maximum: 9 } }
request: { method: GET, path: /things, query: { limit: \"${input.limit}\" } }
answer: { path: things }
";

const MAKE_THING: &str = "
id: make_thing
name: Make thing
description: Makes a thing.
docs: https://acme.example/docs
input:
  type: object
  required: [name]
  properties:
    name: { title: Name, type: string }
    parts:
      title: Parts
      type: array
      items: { type: object, properties: { size: { type: integer } } }
request: { method: POST, path: /things, body: { name: \"${input.name}\", parts: \"${input.parts}\" } }
";

const PAY: &str = "
id: pay
name: Pay
description: Pays, once.
docs: https://acme.example/docs
input: { type: object, required: [cents], properties: { cents: { title: Cents, type: integer } } }
request: { method: POST, path: /payments, body: { cents: \"${input.cents}\" } }
idempotency_header: Idempotency-Key
";

const REPLACE_THING: &str = "
id: replace_thing
name: Replace thing
description: Replaces a thing.
docs: https://acme.example/docs
input:
  type: object
  required: [id, name]
  properties: { id: { title: Id, type: string }, name: { title: Name, type: string } }
request: { method: PUT, path: \"/things/${input.id}\", body: { name: \"${input.name}\" } }
";

impl Acme {
    pub async fn start() -> Self {
        let (api, login) = (Receiver::start().await, Receiver::start().await);
        let folder = TempDir::new().unwrap();
        let actions = folder.path().join("acme/actions");
        std::fs::create_dir_all(&actions).unwrap();
        for (id, text) in ACTIONS {
            std::fs::write(actions.join(format!("{id}.yaml")), text).unwrap();
        }
        let connector = connector(&api.url("/api"), &login.url(""));
        std::fs::write(folder.path().join("acme/connector.yaml"), connector).unwrap();
        Self { api, login, folder }
    }

    pub fn options(&self) -> Options {
        Options {
            connectors: Some(self.folder.path().to_owned()),
            ..Options::default()
        }
    }

    /// Switches the connector on, with a client of the developer's own.
    pub async fn enable(&self, developer: &Actor) {
        let setting = json!({
            "enabled": true,
            "client_id": ACME_CLIENT,
            "client_secret": ACME_SECRET,
        });
        developer
            .put("/api/v2/public/connector/acme", setting)
            .await
            .ok();
    }

    /// Brings the browser back with this state, as the provider would.
    pub async fn come_back(&self, app: &TestApp, state: &str) -> Answer {
        let query = format!("code=the-code&state={state}&iss={ISSUER}");
        self.callback(app, &query).await
    }

    pub async fn callback(&self, app: &TestApp, query: &str) -> Answer {
        let path = format!("/api/v1/acme/callback?{query}");
        app.anonymous().get(&path).await
    }

    /// Begins a flow and answers its state.
    pub async fn state(&self, actor: &Actor) -> String {
        query_of(&auth_url(actor, "acme").await, "state").unwrap()
    }

    /// Connects with the tokens `access-1` and `refresh-1`, good for an hour.
    pub async fn connect(&self, app: &TestApp, actor: &Actor) {
        self.login.answer_with([tokens(1, 3600)]);
        let state = self.state(actor).await;
        let page = self.come_back(app, &state).await;
        assert_eq!(page.status, 200, "{}", page.text);
    }

    /// Connects with a key; the provider is asked about it once.
    pub async fn connect_by_key(&self, actor: &Actor, key: &str) -> Value {
        self.api
            .answer_with([Scripted::json(200, r#"{"email":"ada@example.com"}"#)]);
        let path = "/api/v2/public/linked-account/integration/save-key-credentials/acme";
        actor.put(path, json!({ "api_key": key })).await.ok()
    }

    pub async fn run(&self, actor: &Actor, action: &str, input: Value) -> Answer {
        let path = format!("/api/v2/integration-schema/acme/actions/{action}/execute");
        actor.post(&path, input).await
    }

    pub async fn status(&self, actor: &Actor) -> Value {
        application(actor, "acme").await["connected_accounts"][0]["status"].clone()
    }
}

pub const ISSUER: &str = "https://acme.example";

/// The `number`th pair of tokens.
pub fn tokens(number: u32, life_s: u32) -> Scripted {
    let body = json!({
        "access_token": format!("access-{number}"),
        "refresh_token": format!("refresh-{number}"),
        "expires_in": life_s,
        "token_type": "Bearer",
    });
    Scripted::json(200, &body.to_string())
}

fn connector(api: &str, login: &str) -> String {
    format!(
        "
slug: acme
name: {ACME_NAME:?}
description: A provider that does what the test says.
categories: [testing]
docs: https://acme.example/docs
base_url: {api}
auth:
  oauth2:
    authorization_url: {login}/authorize
    token_url: {login}/token
    issuer: {ISSUER}
    scopes: {{ mandatory: [things.read], optional: [things.write] }}
  keybased:
    fields:
      - {{ name: api_key, label: API key, type: password }}
      - {{ name: region, label: Region, type: text, required: false }}
    place: {{ headers: {{ X-Acme-Key: \"${{credential.api_key}}\", X-Acme-Region: \"${{credential.region}}\" }} }}
    verify: {{ path: /me, identifier: email }}
"
    )
}
