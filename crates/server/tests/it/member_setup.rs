//! How the owner comes in, and the session that this begins.

use serde_json::{Value, json};
use trunnel_testing::on_both;

use crate::app::{Actor, Answer, Developer, Options, TestApp};

pub const SESSION: &str = "/console/api/session";
pub const SIGN_IN: &str = "/console/api/sign-in";
pub const SIGN_OUT: &str = "/console/api/sign-out";
pub const PASSWORD: &str = "correct horse battery";

/// The API's path of a link of the Console.
pub fn api_path(link: &str) -> String {
    let (_, path) = link.split_once("/console/").unwrap();
    format!("/console/api/{path}")
}

/// A set-up link for the developer's organization.
async fn setup_path(app: &TestApp, developer: &Developer) -> String {
    let id = trunnel_model::id::OrganizationId::parse(&developer.organization).unwrap();
    let link = app.core.setup_link(Some(&id)).await.unwrap();
    api_path(&link.url(&app.url.parse().unwrap()))
}

fn ada() -> Value {
    json!({ "name": "Ada", "email": " Ada@Example.com ", "password": PASSWORD })
}

/// The browser that an answer has signed in.
pub fn signed_in(app: &TestApp, answer: &Answer) -> Actor {
    let cookie = answer.header("set-cookie").expect("a cookie");
    let value = cookie.strip_prefix("trunnel_console=").unwrap();
    Actor::with_cookie(&app.url, value.split(';').next().unwrap())
}

/// Ada, the owner, through the set-up link.
pub async fn owner(app: &TestApp, developer: &Developer) -> Actor {
    let path = setup_path(app, developer).await;
    let answer = app.anonymous().post(&path, ada()).await;
    answer.ok();
    signed_in(app, &answer)
}

on_both! {
    async fn the_link_makes_the_owner_and_signs_in(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let visitor = app.anonymous().get(SESSION).await.ok();
        assert_eq!(visitor["member"], Value::Null);
        assert_eq!(visitor["setup_needed"], json!(true));
        let path = setup_path(&app, &developer).await;
        assert_eq!(app.anonymous().get(&path).await.ok(), json!({ "organization": "Acme" }));
        let mut body = ada();
        body["organization"] = json!("Ada & Co");
        let answer = app.anonymous().post(&path, body).await;
        let session = answer.ok();
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.contains("; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"), "{cookie}");
        assert!(!cookie.contains("Secure"), "{cookie}");
        let owner = signed_in(&app, &answer);
        assert_eq!(owner.get(SESSION).await.ok(), session);
        assert_eq!(session["member"]["email"], json!("ada@example.com"));
        assert_eq!(session["member"]["role"], json!("owner"));
        assert_eq!(session["organization"]["name"], json!("Ada & Co"));
        assert_eq!(session["apps"][0]["id"], json!(developer.app_id.as_str()));
        assert_eq!(session["setup_needed"], json!(false));
        assert!(session["permissions"].to_string().contains("organization.transfer"));
    }

    async fn a_link_works_once_and_for_a_day(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let anyone = app.anonymous();
        let replaced = setup_path(&app, &developer).await;
        let old = setup_path(&app, &developer).await;
        assert_eq!(anyone.get(&replaced).await.fault(404).0, "LINK_INVALID");
        app.clock.advance_ms(24 * 3_600_000);
        assert_eq!(anyone.post(&old, ada()).await.fault(404).0, "LINK_INVALID");
        let path = setup_path(&app, &developer).await;
        let short = json!({ "name": "Ada", "email": "a@example.com", "password": "too short" });
        assert_eq!(anyone.post(&path, short).await.fault(400).0, "VALIDATION_ERROR");
        anyone.post(&path, ada()).await.ok();
        assert_eq!(anyone.post(&path, ada()).await.fault(404).0, "LINK_INVALID");
        let id = trunnel_model::id::OrganizationId::parse(&developer.organization).unwrap();
        assert!(app.core.setup_link(Some(&id)).await.is_err());
        assert!(app.core.setup_link(None).await.is_err());
    }

    async fn who_signs_out_is_out_and_others_are_not(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let first = owner(&app, &developer).await;
        let typed = json!({ "email": "ADA@example.com", "password": PASSWORD });
        let second = app.anonymous().post(SIGN_IN, typed).await;
        let second = signed_in(&app, &second);
        let answer = first.post(SIGN_OUT, json!({})).await;
        assert_eq!(answer.ok(), json!({ "done": true }));
        assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
        assert_eq!(first.post(SIGN_OUT, json!({})).await.fault(401).0, "NOT_SIGNED_IN");
        assert_eq!(first.get(SESSION).await.ok()["member"], Value::Null);
        assert_eq!(second.get(SESSION).await.ok()["member"]["name"], json!("Ada"));
    }

    async fn a_session_lives_thirty_days_from_its_last_use(test: TestDb) {
        const DAY_MS: i64 = 24 * 3_600_000;
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let owner = owner(&app, &developer).await;
        for _ in 0..3 {
            app.clock.advance_ms(29 * DAY_MS);
            assert_eq!(owner.get(SESSION).await.ok()["member"]["name"], json!("Ada"));
        }
        app.clock.advance_ms(30 * DAY_MS);
        assert_eq!(owner.get(SESSION).await.ok()["member"], Value::Null);
    }

    async fn a_change_needs_the_page_that_it_comes_from(test: TestDb) {
        let app = TestApp::with(&test, Options::default()).await;
        let owner = owner(&app, &app.developer().await).await;
        let bare = owner.without("x-csrf-token");
        assert_eq!(bare.post(SIGN_OUT, json!({})).await.fault(403).0, "CSRF_TOKEN_INVALID");
        let forged = bare.and("x-csrf-token", &"0".repeat(64));
        assert_eq!(forged.post(SIGN_OUT, json!({})).await.fault(403).0, "CSRF_TOKEN_INVALID");
        let elsewhere = owner.and("sec-fetch-site", "cross-site");
        assert_eq!(elsewhere.post(SIGN_OUT, json!({})).await.fault(403).0, "FORBIDDEN");
        owner.and("sec-fetch-site", "same-origin").post(SIGN_OUT, json!({})).await.ok();
    }

    async fn three_wrong_passwords_lock_for_three_hours(test: TestDb) {
        let app = TestApp::start(&test).await;
        owner(&app, &app.developer().await).await;
        let anyone = app.anonymous();
        let typed = |password: &str| json!({ "email": "ada@example.com", "password": password });
        for _ in 0..2 {
            assert_eq!(anyone.post(SIGN_IN, typed("wrong wrong")).await.fault(401).0, "INVALID_SIGN_IN");
        }
        let third = anyone.post(SIGN_IN, typed("wrong wrong")).await;
        let (code, message) = third.fault(403);
        assert_eq!(code, "MEMBER_LOCKED");
        assert!(message.contains("locked for 3 hours."), "{message}");
        assert_eq!(third.json()["retry_after_s"], json!(3 * 3600));
        app.clock.advance_ms(89 * 60_000 + 1);
        let (code, message) = anyone.post(SIGN_IN, typed(PASSWORD)).await.fault(403);
        assert_eq!(code, "MEMBER_LOCKED");
        assert!(message.contains("locked for 1 hour and 31 minutes."), "{message}");
        app.clock.advance_ms(91 * 60_000);
        for _ in 0..2 {
            assert_eq!(anyone.post(SIGN_IN, typed("wrong wrong")).await.status, 401);
        }
        anyone.post(SIGN_IN, typed(PASSWORD)).await.ok();
        // The right one has reset the counter.
        for _ in 0..2 {
            assert_eq!(anyone.post(SIGN_IN, typed("wrong wrong")).await.status, 401);
        }
        let nobody = json!({ "email": "nobody@example.com", "password": PASSWORD });
        for _ in 0..4 {
            assert_eq!(anyone.post(SIGN_IN, nobody.clone()).await.fault(401).0, "INVALID_SIGN_IN");
        }
    }
}
