//! The organization's LLM provider: chosen, never shown again, forgotten.

use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::TestApp;

const PATH: &str = "/console/api/llm-provider";
const KEY: &str = "sk-the-key-of-the-organization";

on_both! {
    async fn a_key_is_kept_and_never_shown_again(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let admin = developer.member(Role::Admin).await;
        let none = json!({ "provider": null, "has_key": false, "updated_at": null });
        assert_eq!(admin.get(PATH).await.ok(), none);
        let set = json!({ "provider": "openai", "api_key": KEY });
        let saved = admin.put(PATH, set).await;
        insta::assert_json_snapshot!("an_llm_provider", saved.ok());
        let shown = admin.get(PATH).await;
        assert_eq!(shown.ok(), saved.ok());
        let audit = app.audit(&developer, Environment::Live).await;
        for text in [&saved.text, &shown.text, &format!("{audit:?}")] {
            assert!(!text.contains(KEY), "{text}");
        }
        // Saved again as it is shown, and with the mask that a page may show.
        app.clock.advance_ms(1000);
        for again in [
            json!({ "provider": "openai" }),
            json!({ "provider": "openai", "api_key": "" }),
            json!({ "provider": "openai", "api_key": "********" }),
        ] {
            assert_eq!(admin.put(PATH, again).await.ok(), shown.ok());
        }
        // Another provider does not take this one's key.
        let refused = admin.put(PATH, json!({ "provider": "openrouter" })).await;
        assert_eq!(refused.fault(400).0, "MISSING_REQUIRED_FIELD");
        assert!(refused.json()["message"].as_str().unwrap().contains("OpenRouter"));
        assert_eq!(admin.get(PATH).await.ok(), shown.ok());
        let other = json!({ "provider": "openrouter", "api_key": "or-key" });
        assert_eq!(admin.put(PATH, other).await.ok()["provider"], json!("openrouter"));

        assert_eq!(admin.delete(PATH).await.ok(), json!({ "done": true }));
        assert_eq!(admin.get(PATH).await.ok(), none);
        assert_eq!(admin.delete(PATH).await.ok(), json!({ "done": true }));
        let audit = app.audit(&developer, Environment::Live).await;
        let told = audit.iter().filter(|entry| entry.action.as_str().starts_with("LLM"));
        let told: Vec<_> = told.map(|entry| (entry.action.as_str(), entry.details.as_str())).collect();
        assert_eq!(told, [
            ("LLM Provider Removed", "{}"),
            ("LLM Provider Updated", r#"{"provider":"openrouter"}"#),
            ("LLM Provider Updated", r#"{"provider":"openai"}"#),
        ]);
    }

    async fn only_admins_of_the_organization_set_it(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let admin = developer.member(Role::Admin).await;
        let set = json!({ "provider": "openai", "api_key": KEY });
        admin.put(PATH, set.clone()).await.ok();
        let colleague = developer.member(Role::Developer).await;
        assert_eq!(colleague.get(PATH).await.ok()["has_key"], json!(true));
        colleague.put(PATH, set).await.fault(403);
        colleague.delete(PATH).await.fault(403);
        developer.member(Role::External).await.get(PATH).await.fault(403);
        let stranger = app.developer().await.member(Role::Owner).await;
        assert_eq!(stranger.get(PATH).await.ok()["has_key"], json!(false));
        stranger.delete(PATH).await.ok();
        assert_eq!(admin.get(PATH).await.ok()["has_key"], json!(true));
    }

    async fn what_cannot_be_set_is_refused_with_its_name(test: TestDb) {
        let app = TestApp::start(&test).await;
        let admin = app.developer().await.member(Role::Admin).await;
        let refused = async |body: Value| {
            let refused = admin.put(PATH, body).await;
            (refused.fault(400).0, refused.json()["field"].as_str().unwrap().to_owned())
        };
        let named = |code: &str, field: &str| (code.to_owned(), field.to_owned());
        let missing = "MISSING_REQUIRED_FIELD";
        assert_eq!(refused(json!({})).await, named(missing, "provider"));
        let unknown = json!({ "provider": "other", "api_key": "k" });
        assert_eq!(refused(unknown).await, named("VALIDATION_ERROR", "provider"));
        assert_eq!(refused(json!({ "provider": "openai" })).await, named(missing, "api_key"));
        for key in [json!("a b"), json!("a\nb"), json!("é"), json!(7), json!("k".repeat(1001))] {
            let body = json!({ "provider": "openai", "api_key": key });
            assert_eq!(refused(body).await, named("VALIDATION_ERROR", "api_key"), "{key}");
        }
        assert_eq!(admin.get(PATH).await.ok()["has_key"], json!(false));
    }
}
