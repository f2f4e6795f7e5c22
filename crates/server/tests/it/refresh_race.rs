//! What else may happen while a token is being renewed.

use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Clock as _;
use trunnel_store::{StoreError, connection};
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::app::{Actor, Answer, Developer, TestApp};
use crate::provider::{
    LIST_CONTACTS, PLAYGROUND, application, connect, counters, revoke, subscribe, switch,
    token_requests,
};
use crate::wait::{Begun, begin};

const HTTP: &str = "/api/v2/integration-schema/playground_app/actions/httprequest/execute";
const DISCONNECT: &str = "/api/v2/public/linked-account/integration/playground_app";

/// A connection of Ada's whose token has ended.
async fn expired_token(app: &TestApp, acme: &Actor) {
    switch(app, json!({ "access_token_life_s": 5 })).await;
    connect(acme, "ada@example.com").await;
    switch(app, json!({ "access_token_life_s": null })).await;
    app.clock.advance_ms(6_000);
}

/// Begins a call whose refresh the provider has not answered yet, and does not before
/// five seconds have passed.
async fn refreshing(app: &TestApp, acme: &Actor) -> Begun<Answer> {
    switch(app, json!({ "next_token_answers": ["slow:5000"] })).await;
    let asked = token_requests(app).await;
    let caller = acme.clone();
    let call = begin(async move { caller.post(LIST_CONTACTS, json!({})).await });
    app.seen(async || (token_requests(app).await > asked).then_some(()))
        .await;
    call
}

/// Whose access the connection is, by the provider's own word.
async fn who(acme: &Actor) -> Value {
    let me = json!({ "method": "GET", "path": "/playground/api/me" });
    acme.post(HTTP, me).await.ok()["data"]["email"].clone()
}

/// Writes the lease of a node that has died while it held it.
async fn lease_to_the_dead(app: &TestApp, developer: &Developer, lives_ms: i64) {
    let scope = Scope::verified(developer.app_id.clone(), Environment::Test);
    let account = AccountId::parse("acme").unwrap();
    let all = connection::of_app(&app.db, &scope, &account, PLAYGROUND)
        .await
        .unwrap();
    let stored = all.into_iter().next().unwrap();
    let now = app.clock.now();
    let won: Result<bool, StoreError> = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let until = now.plus_millis(lives_ms);
                connection::lease(tx, &scope, &stored, "a dead node's", until, now).await
            })
        })
        .await;
    assert!(won.unwrap());
}

on_both! {
    async fn a_caller_that_hangs_up_during_a_refresh_loses_nothing(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        expired_token(&app, &acme).await;
        let call = refreshing(&app, &acme).await;
        call.abort().await;
        let next = acme.post(LIST_CONTACTS, json!({}));
        app.passing(20, next).await.ok();
        let counted = counters(&app).await;
        assert_eq!(counted["token_requests"], json!(2), "the refresh was made twice");
        // Its new refresh token was kept, too.
        app.clock.advance_ms(3_600_000);
        acme.post(LIST_CONTACTS, json!({})).await.ok();
    }

    async fn a_dead_nodes_lease_ends_and_is_taken_over(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        expired_token(&app, &acme).await;
        lease_to_the_dead(&app, &developer, 20_000).await;
        let began = app.clock.now();
        app.passing(50, acme.post(LIST_CONTACTS, json!({}))).await.ok();
        assert!(app.clock.now().since(began) >= 20_000, "the lease did not hold");
        assert_eq!(token_requests(&app).await, 2);
    }

    async fn nobody_waits_longer_than_a_caller_would(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        expired_token(&app, &acme).await;
        lease_to_the_dead(&app, &developer, 600_000).await;
        let began = app.clock.now();
        let refused = app.passing(100, acme.post(LIST_CONTACTS, json!({}))).await;
        assert_eq!(refused.fault(502).0, "EXTERNAL_API_FAILURE");
        assert_eq!(refused.json()["error_class"], json!("transient"));
        let waited = app.clock.now().since(began);
        assert!((45_000..600_000).contains(&waited), "{waited}");
        app.clock.advance_ms(600_000);
        acme.post(LIST_CONTACTS, json!({})).await.ok();
    }

    async fn a_token_that_still_works_is_used_while_another_node_renews_it(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        switch(&app, json!({ "access_token_life_s": 100 })).await;
        connect(&acme, "ada@example.com").await;
        app.clock.advance_ms(90_000);
        lease_to_the_dead(&app, &developer, 60_000).await;
        // Time stands still: whoever waited would wait for ever.
        acme.post(LIST_CONTACTS, json!({})).await.ok();
        assert_eq!(token_requests(&app).await, 1);
    }

    async fn disconnecting_during_a_refresh_disconnects(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        let wanted = ["Connection Created", "Connection Deleted", "Connection Expired"];
        let acme = developer.test.account("acme").await;
        expired_token(&app, &acme).await;
        subscribe(&developer.test, &sink, &wanted).await;
        let call = refreshing(&app, &acme).await;
        acme.delete(DISCONNECT).await.ok();
        let refused = app.passing(50, call.end()).await;
        assert_eq!(refused.fault(400).0, "NOT_CONNECTED");
        assert_eq!(application(&acme, PLAYGROUND).await["connected"], json!(false));
        app.seen(async || (counters(&app).await["revocations"] == json!(1)).then_some(())).await;
        assert_eq!(crate::provider::events(&sink.wait_for(1).await), ["Connection Deleted"]);
    }

    async fn reconnecting_during_a_refresh_wins(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        expired_token(&app, &acme).await;
        let before = application(&acme, PLAYGROUND).await["connected_accounts"].clone();
        let call = refreshing(&app, &acme).await;
        connect(&acme, "bob@example.com").await;
        app.passing(50, call.end()).await.ok();
        assert_eq!(token_requests(&app).await, 3, "the refresh was not answered");
        let after = application(&acme, PLAYGROUND).await["connected_accounts"].clone();
        assert_eq!(before[0]["identifier"], json!("ada@example.com"));
        assert_eq!(after[0]["identifier"], json!("bob@example.com"));
        assert_eq!(after[0]["connection_id"], before[0]["connection_id"]);
        assert_eq!(who(&acme).await, json!("bob@example.com"));
        app.clock.advance_ms(3_600_000);
        assert_eq!(who(&acme).await, json!("bob@example.com"), "the refresh token was Ada's");
    }

    async fn a_refresh_that_dies_after_reconnecting_expires_nothing(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Expired"]).await;
        let acme = developer.test.account("acme").await;
        expired_token(&app, &acme).await;
        let call = refreshing(&app, &acme).await;
        revoke(&app, "ada@example.com").await;
        connect(&acme, "bob@example.com").await;
        app.passing(50, call.end()).await.ok();
        let shown = application(&acme, PLAYGROUND).await;
        assert_eq!(shown["connected_accounts"][0]["status"], json!("active"));
        assert_eq!(who(&acme).await, json!("bob@example.com"));
        assert!(sink.requests().is_empty());
    }
}
