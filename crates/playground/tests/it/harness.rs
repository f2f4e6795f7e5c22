//! A Playground with a database of its own, and the people who use it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use trunnel_model::time::{Clock, Timestamp};
use trunnel_playground::{Playground, PlaygroundParts, router};
use trunnel_testing::chance::SeededChance;
use trunnel_testing::clock::SimClock;
use trunnel_testing::db::TestDb;

pub(crate) use crate::wire::{
    Answer, Caller, Client, Tokens, authorize_path, borrow, but, encode, request, send,
};

pub(crate) const CALLBACK: &str = "https://app.example.com/callback?tenant=1";
pub(crate) const VERIFIER: &str = "a-code-verifier-of-some-43-characters-or-more";
pub(crate) const ALL_SCOPES: &str = "contacts.read contacts.write profile";
pub(crate) const ISSUER: &str = "https://hub.example.com/base/playground";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) struct World {
    pub(crate) playground: Playground,
    pub(crate) app: Router,
    pub(crate) clock: SimClock,
    pub(crate) test: TestDb,
}

impl World {
    pub(crate) async fn new(test: TestDb) -> Self {
        Self::build(test, false).await
    }

    pub(crate) async fn with_faults(test: TestDb) -> Self {
        Self::build(test, true).await
    }

    async fn build(test: TestDb, faults: bool) -> Self {
        let clock = SimClock::new();
        let playground = node(&test, &clock, faults).await;
        Self {
            app: router(playground.clone()),
            playground,
            clock,
            test,
        }
    }

    /// A second process on the same database, as after a crash or on another node.
    pub(crate) async fn another_node(&self) -> Router {
        router(node(&self.test, &self.clock, false).await)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance_ms(seconds * 1000);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.app, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], String::new()).await
    }

    pub(crate) async fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.call("POST", path, &[("content-type", FORM)], encode(pairs))
            .await
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        self.send(request(method, path, headers, body)).await
    }

    /// A call of the API as whoever these headers say.
    pub(crate) async fn api(
        &self,
        caller: &Caller,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let headers = [
            (caller.0, caller.1.as_str()),
            ("content-type", "application/json"),
        ];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.call(method, &format!("/playground/api{path}"), &headers, body)
            .await
    }

    pub(crate) async fn register(&self, name: &str) -> Client {
        let metadata = json!({"redirect_uris": [CALLBACK], "client_name": name});
        let answer = self
            .call(
                "POST",
                "/playground/oauth/register",
                &[],
                metadata.to_string(),
            )
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        Client {
            id: answer.json()["client_id"].as_str().unwrap().to_owned(),
            secret: answer.json()["client_secret"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn ask(&self, client: &Client, scope: &str) -> Answer {
        self.get(&authorize_path(&client.request(scope))).await
    }

    /// Everything up to the consent page.
    pub(crate) async fn log_in(&self, client: &Client, scope: &str, email: &str) -> Answer {
        let page = self.ask(client, scope).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let mut fields = page.hidden();
        fields.push(("email".into(), email.into()));
        fields.push(("password".into(), "playground".into()));
        self.form("/playground/oauth/authorize", &borrow(&fields))
            .await
    }

    pub(crate) async fn decide(&self, consent: &Answer, decision: &str) -> Answer {
        let mut fields = consent.hidden();
        fields.push(("decision".into(), decision.into()));
        self.form("/playground/oauth/consent", &borrow(&fields))
            .await
    }

    pub(crate) async fn code(&self, client: &Client, scope: &str, email: &str) -> String {
        let consent = self.log_in(client, scope, email).await;
        let answer = self.decide(&consent, "allow").await;
        answer.location_param("code").unwrap()
    }

    pub(crate) async fn exchange(&self, client: &Client, code: &str) -> Answer {
        self.form("/playground/oauth/token", &client.exchange(code, VERIFIER))
            .await
    }

    pub(crate) async fn tokens(&self, client: &Client, scope: &str, email: &str) -> Tokens {
        let code = self.code(client, scope, email).await;
        self.exchange(client, &code).await.tokens()
    }

    pub(crate) async fn refresh(&self, client: &Client, tokens: &Tokens) -> Answer {
        self.form("/playground/oauth/token", &client.refresh(&tokens.refresh))
            .await
    }

    pub(crate) async fn me(&self, tokens: &Tokens) -> StatusCode {
        self.api(&tokens.caller(), "GET", "/me", &Value::Null)
            .await
            .status
    }

    pub(crate) async fn key(&self, email: &str) -> Caller {
        let fields = [("email", email), ("password", "playground")];
        let answer = self.form("/playground/api-keys", &fields).await;
        let key = answer.json()["api_key"].as_str().unwrap().to_owned();
        Caller("x-playground-key", key)
    }
}

async fn node(test: &TestDb, clock: &SimClock, faults: bool) -> Playground {
    Playground::new(PlaygroundParts {
        db: test.open().await,
        clock: Arc::new(clock.clone()),
        chance: Arc::new(SeededChance::new()),
        sleep: Arc::new(clock.clone()),
        public_url: "https://hub.example.com/base/".parse().unwrap(),
        faults,
    })
}
