//! Links to the Connect portal: made, read, opened, and ended.

use serde_json::{Value, json};
use trunnel_core::SessionLives;
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::{Actor, Options, TestApp};
use crate::setup::{ACTIVE, PLAYGROUND, SESSION_TOKEN, account, connect_by_key};

pub const CONNECT_URL: &str = "/api/v2/public/connect-url";
const PROPERTIES: &str = "/api/v2/public/hosted-properties";
const OPEN: &str = "/connect/api/session";
const PORTAL: &str = "/connect/api/portal";
const REVOKE: &str = "/api/v2/public/session-token/revoke";
const DAY_MS: i64 = 24 * 3_600_000;

/// Makes a link and answers its token.
pub async fn link(actor: &Actor, properties: Value) -> String {
    let made = actor.post(CONNECT_URL, properties).await.ok();
    token_of(made["hosted_url"].as_str().unwrap())
}

fn token_of(url: &str) -> String {
    url.rsplit_once('/').unwrap().1.to_owned()
}

/// Opens a link as the portal's page does.
async fn open(app: &TestApp, token: &str) -> Value {
    let opened = app.anonymous().post(OPEN, json!({ "token": token })).await;
    assert_eq!(opened.header("cache-control"), Some("no-store"));
    opened.ok()
}

fn browser(app: &TestApp, opened: &Value) -> Actor {
    Actor::with_token(&app.url, opened["session_token"].as_str().unwrap())
}

async fn refused(app: &TestApp, token: &str) {
    let answer = app.anonymous().post(OPEN, json!({ "token": token })).await;
    assert_eq!(answer.fault(404).0, "LINK_INVALID", "{token}");
}

on_both! {
    async fn a_link_opens_that_customers_portal(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let made = acme.post(&format!("{CONNECT_URL}?config_id=main"), json!({ "name": "Acme Inc." })).await.ok();
        let url = made["hosted_url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{}/connect/lnk_", app.url)), "{url}");
        let page = app.anonymous().get(url.strip_prefix(&app.url).unwrap()).await;
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("lnk_"), "the page is the same for all");

        let opened = open(&app, &token_of(url)).await;
        assert_eq!(opened["expires_in"], json!(3 * 24 * 3600));
        let portal = &opened["portal"];
        assert_eq!(portal["app_id"], json!(developer.app_id.as_str()));
        assert_eq!(portal["environment"], json!("test"));
        assert_eq!(portal["organization"], json!("Acme"));
        assert_eq!(portal["account"], json!({ "account_id": "acme", "name": "acme" }));
        assert_eq!(portal["config_id"], json!("main"));
        assert_eq!(portal["properties"], json!({ "name": "Acme Inc." }));
        assert_eq!(portal["settings"]["theme"], json!("auto"));

        let browser = browser(&app, &opened);
        assert_eq!(browser.get(PORTAL).await.ok(), *portal);
        assert_eq!(browser.get(ACTIVE).await.ok()["account_id"], json!("acme"));
        connect_by_key(&app, &browser, "ada@example.com").await;
        assert_eq!(browser.get(PLAYGROUND).await.ok()["connected"], json!(true));
        assert_eq!(acme.get(PLAYGROUND).await.ok()["connected"], json!(true));
    }

    async fn what_a_link_carries_comes_back_byte_for_byte(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let session = developer.session("acme").await;
        let bodies = [
            r#"{"z":1,"a":{"y":[1.0,12345678901234567890123,1e2],"b":null},"name":"Åcme \u0000 😀"}"#,
            "{ \"spaces\" :\t\"kept\" ,\"twice\":1,\"twice\":2}\n",
            "{}",
        ];
        for body in bodies {
            app.clock.advance_ms(1);
            let made = session.send("POST", CONNECT_URL, Some(body.as_bytes().to_vec())).await.ok();
            let told = session.get(PROPERTIES).await;
            assert_eq!(told.status, 200);
            assert_eq!(told.text, body);
            assert_eq!(told.header("content-type"), Some("application/json"));
            let token = token_of(made["hosted_url"].as_str().unwrap());
            let by_link = Actor::with_token(&app.url, &token).get(PROPERTIES).await;
            assert_eq!(by_link.text, body);
        }
        let made = acme.send("POST", CONNECT_URL, None).await.ok();
        let token = token_of(made["hosted_url"].as_str().unwrap());
        assert_eq!(Actor::with_token(&app.url, &token).get(PROPERTIES).await.text, "{}");
    }

    async fn each_session_reads_its_own_newest_link(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let other = developer.account("other").await;
        let session = developer.session("acme").await;
        assert_eq!(session.get(PROPERTIES).await.ok(), json!({}));
        let red = link(&acme, json!({ "color": "red" })).await;
        assert_eq!(session.get(PROPERTIES).await.ok(), json!({ "color": "red" }), "the account's");
        app.clock.advance_ms(1);
        let blue = link(&session, json!({ "color": "blue" })).await;
        app.clock.advance_ms(1);
        link(&acme, json!({ "color": "green" })).await;
        link(&other, json!({ "color": "not acme's" })).await;
        let (red, blue) = (open(&app, &red).await, open(&app, &blue).await);
        for (who, color) in [
            (&session, "blue"),
            (&browser(&app, &blue), "blue"),
            (&browser(&app, &red), "red"),
        ] {
            assert_eq!(who.get(PROPERTIES).await.ok(), json!({ "color": color }));
            assert_eq!(who.get(PORTAL).await.ok()["properties"], json!({ "color": color }));
        }
        assert_ne!(red["session_token"], blue["session_token"]);
    }

    async fn a_link_can_be_opened_again_until_it_ends(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let minted = developer.session("acme").await;
        let token = link(&acme, json!({ "name": "Acme" })).await;
        let first = open(&app, &token).await;
        app.clock.advance_ms(3 * DAY_MS - 1);
        let last = open(&app, &token).await;
        assert_eq!(last["session_token"], first["session_token"]);
        let browser = browser(&app, &last);
        assert_eq!(browser.get(ACTIVE).await.status, 200);
        app.clock.advance_ms(1);
        refused(&app, &token).await;
        assert_eq!(browser.get(ACTIVE).await.fault(401).0, "INVALID_TOKEN");
        let by_link = Actor::with_token(&app.url, &token);
        assert_eq!(by_link.get(PROPERTIES).await.fault(401).0, "INVALID_TOKEN");
        // The developer's own session is another one, and lives on.
        assert_eq!(minted.get(PROPERTIES).await.ok(), json!({}));
    }

    async fn sessions_that_end_early_are_followed_by_new_ones(test: TestDb) {
        let lives = SessionLives { token_ms: 100_000, refresh_ms: 200_000 };
        let app = TestApp::with(&test, Options { session: lives, ..Options::default() }).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let token = link(&acme, json!({})).await;
        let first = open(&app, &token).await;
        assert_eq!(first["expires_in"], json!(100));
        app.clock.advance_ms(89_999);
        assert_eq!(open(&app, &token).await["session_token"], first["session_token"]);
        app.clock.advance_ms(1);
        let next = open(&app, &token).await;
        assert_ne!(next["session_token"], first["session_token"]);
        assert_eq!(next["expires_in"], json!(100));
        // A customer who signs out does not lock others out of the link.
        browser(&app, &next).send("POST", REVOKE, None).await.ok();
        assert_eq!(browser(&app, &next).get(ACTIVE).await.status, 401);
        assert_eq!(browser(&app, &open(&app, &token).await).get(ACTIVE).await.status, 200);
    }

    async fn what_ends_the_maker_or_the_account_ends_the_link(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let session = developer.session("acme").await;
        let kept = link(&acme, json!({ "kept": true })).await;
        let ended = link(&session, json!({})).await;
        let opened = browser(&app, &open(&app, &ended).await);
        session.send("POST", REVOKE, None).await.ok();
        refused(&app, &ended).await;
        assert_eq!(opened.get(ACTIVE).await.status, 401);
        assert_eq!(session.post(CONNECT_URL, json!({})).await.fault(401).0, "INVALID_TOKEN");
        let opened = browser(&app, &open(&app, &kept).await);
        developer.delete(&account("acme")).await.ok();
        refused(&app, &kept).await;
        assert_eq!(opened.get(PORTAL).await.status, 401);
        developer.account("acme").await;
        refused(&app, &kept).await;
    }

    async fn a_portals_session_makes_no_further_links(test: TestDb) {
        let app = TestApp::start(&test).await;
        let acme = app.developer().await.test.account("acme").await;
        let token = link(&acme, json!({})).await;
        let browser = browser(&app, &open(&app, &token).await);
        assert_eq!(browser.post(CONNECT_URL, json!({})).await.fault(403).0, "FORBIDDEN");
    }

    async fn the_backend_is_never_handed_a_portals_session(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let opened = open(&app, &link(&acme, json!({})).await).await;
        let minted = developer.post(SESSION_TOKEN, json!({ "linked_account_id": "acme" })).await.ok();
        assert_ne!(minted["token"], opened["session_token"]);
        assert_eq!(minted["expires_in"], json!(7 * 24 * 3600));
    }

    async fn a_link_is_a_secret_of_one_environment(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let stranger = app.developer().await;
        let acme = developer.test.account("acme").await;
        for other in [&developer.live, &stranger.test] {
            other.account("acme").await;
            link(&other.on("acme"), json!({ "whose": "another's" })).await;
        }
        let token = link(&acme, json!({ "whose": "acme's" })).await;
        let browser = browser(&app, &open(&app, &token).await);
        assert_eq!(browser.get(PORTAL).await.ok()["properties"], json!({ "whose": "acme's" }));
        let (head, tail) = token.split_at(20);
        let flipped = if tail.starts_with('A') { "B" } else { "A" };
        for wrong in [
            String::new(),
            "lnk_".to_owned(),
            format!("lnk_{}", "0".repeat(49)),
            format!("{head}{flipped}{}", &tail[1..]),
            format!("{token}0"),
            token.replace("lnk_", "trn_pat_"),
            acme.key().to_owned(),
        ] {
            let answer = app.anonymous().post(OPEN, json!({ "token": wrong })).await;
            let status = if wrong.is_empty() { 400 } else { 404 };
            answer.fault(status);
            let bearer = Actor::with_token(&app.url, &wrong).get(PROPERTIES).await;
            assert_eq!(bearer.status, 401, "{wrong}");
        }
        for path in [ACTIVE, PORTAL, "/api/v2/public/linked-account"] {
            let answer = Actor::with_token(&app.url, &token).get(path).await;
            assert_eq!(answer.status, 401, "a link is no session: {path}");
        }
        assert_eq!(app.anonymous().post(OPEN, json!({ "token": 1 })).await.fault(400).0, "VALIDATION_ERROR");
    }

    async fn what_cannot_be_a_link_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        let send = |body: String| {
            let acme = acme.clone();
            async move { acme.send("POST", CONNECT_URL, Some(body.into_bytes())).await }
        };
        let fits = |len: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(len - 8));
        send(fits(64 * 1024)).await.ok();
        assert_eq!(send(fits(64 * 1024 + 1)).await.fault(413).0, "PAYLOAD_TOO_LARGE");
        for body in ["[]", "null", "\"text\"", "{", "{\"a\":1}x", "{\"a\":1e999}"] {
            assert_eq!(send(body.to_owned()).await.fault(400).0, "VALIDATION_ERROR", "{body}");
        }
        let raw = acme.send("POST", CONNECT_URL, Some(b"{\"a\":\"\xff\"}".to_vec())).await;
        assert_eq!(raw.fault(400).0, "VALIDATION_ERROR");
        let nobody = developer.on("nobody").post(CONNECT_URL, json!({})).await;
        assert_eq!(nobody.fault(400).0, "INVALID_LINKED_ACCOUNT_ID");
        let unnamed = developer.post(CONNECT_URL, json!({})).await;
        assert_eq!(unnamed.fault(400).0, "MISSING_LINKED_ACCOUNT_ID");
        let long = format!("{CONNECT_URL}?config_id={}", "x".repeat(256));
        assert_eq!(acme.post(&long, json!({})).await.fault(400).0, "VALIDATION_ERROR");
        for wrong in [json!("javascript:alert(1)"), json!("/home"), json!(1), json!(""), json!("https://a b.com")] {
            let answer = acme.post(CONNECT_URL, json!({ "redirect_url": wrong })).await;
            assert_eq!(answer.fault(400).0, "VALIDATION_ERROR", "{wrong}");
            assert_eq!(answer.json()["field"], json!("redirect_url"));
        }
        for right in [json!("https://anywhere.example/done?x=1"), json!(null)] {
            acme.post(CONNECT_URL, json!({ "redirect_url": right })).await.ok();
        }
    }

    async fn a_member_hands_a_link_on(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.account("acme corp").await;
        let path = format!("{}/account/acme%20corp/connect-link", developer.console("test"));
        let member = developer.member(Role::Solutions).await;
        let made = member.post(&path, json!({ "name": "Acme Inc." })).await.ok();
        assert!(made["expires_at"].as_str().unwrap().ends_with('Z'));
        let opened = open(&app, &token_of(made["hosted_url"].as_str().unwrap())).await;
        assert_eq!(opened["portal"]["properties"], json!({ "name": "Acme Inc." }));
        let entries = app.audit(&developer, trunnel_model::environment::Environment::Test).await;
        let entry = entries.iter().find(|entry| entry.action.as_str() == "Connect Link Created");
        assert!(entry.unwrap().actor.starts_with("mem_"));

        let live = format!("{}/account/acme%20corp/connect-link", developer.console("live"));
        assert_eq!(member.post(&live, json!({})).await.status, 404);
        let external = developer.member(Role::External).await;
        assert_eq!(external.post(&path, json!({})).await.fault(403).0, "FORBIDDEN");
        let stranger = app.developer().await.member(Role::Owner).await;
        assert_eq!(stranger.post(&path, json!({})).await.fault(404).0, "RESOURCE_NOT_FOUND");
    }
}
