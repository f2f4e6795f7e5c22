//! Keys on the Credentials page: what is shown, revealing, and replacing.

use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::{Actor, Developer, TestApp};
use crate::member_setup::{PASSWORD, owner};
use crate::setup::{ACCOUNTS, account};

fn keys(developer: &Developer, environment: &str) -> String {
    format!("{}/api-key", developer.console(environment))
}

async fn opens(key: &str, developer: &Developer) -> bool {
    let actor = developer.test.without("x-api-key").and("x-api-key", key);
    actor.get(ACCOUNTS).await.status == 200
}

fn plain(answer: &crate::app::Answer) -> String {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.ok()["api_key"].as_str().unwrap().to_owned()
}

async fn revealed(app: &TestApp, developer: &Developer, env: Environment) -> usize {
    let entries = app.audit(developer, env).await;
    let named = entries
        .iter()
        .filter(|entry| entry.action.as_str() == "API Key Revealed");
    named.count()
}

on_both! {
    async fn keys_are_shown_with_their_last_use_and_never_in_the_clear(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Developer).await;
        app.clock.advance_ms(1500);
        // Noted in memory only; the page does not lie about it.
        developer.test.get(&account("nobody")).await.fault(404);
        let rotate = format!("{}/rotate", keys(&developer, "test"));
        let new = plain(&member.post(&rotate, json!({ "grace_s": 60 })).await);
        let listed = member.get(&keys(&developer, "test")).await;
        for key in [&new, developer.test.key()] {
            assert!(!listed.text.contains(key), "{}", listed.text);
        }
        insta::assert_json_snapshot!("keys_of_an_environment", listed.ok(), {
            ".api_keys[].id" => crate::console_api_key::id("key_"),
            ".api_keys[].hint" => insta::dynamic_redaction(|hint, _| {
                assert!(hint.as_str().unwrap().starts_with("trn_test_…"));
                "[hint]"
            }),
        });
        let live = member.get(&keys(&developer, "live")).await.ok();
        assert_eq!(live["api_keys"][0]["last_used"], Value::Null);
        app.clock.advance_ms(60_000);
        let later = member.get(&keys(&developer, "test")).await.ok();
        assert_eq!(later["api_keys"].as_array().unwrap().len(), 1);
    }

    async fn in_live_a_key_is_shown_for_the_members_password(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let owner = owner(&app, &developer).await;
        let path = |environment: &str| format!("{}/reveal", keys(&developer, environment));
        let shown = owner.post(&path("test"), json!({})).await;
        assert_eq!(plain(&shown), developer.test.key());
        assert_eq!(revealed(&app, &developer, Environment::Test).await, 1);

        for (body, code) in [
            (json!({}), "PASSWORD_REQUIRED"),
            (json!({ "password": "" }), "PASSWORD_REQUIRED"),
            (json!({ "password": "wrong" }), "PASSWORD_WRONG"),
        ] {
            let refused = owner.post(&path("live"), body).await;
            assert_eq!(refused.fault(403).0, code);
            assert_eq!(refused.json()["field"], json!("password"));
        }
        assert_eq!(owner.post(&path("live"), json!({ "password": 7 })).await.fault(400).0, "VALIDATION_ERROR");
        assert_eq!(revealed(&app, &developer, Environment::Live).await, 0);
        let shown = owner.post(&path("live"), json!({ "password": PASSWORD })).await;
        assert_eq!(plain(&shown), developer.live.key());
        assert_eq!(revealed(&app, &developer, Environment::Live).await, 1);

        app.core.set_reveal_keys(&developer.app_id, false).await.unwrap();
        let listed = owner.get(&keys(&developer, "test")).await.ok();
        assert_eq!(listed["can_reveal"], json!(false));
        assert_eq!(owner.post(&path("test"), json!({})).await.fault(403).0, "FORBIDDEN");
    }

    async fn a_key_is_replaced_at_once_or_after_its_grace(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Developer).await;
        let path = format!("{}/rotate", keys(&developer, "test"));
        for grace in [json!(-1), json!(604_801), json!("60"), json!(1.5)] {
            let refused = member.post(&path, json!({ "grace_s": grace })).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR");
            assert_eq!(refused.json()["field"], json!("grace_s"));
        }
        let old = developer.test.key().to_owned();
        assert!(opens(&old, &developer).await);
        let second = plain(&member.post(&path, json!({})).await);
        assert!(!opens(&old, &developer).await && opens(&second, &developer).await);
        let third = plain(&member.post(&path, json!({ "grace_s": 604_800 })).await);
        assert!(opens(&second, &developer).await && opens(&third, &developer).await);
        assert!(opens(developer.live.key(), &developer).await);
        app.clock.advance_ms(604_800_000);
        assert!(!opens(&second, &developer).await && opens(&third, &developer).await);

        let entries = app.audit(&developer, Environment::Test).await;
        let entry = entries.iter().find(|entry| entry.action.as_str() == "API Key Regenerated");
        let entry = entry.unwrap();
        assert!(entry.actor.starts_with("mem_"), "{}", entry.actor);
        assert_eq!(entry.address.as_deref(), Some("127.0.0.1"));
    }

    async fn who_only_looks_gets_no_key(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let stranger = app.developer().await.member(Role::Owner).await;
        let external = developer.member(Role::External).await;
        let all = keys(&developer, "test");
        let try_all = async |who: &Actor, status: u16| {
            who.get(&all).await.fault(status);
            who.post(&format!("{all}/reveal"), json!({})).await.fault(status);
            who.post(&format!("{all}/rotate"), json!({})).await.fault(status);
        };
        try_all(&external, 403).await;
        try_all(&stranger, 404).await;
        try_all(&app.anonymous(), 401).await;
        assert!(opens(developer.test.key(), &developer).await);
    }
}

/// Stands for an id of this kind, and checks that it is one.
pub fn id(prefix: &'static str) -> insta::internals::Redaction {
    insta::dynamic_redaction(move |value, _| {
        let text = value.as_str().unwrap();
        assert!(text.starts_with(prefix), "{text}");
        format!("[{prefix}]")
    })
}
