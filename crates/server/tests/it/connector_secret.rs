//! The developer's own keys with a provider: sealed, masked, and sent all the same.

use serde_json::{Value, json};
use tempfile::TempDir;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Options, TestApp};

const SETTING: &str = "/api/v2/public/connector/partner";
const MASK: &str = "********";
const KEY: &str = "the-developers-own-key";

/// A connector that sends a key of the developer's and a field in the clear.
fn connector(api: &str) -> String {
    format!(
        "
slug: partner
name: Partner
description: Takes a key of the developer's beside the customer's.
categories: [other]
docs: https://partner.example/docs
base_url: {api}
headers: {{ X-Developer-Key: \"${{field.developer_key}}\", X-Region: \"${{field.region}}\" }}
fields:
  - {{ name: developer_key, label: Developer key, pattern: \"^[a-z-]+$\", by: developer, secret: true }}
  - {{ name: region, label: Region, by: developer }}
auth:
  keybased:
    fields: [{{ name: key, label: Key, type: password }}]
    place: {{ headers: {{ Authorization: \"Bearer ${{credential.key}}\" }} }}
    verify: {{ path: /me, identifier: id }}
"
    )
}

async fn start(test: &trunnel_testing::db::TestDb) -> (TestApp, Receiver, TempDir) {
    let api = Receiver::start().await;
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("partner");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("connector.yaml"), connector(&api.url(""))).unwrap();
    let connectors = Some(folder.path().to_owned());
    let options = Options {
        connectors,
        ..Options::default()
    };
    (TestApp::with(test, options).await, api, folder)
}

async fn connect(api: &Receiver, customer: &Actor) {
    api.answer_with([Scripted::json(200, r#"{"id":"ada"}"#)]);
    let path = "/api/v2/public/linked-account/integration/save-key-credentials/partner";
    customer.put(path, json!({ "key": "k" })).await.ok();
}

/// What the provider was sent last.
async fn sent(api: &Receiver, customer: &Actor, header: &str) -> Option<String> {
    api.answer_with([Scripted::json(200, "{}")]);
    let path = "/api/v2/integration-schema/partner/actions/httprequest/execute";
    customer
        .post(path, json!({ "method": "GET", "path": "/things" }))
        .await
        .ok();
    api.requests()
        .last()
        .unwrap()
        .header(header)
        .map(str::to_owned)
}

fn fields(key: &str, region: &str) -> Value {
    json!({ "enabled": true, "fields": { "developer_key": key, "region": region } })
}

on_both! {
    async fn a_key_of_the_developers_is_sent_and_never_shown(test: TestDb) {
        let (app, api, _folder) = start(&test).await;
        let developer = app.developer().await;
        let shown = developer.test.put(SETTING, fields(KEY, "eu")).await;
        assert_eq!(shown.ok()["fields"], json!({ "developer_key": MASK, "region": "eu" }));
        assert_eq!(shown.ok()["missing"], json!([]));
        let customer = developer.test.account("customer").await;
        connect(&api, &customer).await;
        assert_eq!(api.requests()[0].header("x-developer-key"), Some(KEY));
        assert_eq!(sent(&api, &customer, "x-developer-key").await.as_deref(), Some(KEY));
        let answers = [
            shown,
            developer.test.get(SETTING).await,
            developer.test.get("/api/v2/public/connector").await,
            developer.test.get("/api/v2/public/connection").await,
            customer.get("/api/v2/public/application/partner").await,
        ];
        for answer in answers {
            answer.ok();
            assert!(!answer.text.contains(KEY), "{}", answer.text);
        }
        // A provider that says it back is not believed to be the customer's business.
        api.answer_with([Scripted::json(403, &json!({ "told": KEY }).to_string())]);
        let path = "/api/v2/integration-schema/partner/actions/httprequest/execute";
        let refused = customer.post(path, json!({ "method": "GET", "path": "/things" })).await;
        assert!(!refused.text.contains(KEY), "{}", refused.text);
        // Neither the setting nor the connection has it in the clear.
        let scope = trunnel_model::scope::Scope::verified(
            developer.app_id.clone(),
            trunnel_model::environment::Environment::Test,
        );
        let stored = trunnel_store::connector_setting::list(&app.db, &scope).await.unwrap();
        let account = trunnel_model::text::AccountId::parse("customer").unwrap();
        let connections = trunnel_store::connection::of_app(&app.db, &scope, &account, "partner");
        let kept = format!("{stored:?} {:?}", connections.await.unwrap());
        assert!(kept.contains("partner") && !kept.contains(KEY), "{kept}");
    }

    async fn a_mask_keeps_what_is_set_and_nothing_takes_it_away(test: TestDb) {
        let (app, api, _folder) = start(&test).await;
        let developer = app.developer().await;
        // There is nothing to keep yet.
        let refused = developer.test.put(SETTING, fields(MASK, "eu")).await;
        assert_eq!(refused.fault(400).0, "VALIDATION_ERROR");
        assert!(refused.text.contains("developer_key"), "{}", refused.text);
        developer.test.put(SETTING, fields(KEY, "eu")).await.ok();
        developer.test.put(SETTING, fields(MASK, "us")).await.ok();
        let customer = developer.test.account("customer").await;
        connect(&api, &customer).await;
        assert_eq!(sent(&api, &customer, "x-developer-key").await.as_deref(), Some(KEY));
        // A new one holds for those who are connected, too.
        developer.test.put(SETTING, fields("another-key", "us")).await.ok();
        let now = sent(&api, &customer, "x-developer-key").await;
        assert_eq!(now.as_deref(), Some("another-key"));
        // One that cannot be changes nothing.
        let broken = developer.test.put(SETTING, fields("NOT A KEY", "us")).await;
        assert_eq!(broken.fault(400).0, "VALIDATION_ERROR");
        assert!(!broken.text.contains("NOT A KEY"), "{}", broken.text);
        let unset = json!({ "fields": { "region": "us" } });
        developer.test.put(SETTING, unset).await.fault(400);
        let now = sent(&api, &customer, "x-developer-key").await;
        assert_eq!(now.as_deref(), Some("another-key"));
        // Live has none of it.
        let live = developer.live.get(SETTING).await.ok();
        assert_eq!(live["fields"], json!({}));
    }

    async fn what_was_kept_in_the_clear_before_is_masked_and_sealed_when_it_is_saved(test: TestDb) {
        let (app, api, _folder) = start(&test).await;
        let developer = app.developer().await;
        developer.test.put(SETTING, fields("older", "eu")).await.ok();
        let sql = format!(
            "UPDATE connector_setting SET fields = '{{\"developer_key\":\"{KEY}\",\"region\":\"eu\"}}'; \
             DELETE FROM connector_secret"
        );
        test.tamper(&sql).await;
        let shown = developer.test.get(SETTING).await;
        assert_eq!(shown.ok()["fields"]["developer_key"], json!(MASK));
        assert!(!shown.text.contains(KEY));
        let earlier = developer.test.account("earlier").await;
        connect(&api, &earlier).await;
        assert_eq!(sent(&api, &earlier, "x-developer-key").await.as_deref(), Some(KEY));
        developer.test.put(SETTING, fields(MASK, "us")).await.ok();
        let scope = trunnel_model::scope::Scope::verified(
            developer.app_id.clone(),
            trunnel_model::environment::Environment::Test,
        );
        let stored = trunnel_store::connector_setting::list(&app.db, &scope).await.unwrap();
        assert!(!format!("{stored:?}").contains(KEY));
        let customer = developer.test.account("customer").await;
        connect(&api, &customer).await;
        assert_eq!(sent(&api, &customer, "x-developer-key").await.as_deref(), Some(KEY));
    }
}
