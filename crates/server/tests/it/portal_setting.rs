//! How the portal looks, and who may frame it.

use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::{Actor, TestApp};
use crate::connect_link::{CONNECT_URL, link};

const SETTINGS: &str = "/console/api/portal-settings";

async fn ancestors(app: &TestApp, name: &str) -> String {
    let page = app.anonymous().get(&format!("/connect/{name}")).await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    policy.rsplit_once("frame-ancestors ").unwrap().1.to_owned()
}

#[track_caller]
fn wrong(answer: &crate::app::Answer, field: &str) {
    assert_eq!(answer.fault(400).0, "VALIDATION_ERROR");
    assert_eq!(answer.json()["field"], json!(field));
}

async fn shown(app: &TestApp, token: &str) -> Value {
    let opened = app
        .anonymous()
        .post("/connect/api/session", json!({ "token": token }))
        .await
        .ok();
    opened["portal"]["settings"].clone()
}

on_both! {
    async fn a_change_touches_what_it_names_and_shows_at_once(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Developer).await;
        let token = link(&developer.test.account("acme").await, json!({})).await;
        let mut expected = json!({
            "theme": "auto", "palette": "gray", "navigation": "top", "collection": "card",
            "show_organization": true, "show_linked_account": true, "remove_branding": false,
            "connection_log": true, "redirect_url": null, "terms_url": null, "privacy_url": null,
            "allowed_origins": [],
        });
        assert_eq!(member.get(SETTINGS).await.ok(), expected);
        for (name, value) in [
            ("theme", json!("dark")),
            ("palette", json!("teal")),
            ("navigation", json!("right")),
            ("collection", json!("list")),
            ("show_organization", json!(false)),
            ("show_linked_account", json!(false)),
            ("remove_branding", json!(true)),
            ("connection_log", json!(false)),
            ("redirect_url", json!("https://app.example.com/done?a=b#c")),
            ("terms_url", json!("https://example.com/terms")),
            ("privacy_url", json!("http://example.com/privacy")),
            ("allowed_origins", json!(["https://app.example.com", "http://localhost:3000"])),
        ] {
            expected[name] = value.clone();
            app.clock.advance_ms(1);
            assert_eq!(member.put(SETTINGS, json!({ name: value })).await.ok(), expected);
            assert_eq!(shown(&app, &token).await, expected);
        }
        for gone in [json!(null), json!(" ")] {
            expected["terms_url"] = json!(null);
            app.clock.advance_ms(1);
            assert_eq!(member.put(SETTINGS, json!({ "terms_url": gone })).await.ok(), expected);
        }
        assert_eq!(member.put(SETTINGS, json!({})).await.ok(), expected);
        assert_eq!(member.put(SETTINGS, json!({ "theme": null })).await.ok(), expected);

        let entries = app.audit(&developer, Environment::Live).await;
        let changes = entries.iter().filter(|entry| entry.action.as_str() == "Portal Settings Updated");
        let changes: Vec<_> = changes.collect();
        assert_eq!(changes.len(), 13, "what changes nothing is no change");
        assert_eq!(changes[0].details, r#"{"changed":["terms_url"]}"#);
        assert!(changes[0].actor.starts_with("mem_"));
        assert_eq!(changes[0].subject, developer.organization);
    }

    async fn each_organization_has_its_own(test: TestDb) {
        let app = TestApp::start(&test).await;
        let (one, other) = (app.developer().await, app.developer().await);
        let member = one.member(Role::Admin).await;
        member.put(SETTINGS, json!({ "palette": "pink", "allowed_origins": ["https://one.example"] })).await.ok();
        let theirs = other.member(Role::Admin).await.get(SETTINGS).await.ok();
        assert_eq!(theirs["palette"], json!("gray"));
        assert_eq!(ancestors(&app, one.app_id.as_str()).await, "https://one.example");
        assert_eq!(ancestors(&app, other.app_id.as_str()).await, "'none'");
    }

    async fn only_listed_origins_may_frame_the_portal(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let token = link(&developer.test.account("acme").await, json!({})).await;
        let member = developer.member(Role::Developer).await;
        assert_eq!(ancestors(&app, &token).await, "'none'");
        let origins = json!({ "allowed_origins": [
            "https://app.example.com", "HTTPS://App.Example.com", "http://[::1]:8080", " https://1.2.3.4 ",
        ] });
        let now = member.put(SETTINGS, origins).await.ok();
        let kept = json!(["https://app.example.com", "http://[::1]:8080", "https://1.2.3.4"]);
        assert_eq!(now["allowed_origins"], kept);
        let listed = "https://app.example.com http://[::1]:8080 https://1.2.3.4";
        for name in [token.as_str(), developer.app_id.as_str()] {
            assert_eq!(ancestors(&app, name).await, listed);
        }
        let nobody = format!("app_{}", "0".repeat(22));
        for name in ["lnk_x", "x", nobody.as_str(), "%00", "a%20b"] {
            assert_eq!(ancestors(&app, name).await, "'none'", "{name}");
        }
        app.clock.advance_ms(3 * 24 * 3_600_000);
        assert_eq!(ancestors(&app, &token).await, "'none'", "an ended link is nobody's");
    }

    async fn what_is_no_origin_cannot_get_into_the_header(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Developer).await;
        for text in [
            "*",
            "'self'",
            "https:",
            "https://",
            "app.example.com",
            "https://*.example.com",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://app.example.com:443",
            "https://user@app.example.com",
            "https://app.example.com?x",
            "https://a.example https://b.example",
            "https://a.example;script-src *",
            "https://a.example,https://b.example",
            "https://a.example;",
            "https://a.example'",
            "https://a.example\r\nset-cookie: a=b",
            "https://a.example\nx: y",
            "https://a\u{0}.example",
            "https://ä.example",
            "ftp://a.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "null",
            "",
        ] {
            let answer = member.put(SETTINGS, json!({ "allowed_origins": ["https://fine.example", text] })).await;
            wrong(&answer, "allowed_origins");
        }
        let many: Vec<_> = (0..21).map(|n| format!("https://a{n}.example")).collect();
        wrong(&member.put(SETTINGS, json!({ "allowed_origins": many })).await, "allowed_origins");
        assert_eq!(member.get(SETTINGS).await.ok()["allowed_origins"], json!([]));
        assert_eq!(ancestors(&app, developer.app_id.as_str()).await, "'none'");
    }

    async fn other_wrong_values_are_refused_and_change_nothing(test: TestDb) {
        let app = TestApp::start(&test).await;
        let member = app.developer().await.member(Role::Developer).await;
        let before = member.get(SETTINGS).await.ok();
        for (name, value) in [
            ("theme", json!("blue")),
            ("palette", json!(1)),
            ("navigation", json!("bottom")),
            ("collection", json!(["list"])),
            ("show_organization", json!("yes")),
            ("redirect_url", json!("example.com")),
            ("redirect_url", json!("javascript:alert(1)")),
            ("terms_url", json!("https://exa mple.com")),
            ("terms_url", json!("https://a.example/\u{7}")),
            ("privacy_url", json!(format!("https://a.example/{}", "x".repeat(2048)))),
            ("allowed_origins", json!("https://a.example")),
        ] {
            let answer = member.put(SETTINGS, json!({ "theme": "dark", name: value })).await;
            wrong(&answer, name);
        }
        assert_eq!(member.get(SETTINGS).await.ok(), before);
    }

    async fn who_may_look_and_who_may_change(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let change = json!({ "theme": "dark" });
        for (role, looks, changes) in [
            (Role::Owner, 200, 200),
            (Role::Admin, 200, 200),
            (Role::Developer, 200, 200),
            (Role::Solutions, 200, 403),
            (Role::External, 403, 403),
        ] {
            let member = developer.member(role).await;
            assert_eq!(member.get(SETTINGS).await.status, looks, "{role:?}");
            assert_eq!(member.put(SETTINGS, change.clone()).await.status, changes, "{role:?}");
        }
        let session = developer.test.account("acme").await;
        for outsider in [&app.anonymous(), &session, &Actor::with_cookie(&app.url, "x")] {
            assert_eq!(outsider.get(SETTINGS).await.status, 401);
        }
    }

    async fn a_link_leads_back_to_known_sites_only(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let member = developer.member(Role::Developer).await;
        let leads = async |url: &str| {
            acme.post(CONNECT_URL, json!({ "redirect_url": url })).await
        };
        assert_eq!(leads("https://anywhere.example/").await.status, 200);
        member.put(SETTINGS, json!({ "redirect_url": "https://home.example/done" })).await.ok();
        assert_eq!(leads("https://home.example/elsewhere").await.status, 200);
        wrong(&leads("https://anywhere.example/").await, "redirect_url");
        member.put(SETTINGS, json!({ "allowed_origins": ["http://localhost:3000"] })).await.ok();
        assert_eq!(leads("http://localhost:3000/back").await.status, 200);
        for url in [
            "http://localhost:3001/back",
            "https://localhost:3000/back",
            "http://home.example/",
            "https://home.example.evil.example/",
            "https://home.example@evil.example/",
            "https://sub.home.example/",
        ] {
            wrong(&leads(url).await, "redirect_url");
        }
    }
}
