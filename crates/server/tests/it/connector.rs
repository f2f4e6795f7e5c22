//! Connectors as a developer sets them up, each environment for itself.

use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;

use crate::app::{Actor, TestApp};
use crate::browser::Browser;
use crate::provider::{PLAYGROUND, application, auth_url, connect, query_of, register_client};

const SETTING: &str = "/api/v2/public/connector/playground_app";
const OAUTH_URL: &str = "/api/v2/public/linked-account/integration/oauth-url/playground_app";

fn slugs(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|entry| entry["slug"].as_str().unwrap()).collect()
}

async fn set(actor: &Actor, change: Value) -> Value {
    actor.put(SETTING, change).await.ok()
}

on_both! {
    async fn a_setting_is_shown_whole(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let change = json!({
            "client_id": "the-client",
            "client_secret": "the-secret",
            "scopes": ["contacts.write"],
        });
        set(&developer.test, change).await;
        let shown = developer.test.get(SETTING).await.ok();
        insta::assert_json_snapshot!("a_setting_is_shown_whole", shown, {
            ".callback_url" => insta::dynamic_redaction(move |url, _| {
                assert_eq!(url.as_str().unwrap(), app.core.callback_url(PLAYGROUND));
                "[the callback URL]"
            }),
        });
    }

    async fn a_shared_client_connects_in_test_and_is_refused_in_live(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        assert_eq!(application(&acme, PLAYGROUND).await["connected"], json!(true));

        let live = developer.live.account("acme").await;
        let (code, message) = live.get(OAUTH_URL).await.fault(400);
        assert_eq!(code, "APP_CREDENTIALS_MISSING");
        assert!(message.starts_with("Playground has no OAuth client in live."), "{message}");
        assert!(message.contains("Connectors > Playground > Settings"), "{message}");
        let shown = developer.live.get(SETTING).await.ok();
        assert_eq!(shown["shared_credentials_available"], json!(false));
        assert_eq!(shown["missing"], json!([message]));
        let asked = developer.live.put(SETTING, json!({ "credential_source": "shared" })).await;
        assert_eq!(asked.fault(400).0, "VALIDATION_ERROR");
        assert_eq!(asked.json()["field"], json!("credential_source"));
    }

    async fn each_environment_sends_its_own_client(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let (here, there) =
            (developer.test.account("acme").await, developer.live.account("acme").await);
        set(&developer.test, json!({ "client_id": "client-a", "client_secret": "a" })).await;
        let live = developer.live.get(SETTING).await;
        assert_eq!(live.ok()["client_id"], json!(null));
        assert!(!live.text.contains("client-a"));
        let refused = there.get(OAUTH_URL).await;
        assert_eq!(refused.fault(400).0, "APP_CREDENTIALS_MISSING");
        assert!(!refused.text.contains("client-a"));

        set(&developer.live, json!({ "client_id": "client-b", "client_secret": "b" })).await;
        for (actor, client) in [(&here, "client-a"), (&there, "client-b")] {
            let url = auth_url(actor, PLAYGROUND).await;
            assert_eq!(query_of(&url, "client_id").as_deref(), Some(client));
        }
    }

    async fn a_client_secret_is_write_only_and_survives_its_own_mask(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let callback = app.core.callback_url(PLAYGROUND);
        let (id, secret) = register_client(&app, "Acme", &callback).await;
        let saved = json!({ "client_id": id, "client_secret": secret });
        let shown = set(&developer.test, saved).await;
        let mask = shown["client_secret"].clone();
        assert_eq!(mask, json!("********"));

        // Saved again as it is shown, which is what a settings page does.
        let again = json!({ "client_id": id, "client_secret": mask });
        let saved = developer.test.put(SETTING, again).await;
        let list = developer.test.get("/api/v2/public/connector").await;
        for answer in [&saved, &developer.test.get(SETTING).await, &list] {
            answer.ok();
            assert!(!answer.text.contains(&secret), "{}", answer.text);
        }
        connect(&acme, "ada@example.com").await;
        let audit = app.audit(&developer, Environment::Test).await;
        assert!(audit.iter().any(|entry| entry.details.contains("client_secret_changed\":true")));
        assert!(!format!("{audit:?}").contains(&secret));

        // And that secret was really the one in use: another one does not work.
        set(&developer.test, json!({ "client_secret": "wrong" })).await;
        let url = auth_url(&acme, PLAYGROUND).await;
        let page = Browser::new().consent(url.as_str(), "ada@example.com").await;
        assert_eq!(page.status, 400, "{}", page.html);
        assert!(page.html.contains("refuses the OAuth client"), "{}", page.html);
    }

    async fn the_audit_names_the_developers_fields_and_not_their_values(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let token = "the-developers-own-token";
        let change = json!({ "fields": { "developer_token": token } });
        developer.test.put("/api/v2/public/connector/google-ads", change).await.ok();
        let audit = app.audit(&developer, Environment::Test).await;
        let told = |text: &str| audit.iter().any(|entry| entry.details.contains(text));
        assert!(told(r#""fields_changed":["developer_token"]"#), "{audit:?}");
        assert!(!told(token), "{audit:?}");
    }

    async fn the_callback_url_shown_is_the_one_sent(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let shown = developer.test.get(SETTING).await.ok();
        let url = auth_url(&acme, PLAYGROUND).await;
        let sent = query_of(&url, "redirect_uri");
        assert_eq!(sent.as_deref(), shown["callback_url"].as_str());
        assert_eq!(sent, Some(format!("{}/api/v1/playground_app/callback", app.url)));
    }

    async fn mandatory_scopes_stay_and_typed_ones_are_asked_for(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        for (chosen, asked) in [
            (json!([]), "contacts.read"),
            (json!(["contacts.write"]), "contacts.read contacts.write"),
            (json!(["my.own", "contacts.read"]), "contacts.read my.own"),
        ] {
            let shown = set(&developer.test, json!({ "scopes": chosen })).await;
            assert_eq!(shown["scopes"]["mandatory"], json!(["contacts.read"]));
            assert_eq!(shown["scopes"]["selected"], chosen);
            let url = auth_url(&acme, PLAYGROUND).await;
            assert_eq!(query_of(&url, "scope").as_deref(), Some(asked));
        }
    }

    async fn a_connector_that_is_not_enabled_is_invisible_to_customers(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let (here, there) =
            (developer.test.account("acme").await, developer.live.account("acme").await);
        let (all, one) = ("/api/v2/public/application", "/api/v2/public/application/hubspot");
        let connect = "/api/v2/public/linked-account/integration/oauth-url/hubspot";
        let setting = "/api/v2/public/connector/hubspot";
        assert!(!slugs(&here.get(all).await.ok()).contains(&"hubspot"));
        let absent = here.get(one).await.fault(404);
        let never_was = here.get("/api/v2/public/application/hubspat").await.fault(404);
        assert_eq!(absent.0, never_was.0);
        assert_eq!(absent.1, never_was.1.replace("hubspat", "hubspot"));
        let client = json!({ "client_id": "c", "client_secret": "s" });
        developer.test.put(setting, client).await.ok();
        let (code, message) = here.get(connect).await.fault(400);
        assert_eq!(code, "APP_NOT_ENABLED", "{message}");

        developer.test.put(setting, json!({ "enabled": true })).await.ok();
        assert!(slugs(&here.get(all).await.ok()).contains(&"hubspot"));
        here.get(one).await.ok();
        here.get(connect).await.ok();
        assert!(!slugs(&there.get(all).await.ok()).contains(&"hubspot"));
        there.get(one).await.fault(404);

        developer.test.put(setting, json!({ "enabled": false })).await.ok();
        assert!(!slugs(&here.get(all).await.ok()).contains(&"hubspot"));
        here.get(connect).await.fault(400);
    }

    async fn a_setting_that_cannot_be_is_refused_with_its_name(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let before = developer.test.get(SETTING).await.text;
        for (change, field) in [
            (json!({ "colour": "red" }), "colour"),
            (json!({ "enabled": "yes" }), "enabled"),
            (json!({ "credential_source": "stolen" }), "credential_source"),
            (json!({ "credential_source": "own" }), "client_id"),
            (json!({ "client_id": " " }), "client_id"),
            (json!({ "client_id": "a\nb" }), "client_id"),
            (json!({ "scopes": "contacts.read" }), "scopes"),
            (json!({ "scopes": [""] }), "scopes"),
        ] {
            let refused = developer.test.put(SETTING, change.clone()).await;
            refused.fault(400);
            assert_eq!(refused.json()["field"], json!(field), "{change}");
        }
        let unknown = developer.test.put("/api/v2/public/connector/nothing", json!({})).await;
        assert!(unknown.fault(404).1.contains("'nothing'"));
        assert_eq!(developer.test.get(SETTING).await.text, before);
    }

    async fn the_auth_structure_lists_exactly_what_saving_keys_takes(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let nobody = app.anonymous();
        let mut keybased = 0;
        for view in developer.test.get("/api/v2/public/connector").await.ok().as_array().unwrap() {
            let slug = view["slug"].as_str().unwrap();
            let structure =
                nobody.get(&format!("/api/v2/public/auth-structure/{slug}")).await.ok();
            assert_eq!(structure, view["auth_structure"], "{slug}");
            let families = view["auth_types"].as_array().unwrap();
            assert!(families.iter().all(|f| structure[f.as_str().unwrap()].is_object()), "{slug}");
            let Some(fields) = structure["keybased"].as_object() else { continue };
            keybased += 1;
            let enabled = json!({ "enabled": true });
            let setting = format!("/api/v2/public/connector/{slug}");
            developer.test.put(&setting, enabled).await.ok();
            // Nothing but a field that cannot be: everything else that is missing is told.
            let save =
                format!("/api/v2/public/linked-account/integration/save-key-credentials/{slug}");
            let refused = acme.put(&save, json!({ "no such field": "x" })).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR");
            let errors = refused.json()["errors"].as_array().unwrap().clone();
            let mut told: Vec<_> = errors.iter().map(|e| e["field"].as_str().unwrap()).collect();
            let mut wanted: Vec<_> = fields
                .iter()
                .filter(|(_, shape)| shape.is_string())
                .map(|(name, _)| name.as_str())
                .chain(["no such field"])
                .collect();
            told.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(told, wanted, "{slug}");
            // Control characters are refused in each of them, so none is unknown.
            let filled: serde_json::Map<_, _> =
                fields.keys().map(|name| (name.clone(), json!("\u{7}"))).collect();
            let refused = acme.put(&save, Value::Object(filled)).await;
            refused.fault(400);
            assert!(!refused.text.contains("is not a field"), "{}", refused.text);
        }
        assert!(keybased >= 3, "the catalogue has only {keybased} key-based connectors");
        nobody.get("/api/v2/public/auth-structure/nothing").await.fault(404);
    }
}
