//! The whole main job once, on both databases: account, connect, act, be told.

use serde_json::json;
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::app::TestApp;
use crate::browser::Browser;

on_both! {
    async fn a_customer_connects_and_the_developer_acts(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let hook = json!({
            "webhook_url": sink.url("/hook"),
            "webhook_events": ["Connection Created"],
        });
        developer.test.post("/api/v2/public/webhook", hook).await.ok();
        let acme = developer.test.account("acme").await;

        let path = "/api/v2/public/linked-account/integration/oauth-url/playground_app";
        let begun = acme.get(path).await.ok();
        let page = Browser::new()
            .consent(begun["auth_url"].as_str().unwrap(), "ada@example.com")
            .await;
        assert_eq!(page.status, 200, "{}", page.html);
        assert!(page.html.contains("is connected"), "{}", page.html);

        let application = acme.get("/api/v2/public/application/playground_app").await.ok();
        assert_eq!(application["connected"], json!(true));
        assert_eq!(application["connected_accounts"][0]["identifier"], json!("ada@example.com"));

        let path = "/api/v2/integration-schema/playground_app/actions/list_contacts/execute";
        let listed = acme.post(path, json!({})).await.ok();
        assert_eq!(listed["node_status"], json!("Success"));

        let told = sink.wait_for(1).await;
        let told: serde_json::Value = serde_json::from_slice(&told[0].body).unwrap();
        assert_eq!(told["event"], json!("Connection Created"));
        assert_eq!(told["linked_account_id"], json!("acme"));
    }
}
