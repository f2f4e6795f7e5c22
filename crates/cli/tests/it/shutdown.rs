//! SIGTERM: what was accepted is done.

use serde_json::json;
use tokio::task::JoinSet;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer, Receiver};

use crate::api::key_of;
use crate::running::Start;
use crate::time::{pause, until};

on_both! {
    async fn an_action_under_way_is_answered(test: TestDb) {
        let start = Start::new(&test);
        let server = start.up().await;
        let acme = server.with_key(&key_of(&test, "test").await).account("acme").await;
        acme.connect_with_key("ada@example.com").await;
        acme.faults(json!({ "next_api_answers": ["slow:2000"] })).await;
        let mut acting = JoinSet::new();
        let actor = acme.clone();
        acting.spawn(async move { actor.act("list_contacts", json!({})).await });
        // It is under way once the provider has taken up its scripted answer.
        until("the provider to be asked", async || {
            let state = acme.get("/playground/faults").await.ok();
            state["next_api_answers"].as_array().unwrap().is_empty().then_some(())
        })
        .await;
        server.terminate();
        let answer = acting.join_next().await.unwrap().unwrap();
        assert_eq!(answer.ok()["node_status"], json!("Success"));
        assert_eq!(server.ended().await, "");
        assert!(start.log().contains("stopping: requests are answered"));
        assert!(acme.try_send("GET", "/healthz", None).await.is_err());
    }

    async fn a_webhook_under_way_is_delivered_once(test: TestDb) {
        let start = Start::new(&test);
        let server = start.up().await;
        let sink = Receiver::start().await;
        sink.answer_by_default(Answer::status(200).after_ms(1_000));
        let developer = server.with_key(&key_of(&test, "test").await);
        developer.webhook(&sink.url("/"), &["Connection Created"]).await;
        developer.account("acme").await.connect_with_key("ada@example.com").await;
        sink.wait_for(1).await;
        server.stop().await;
        let _again = start.up().await;
        // Time enough to be told twice, were it not known that we have been told.
        pause(2_000).await;
        assert_eq!(sink.requests().len(), 1);
    }

    async fn a_webhook_that_waits_for_its_retry_is_kept(test: TestDb) {
        let start = Start::new(&test);
        let server = start.up().await;
        let sink = Receiver::start().await;
        sink.answer_with([Answer::status(500)]);
        let developer = server.with_key(&key_of(&test, "test").await);
        developer.webhook(&sink.url("/"), &["Connection Created"]).await;
        developer.account("acme").await.connect_with_key("ada@example.com").await;
        sink.wait_for(1).await;
        server.stop().await;
        let _again = start.up().await;
        let told = sink.wait_for(2).await;
        assert_eq!(told[0].body, told[1].body);
        assert_eq!(told[0].header("webhook-id"), told[1].header("webhook-id"));
    }
}
