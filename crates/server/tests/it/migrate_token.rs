//! Taking over a token that another system has obtained.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, TestApp};
use crate::browser::Browser;
use crate::provider::{
    ACME_CLIENT, Acme, LIST_CONTACTS, PLAYGROUND, application, events, form_of, playground_key,
    register_client, subscribe, token_requests,
};
use crate::setup::CONNECTOR;

const MIGRATE: &str = "/api/v2/public/migrate-token";

fn oauth2(slug: &str, values: &Value) -> Value {
    json!({ "slug": slug, "auth_object": { "oauth2": values } })
}

/// Tokens of the Playground that this server has had no part in, and the client that
/// got them set in the developer's environment.
async fn tokens_from_elsewhere(app: &TestApp, developer: &Actor, email: &str) -> Value {
    let old = Receiver::start().await;
    let callback = old.url("/callback");
    let (id, secret) = register_client(app, "The old system", &callback).await;
    let verifier = "v".repeat(64);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let authorize = format!(
        "{}/playground/oauth/authorize?response_type=code&client_id={id}&state=s\
         &scope=contacts.read&code_challenge={challenge}&code_challenge_method=S256\
         &redirect_uri={callback}",
        app.url
    );
    Browser::new().consent(&authorize, email).await;
    let query = old.wait_for(1).await[0].query.clone().unwrap();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, code) = pairs.find(|(name, _)| name == "code").unwrap();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &callback),
            ("client_id", &id),
            ("client_secret", &secret),
            ("code_verifier", &verifier),
        ])
        .finish();
    let anyone = app
        .anonymous()
        .and("content-type", "application/x-www-form-urlencoded");
    let sent = anyone.send("POST", "/playground/oauth/token", Some(form.into_bytes()));
    let tokens = sent.await.ok();
    let own = json!({ "client_id": id, "client_secret": secret });
    developer.put(CONNECTOR, own).await.ok();
    tokens
}

on_both! {
    // Acceptance 73.
    async fn an_imported_token_is_used_and_renewed(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Created"]).await;
        let ada = developer.test.account("ada").await;
        let tokens = tokens_from_elsewhere(&app, &developer.test, "ada@example.com").await;
        let moved = ada.put(MIGRATE, oauth2(PLAYGROUND, &tokens)).await.ok();
        assert_eq!(moved["success"], json!(true));
        assert!(moved["message"].is_string());
        let shown = application(&ada, PLAYGROUND).await;
        assert_eq!(shown["connected"], json!(true));
        let account = &shown["connected_accounts"][0];
        assert_eq!(account["identifier"], json!("ada@example.com"));
        assert_eq!(account["connection_id"], moved["connection_id"]);
        assert_eq!(account["scopes_granted"], json!(["contacts.read"]));
        let before = token_requests(&app).await;
        ada.post(LIST_CONTACTS, json!({})).await.ok();
        assert_eq!(token_requests(&app).await, before, "the access token was good");
        app.clock.advance_ms(3_700_000);
        app.passing(5, ada.post(LIST_CONTACTS, json!({}))).await.ok();
        assert_eq!(token_requests(&app).await, before + 1);
        assert_eq!(events(&sink.wait_for(1).await), ["Connection Created"]);
    }

    async fn a_refresh_token_alone_is_enough(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = developer.test.account("ada").await;
        let tokens = tokens_from_elsewhere(&app, &developer.test, "ada@example.com").await;
        let before = token_requests(&app).await;
        let values = json!({ "refresh_token": tokens["refresh_token"] });
        let query = format!("{MIGRATE}?linked_account_id=ada");
        developer.test.put(&query, oauth2(PLAYGROUND, &values)).await.ok();
        assert_eq!(token_requests(&app).await, before + 1, "it is tried at once");
        ada.post(LIST_CONTACTS, json!({})).await.ok();
        // With what it brought, it goes on by itself.
        app.clock.advance_ms(3_700_000);
        app.passing(5, ada.post(LIST_CONTACTS, json!({}))).await.ok();
        assert_eq!(token_requests(&app).await, before + 2);
    }

    async fn keys_and_fields_are_taken_over(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.account("ada").await;
        let session = developer.test.session("ada").await;
        let key = playground_key(&app, "ada@example.com").await;
        let body = json!({
            "slug": PLAYGROUND,
            "auth_object": { "keybased": { "api_key": key } },
            "userDefinedFields": { "from": "the old system" },
        });
        let moved = session.put(MIGRATE, body).await.ok();
        let path = format!("/api/v2/public/connection/{}", moved["connection_id"].as_str().unwrap());
        let shown = session.get(&path).await.ok();
        assert_eq!(shown["identifier"], json!("ada@example.com"));
        assert_eq!(shown["metadata"], json!({ "from": "the old system" }));
        session.post(LIST_CONTACTS, json!({})).await.ok();
    }

    // Acceptance 74.
    async fn what_is_wrong_or_refused_stores_nothing(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let ada = developer.test.account("ada").await;
        let key = json!({ "api_key": "a-secret-key" });
        let token = json!({ "access_token": "a-secret-token" });
        let with = |extra: Value| {
            let mut values = token.clone();
            values.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            oauth2("acme", &values)
        };
        for (body, field) in [
            (json!({ "slug": "acme", "auth_object": { "oauth2": token, "keybased": key } }), "auth_object"),
            (json!({ "slug": "acme", "auth_object": {} }), "auth_object"),
            (json!({ "slug": "acme" }), "auth_object"),
            (json!({ "auth_object": { "oauth2": token } }), "slug"),
            (json!({ "slug": "acme", "auth_object": { "magic": token } }), "auth_type"),
            (json!({ "slug": "acme", "auth_object": { "oauth2": 7 } }), "auth_object.oauth2"),
            (oauth2("acme", &json!({})), "access_token"),
            (oauth2("acme", &json!({ "access_token": 7 })), "access_token"),
            (with(json!({ "expires_in": "soon" })), "expires_in"),
            (with(json!({ "expires_at": "tomorrow" })), "expires_at"),
            (with(json!({ "colour": "red" })), "colour"),
            (with(json!({ "client_id": "another" })), "client_id"),
            (json!({ "slug": "acme", "auth_object": { "keybased": { "region": "eu" } } }), "api_key"),
        ] {
            let refused = ada.put(MIGRATE, body.clone()).await;
            refused.fault(400);
            assert_eq!(refused.json()["field"], json!(field), "{body}: {}", refused.text);
            assert!(!refused.text.contains("a-secret"), "{}", refused.text);
        }
        let unknown = json!({ "slug": "nothing", "auth_object": { "oauth2": token } });
        ada.put(MIGRATE, unknown).await.fault(404);
        // A custom app has no published form of its credentials to import.
        let made = crate::setup::custom_app(&developer.test).await;
        let own = made["slug"].as_str().unwrap();
        let refused = ada.put(MIGRATE, oauth2(own, &token)).await;
        let (_, message) = refused.fault(400);
        assert_eq!(refused.json()["field"], json!("slug"), "{message}");
        assert!(message.contains("custom app"), "{message}");
        let nobody = developer.test.on("nobody");
        let (code, _) = nobody.put(MIGRATE, oauth2("acme", &token)).await.fault(400);
        assert_eq!(code, "INVALID_LINKED_ACCOUNT_ID");

        // The provider's own refusals, which are told.
        let dead = r#"{"error":"invalid_grant","error_description":"not a-secret-refresh"}"#;
        provider.login.answer_with([Scripted::json(400, dead)]);
        let refresh = json!({ "refresh_token": "a-secret-refresh" });
        let refused = ada.put(MIGRATE, oauth2("acme", &refresh)).await;
        let (code, message) = refused.fault(400);
        assert_eq!((code.as_str(), refused.json()["field"].clone()), ("SERVER_ERROR", json!("refresh_token")));
        assert!(message.contains("invalid_grant"), "{message}");
        assert!(!refused.text.contains("a-secret-refresh"), "{}", refused.text);
        provider.api.answer_with([Scripted::json(401, r#"{"said":"a-secret-key"}"#)]);
        let by_key = json!({ "slug": "acme", "auth_object": { "keybased": key } });
        let refused = ada.put(MIGRATE, by_key).await;
        refused.fault(400);
        assert!(!refused.text.contains("a-secret-key"), "{}", refused.text);
        assert_eq!(application(&ada, "acme").await["connected"], json!(false));
        let log = "/api/v2/public/linked-account/integration/acme/log";
        let told = ada.get(log).await.ok();
        assert_eq!(told["docs"].as_array().unwrap().len(), 2, "{told}");
    }

    async fn a_refused_access_token_is_renewed_where_it_can_be(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let ada = developer.test.account("ada").await;
        provider.login.answer_with([crate::provider::tokens(2, 60)]);
        let values = json!({
            "refresh_token": "imported-refresh",
            "access_token": "imported-access",
            "expires_at": "2001-01-01T00:00:00Z",
            "client_id": ACME_CLIENT,
        });
        ada.put(MIGRATE, oauth2("acme", &values)).await.ok();
        let asked = provider.login.requests();
        assert_eq!(form_of(&asked[0], "refresh_token").as_deref(), Some("imported-refresh"));
        provider.api.answer_with([Scripted::json(200, r#"{"things":[]}"#)]);
        provider.run(&ada, "list_things", json!({})).await.ok();
        let sent = provider.api.requests();
        assert_eq!(sent.last().unwrap().header("authorization"), Some("Bearer access-2"));
    }
}
