//! Personal access tokens: shown once, for one account, until they are revoked.

use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::{Actor, Developer, TestApp};
use crate::connect_link::{CONNECT_URL, link};
use crate::setup::{
    ACCOUNTS, ACTIVE, PLAYGROUND, SESSION_TOKEN, WEBHOOKS, account, connect_by_key,
};

fn path(developer: &Developer, environment: &str, account: &str) -> String {
    format!(
        "{}/account/{account}/access-token",
        developer.console(environment)
    )
}

async fn create(member: &Actor, path: &str, name: &str) -> (Value, String) {
    let made = member.post(path, json!({ "name": name })).await.ok();
    let token = made["token"].as_str().unwrap().to_owned();
    (made["access_token"].clone(), token)
}

on_both! {
    async fn a_token_is_shown_once_and_lasts(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.account("acme").await;
        let member = developer.member(Role::Solutions).await;
        let all = path(&developer, "test", "acme");
        let (made, token) = create(&member, &all, " For scripts ").await;
        assert!(token.starts_with("trn_pat_"), "{token}");
        assert_eq!(token.len(), 57);
        assert_eq!(made["name"], json!("For scripts"));
        assert_eq!(made["hint"], json!(format!("trn_pat_…{}", &token[53..])));
        assert!(made["created_by"].as_str().unwrap().starts_with("Solutions"));
        assert_eq!(made["last_used_at"], Value::Null);
        app.clock.advance_ms(1);
        let (second, _) = create(&member, &all, "").await;
        assert_eq!(second["name"], json!("Access token"));
        let listed = member.get(&all).await;
        assert_eq!(listed.ok()["access_tokens"], json!([second, made]));
        assert!(!listed.text.contains(&token));

        app.clock.advance_ms(10 * 365 * 24 * 3_600_000);
        let bearer = Actor::with_token(&app.url, &token);
        assert_eq!(bearer.get(ACTIVE).await.ok()["account_id"], json!("acme"));
    }

    async fn it_stands_wherever_a_session_does_and_nowhere_else(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        developer.test.account("other").await;
        let member = developer.member(Role::Admin).await;
        let (_, token) = create(&member, &path(&developer, "test", "acme"), "mcp").await;
        let bearer = Actor::with_token(&app.url, &token);
        connect_by_key(&app, &bearer, "ada@example.com").await;
        // The token's account, whatever a header says.
        let claimed = bearer.on("other");
        assert_eq!(claimed.get(PLAYGROUND).await.ok()["connected"], json!(true));
        assert_eq!(acme.get(PLAYGROUND).await.ok()["connected"], json!(true));
        assert_eq!(bearer.get(&account("acme")).await.status, 200);
        assert_eq!(bearer.get(&account("other")).await.status, 404);
        assert_eq!(bearer.get("/connect/api/portal").await.ok()["account"]["account_id"], json!("acme"));
        for path in [ACCOUNTS, WEBHOOKS, "/api/v2/public/connector", "/console/api/portal-settings"] {
            assert_eq!(bearer.get(path).await.status, 401, "{path}");
        }
        let minted = bearer.post(SESSION_TOKEN, json!({ "linked_account_id": "acme" })).await;
        assert_eq!(minted.status, 401);
        assert_eq!(Actor::with_key(&app.url, &token).on("acme").get(PLAYGROUND).await.status, 401);
        let (head, tail) = token.split_at(30);
        let flipped = if tail.starts_with('A') { "B" } else { "A" };
        for wrong in [format!("{head}{flipped}{}", &tail[1..]), "trn_pat_".to_owned(), format!("{token}0")] {
            let answer = Actor::with_token(&app.url, &wrong).get(ACTIVE).await;
            assert_eq!(answer.fault(401).0, "INVALID_TOKEN", "{wrong}");
        }
    }

    async fn a_revoked_token_fails_at_once_and_its_links_with_it(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.account("acme").await;
        let member = developer.member(Role::Developer).await;
        let all = path(&developer, "test", "acme");
        let (made, token) = create(&member, &all, "").await;
        let (_, kept) = create(&member, &all, "").await;
        let bearer = Actor::with_token(&app.url, &token);
        let opens = link(&bearer, json!({})).await;
        let one = format!("{all}/{}", made["id"].as_str().unwrap());
        app.clock.advance_ms(1);
        assert_eq!(member.delete(&one).await.ok(), json!({ "done": true }));
        assert_eq!(bearer.get(ACTIVE).await.fault(401).0, "INVALID_TOKEN");
        assert_eq!(bearer.post(CONNECT_URL, json!({})).await.status, 401);
        let opened = app.anonymous().post("/connect/api/session", json!({ "token": opens })).await;
        assert_eq!(opened.fault(404).0, "LINK_INVALID");
        assert_eq!(member.delete(&one).await.fault(404).0, "RESOURCE_NOT_FOUND");
        assert_eq!(member.delete(&format!("{all}/pat_x")).await.fault(404).0, "RESOURCE_NOT_FOUND");
        let kept = Actor::with_token(&app.url, &kept);
        assert_eq!(kept.get(ACTIVE).await.status, 200);
        // Whoever holds it can end it, too.
        app.clock.advance_ms(1);
        let ended = kept.send("POST", "/api/v2/public/session-token/revoke", None).await.ok();
        assert_eq!(ended["revoked_count"], json!(1));
        assert_eq!(kept.get(ACTIVE).await.status, 401);
        assert_eq!(member.get(&all).await.ok()["access_tokens"], json!([]));

        let entries = app.audit(&developer, Environment::Test).await;
        let told: Vec<_> = entries
            .iter()
            .filter(|entry| entry.action.as_str().starts_with("Access Token"))
            .map(|entry| (entry.action.as_str(), &entry.actor[..4], entry.details.as_str()))
            .collect();
        let about = r#"{"linked_account_id":"acme"}"#;
        assert_eq!(told, [
            ("Access Token Revoked", "pat_", about),
            ("Access Token Revoked", "mem_", about),
            ("Access Token Created", "mem_", about),
            ("Access Token Created", "mem_", about),
        ]);
    }

    async fn it_goes_with_its_account(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.account("acme").await;
        let member = developer.member(Role::Developer).await;
        let all = path(&developer, "test", "acme");
        let (_, token) = create(&member, &all, "").await;
        developer.test.delete(&account("acme")).await.ok();
        developer.test.account("acme").await;
        assert_eq!(Actor::with_token(&app.url, &token).get(ACTIVE).await.status, 401);
        assert_eq!(member.get(&all).await.ok()["access_tokens"], json!([]));
    }

    async fn other_environments_and_organizations_have_none_of_it(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let stranger = app.developer().await;
        for actor in [&developer.test, &developer.live, &stranger.test] {
            actor.account("acme").await;
        }
        developer.test.account("other").await;
        let member = developer.member(Role::Owner).await;
        let (made, token) = create(&member, &path(&developer, "test", "acme"), "").await;
        let id = made["id"].as_str().unwrap();
        let outsider = stranger.member(Role::Owner).await;
        for (who, all) in [
            (&member, path(&developer, "live", "acme")),
            (&member, path(&developer, "test", "other")),
            (&outsider, path(&stranger, "test", "acme")),
        ] {
            assert_eq!(who.get(&all).await.ok()["access_tokens"], json!([]), "{all}");
            assert_eq!(who.delete(&format!("{all}/{id}")).await.status, 404, "{all}");
        }
        for all in [path(&developer, "test", "acme"), path(&developer, "test", "nobody")] {
            assert_eq!(outsider.get(&all).await.status, 404, "{all}");
            assert_eq!(outsider.post(&all, json!({})).await.status, 404, "{all}");
        }
        let nobody = path(&developer, "test", "nobody");
        assert_eq!(member.get(&nobody).await.status, 404);
        assert_eq!(member.post(&nobody, json!({})).await.status, 404);
        assert_eq!(Actor::with_token(&app.url, &token).get(ACTIVE).await.status, 200);

        let external = developer.member(Role::External).await;
        let all = path(&developer, "test", "acme");
        assert_eq!(external.get(&all).await.status, 200);
        assert_eq!(external.post(&all, json!({})).await.fault(403).0, "FORBIDDEN");
        assert_eq!(external.delete(&format!("{all}/{id}")).await.fault(403).0, "FORBIDDEN");
    }

    async fn names_are_checked_and_uses_are_noted(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.account("acme").await;
        let member = developer.member(Role::Developer).await;
        let all = path(&developer, "test", "acme");
        for wrong in [json!("x".repeat(201)), json!("a\u{7}b"), json!(1)] {
            let answer = member.post(&all, json!({ "name": wrong })).await;
            assert_eq!(answer.fault(400).0, "VALIDATION_ERROR");
            assert_eq!(answer.json()["field"], json!("name"));
        }
        let (_, token) = create(&member, &all, "").await;
        app.clock.advance_ms(60_000);
        Actor::with_token(&app.url, &token).get(ACTIVE).await.ok();
        app.core.flush_last_uses().await.unwrap();
        let listed = member.get(&all).await.ok();
        let noted = &listed["access_tokens"][0];
        assert!(noted["last_used_at"].as_str() > noted["created_at"].as_str(), "{noted}");
    }
}
