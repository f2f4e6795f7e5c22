//! Someone who speaks HTTP to a server.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use trunnel_testing::browser::{Browser, Page, http_client};
use trunnel_testing::db::TestDb;
use trunnel_testing::receiver::Received;

use crate::program::Call;

#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    headers: Vec<(String, String)>,
    client: reqwest::Client,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The body, given that it went well.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }
}

impl Api {
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            headers: Vec::new(),
            client: http_client(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same one, for one linked account.
    pub fn of(&self, account: &str) -> Self {
        self.clone().header("linked_account_id", account)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let answer = self.try_send(method, path, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
    }

    /// For those who expect that the server may be gone.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, reqwest::Error> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        Ok(Answer {
            status: answer.status().as_u16(),
            text: answer.text().await?,
        })
    }

    /// Creates an account; the answer acts for it.
    pub async fn account(&self, id: &str) -> Self {
        let body = json!({ "linked_account_id": id, "name": id });
        self.post(ACCOUNTS, body).await.ok();
        self.of(id)
    }

    /// Registers a webhook for the connection's events; gives its secret.
    pub async fn webhook(&self, url: &str, events: &[&str]) -> String {
        let body = json!({ "webhook_url": url, "webhook_events": events });
        let hook = self.post("/api/v2/public/webhook", body).await.ok();
        hook["webhook_secret"].as_str().unwrap().to_owned()
    }

    /// Where the customer's browser is to be sent.
    pub async fn oauth_url(&self, slug: &str) -> String {
        let begun = self.get(&format!("{OAUTH_URL}/{slug}")).await.ok();
        begun["auth_url"].as_str().unwrap().to_owned()
    }

    /// Connects to the Playground as its users do.
    pub async fn connect(&self, email: &str) -> Page {
        let url = self.oauth_url(PLAYGROUND).await;
        let page = Browser::new().consent(&url, email).await;
        assert!(page.html.contains("is connected"), "{page:?}");
        page
    }

    /// Connects to the Playground with a key, and gives it.
    pub async fn connect_with_key(&self, email: &str) -> String {
        let made = http_client()
            .post(format!("{}/playground/api-keys", self.base))
            .form(&[("email", email), ("password", "playground")]);
        let made: Value = made.send().await.unwrap().json().await.unwrap();
        let key = made["api_key"].as_str().unwrap().to_owned();
        self.put(
            &format!("{SAVE_KEYS}/{PLAYGROUND}"),
            json!({ "api_key": key }),
        )
        .await
        .ok();
        key
    }

    pub async fn act(&self, action: &str, input: Value) -> Answer {
        self.post(&format!("{ACTIONS}/{action}/execute"), input)
            .await
    }

    /// Whether the key opens anything.
    pub async fn is_let_in(&self) -> bool {
        let answer = self.get(ACCOUNTS).await;
        assert!([200, 401].contains(&answer.status), "{answer:?}");
        answer.status == 200
    }

    /// Sets the Playground's switches.
    pub async fn faults(&self, switches: Value) {
        self.put("/playground/faults", switches).await.ok();
    }
}

pub const PLAYGROUND: &str = "playground_app";
pub const ACCOUNTS: &str = "/api/v2/public/linked-account";
pub const OAUTH_URL: &str = "/api/v2/public/linked-account/integration/oauth-url";
pub const SAVE_KEYS: &str = "/api/v2/public/linked-account/integration/save-key-credentials";
pub const ACTIONS: &str = "/api/v2/integration-schema/playground_app/actions";

/// The only app's key, by the command line.
pub async fn key_of(test: &TestDb, environment: &str) -> String {
    let shown = Call::on(test, ["key", "show", "--json", "--env", environment])
        .end()
        .await;
    shown.object()["api_key"].as_str().unwrap().to_owned()
}

/// HMAC-SHA256 of the body, in hexadecimal digits: the compatible signature.
pub fn hex_signature(key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

/// Whether a webhook's own secret has signed what came.
pub fn is_signed_with(secret: &str, received: &Received) -> bool {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let part = |name: &str| received.header(name).unwrap();
    mac.update(format!("{}.{}.", part("webhook-id"), part("webhook-timestamp")).as_bytes());
    mac.update(&received.body);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    part("webhook-signature") == format!("v1,{signature}")
}
