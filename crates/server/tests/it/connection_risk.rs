//! What is said ahead of a connection's end.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::Answer as Scripted;

use crate::app::TestApp;
use crate::provider::Acme;
use crate::setup::connect_by_key;

const AT_RISK: &str = "/api/v2/public/connection/at-risk";
const DAY_S: u32 = 24 * 3600;

fn reasons(page: &Value) -> Vec<(&str, Vec<&str>)> {
    let docs = page["docs"].as_array().unwrap().iter();
    let mut found: Vec<_> = docs
        .map(|doc| {
            let risks = doc["risks"].as_array().unwrap().iter();
            let risks = risks.map(|risk| risk["reason"].as_str().unwrap()).collect();
            (doc["linked_account_id"].as_str().unwrap(), risks)
        })
        .collect();
    found.sort();
    found
}

/// A token answer, with or without something to renew it.
fn grant(renewable: bool, life_s: u32) -> Scripted {
    let mut body =
        json!({ "access_token": "access-9", "expires_in": life_s, "scope": "things.read" });
    if renewable {
        body["refresh_token"] = json!("refresh-9");
    }
    Scripted::json(200, &body.to_string())
}

on_both! {
    async fn what_ends_soon_or_fails_or_lacks_consent_is_forecast(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        for (name, renewable, days) in [
            ("dies-soon", false, 3),
            ("dies-late", false, 20),
            ("lives", true, 1),
        ] {
            let actor = developer.test.account(name).await;
            provider.login.answer_with([grant(renewable, days * DAY_S)]);
            let state = provider.state(&actor).await;
            assert_eq!(provider.come_back(&app, &state).await.status, 200);
        }
        let keyed = developer.test.account("keyed").await;
        connect_by_key(&app, &keyed, "ada@example.com").await;
        let soon = developer.test.get(AT_RISK).await.ok();
        assert_eq!(reasons(&soon), [("dies-soon", vec!["token_ends"])]);
        let risk = &soon["docs"][0]["risks"][0];
        assert_eq!(risk["at"], soon["docs"][0]["expires_at"]);
        assert_eq!(soon["docs"][0]["at"], risk["at"]);
        assert!(risk["message"].as_str().unwrap().starts_with("Its token ends in"), "{risk}");
        let later = developer.test.get(&format!("{AT_RISK}?days=30")).await.ok();
        assert_eq!(reasons(&later).len(), 2);

        // Renewing fails for one, and one more scope is configured for all.
        app.clock.advance_ms(i64::from(DAY_S) * 1000 + 1_000);
        provider.login.answer_by_default(Scripted::json(400, r#"{"error":"invalid_client"}"#));
        let lives = developer.test.on("lives");
        let refused = app.passing(5, provider.run(&lives, "list_things", json!({}))).await;
        assert_eq!(refused.fault(400).0, "APP_CREDENTIALS_REFUSED");
        let setting = json!({ "scopes": ["things.write"] });
        developer.test.put("/api/v2/public/connector/acme", setting).await.ok();
        let now = developer.test.get(AT_RISK).await.ok();
        let wanted = [
            ("dies-late", vec!["scopes_missing"]),
            ("dies-soon", vec!["token_ends", "scopes_missing"]),
            ("lives", vec!["refresh_failing", "scopes_missing"]),
        ];
        assert_eq!(reasons(&now), wanted);
        let mut paged = Vec::new();
        let mut cursor = String::new();
        for _ in 0..4 {
            let page = developer.test.get(&format!("{AT_RISK}?limit=1{cursor}")).await.ok();
            paged.extend(page["docs"].as_array().unwrap().clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(json!(paged), now["docs"]);
        assert_eq!(reasons(&developer.live.get(AT_RISK).await.ok()), []);
        assert_eq!(developer.test.get(&format!("{AT_RISK}?days=0")).await.fault(400).0, "VALIDATION_ERROR");
    }
}
