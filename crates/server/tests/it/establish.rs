//! Keeping what a provider has handed out, when something goes wrong meanwhile.

use std::time::Duration;

use serde_json::json;
use trunnel_model::time::Clock as _;
use trunnel_store::job;
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::app::{Options, TestApp};
use crate::provider::{Acme, subscribe, tokens};
use crate::wait::begin;

fn without_workers(acme: &Acme) -> Options {
    Options {
        workers: false,
        ..acme.options()
    }
}

on_both! {
    async fn a_failing_database_does_not_lose_the_tokens(test: TestDb) {
        let acme = Acme::start().await;
        let app = TestApp::with(&test, acme.options()).await;
        let developer = app.developer().await;
        acme.enable(&developer.test).await;
        let ada = developer.test.account("ada").await;
        let state = acme.state(&ada).await;
        acme.login.answer_with([tokens(1, 3600)]);
        test.tamper("ALTER TABLE audit_entry RENAME TO away").await;
        let anyone = app.anonymous();
        let path = format!(
            "/api/v1/acme/callback?code=c&state={state}&iss={}",
            crate::provider::ISSUER
        );
        let back = begin(async move { anyone.get(&path).await });
        acme.login.wait_for(1).await;
        // Long enough for a try or two.
        let pause = tokio::time::timeout(Duration::from_millis(200), std::future::pending::<()>());
        assert!(app.passing(5, pause).await.is_err());
        test.tamper("ALTER TABLE away RENAME TO audit_entry").await;
        let page = app.passing(5, back.end()).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert_eq!(acme.status(&ada).await, json!("active"));
        assert_eq!(acme.login.requests().len(), 1);
    }

    async fn tokens_for_an_account_that_is_gone_are_given_back(test: TestDb) {
        let acme = Acme::start().await;
        let app = TestApp::with(&test, without_workers(&acme)).await;
        let developer = app.developer().await;
        acme.enable(&developer.test).await;
        let ada = developer.test.account("ada").await;
        let state = acme.state(&ada).await;
        acme.login.answer_with([tokens(1, 3600).after_ms(500)]);
        let gone = async {
            acme.login.wait_for(1).await;
            developer.test.delete("/api/v2/public/linked-account/ada").await.ok();
        };
        let (page, ()) = tokio::join!(acme.come_back(&app, &state), gone);
        assert_eq!(page.status, 400, "{}", page.text);
        let now = app.clock.now();
        let queued = app.db.write(move |tx| {
            Box::pin(async move { job::claim(tx, now, now, 10).await })
        });
        let queued = queued.await.unwrap();
        let [job] = queued.as_slice() else { panic!("{queued:?}") };
        assert_eq!(job.kind, "revoke");
        assert!(job.sealed.is_some(), "the tokens do not come along");
        assert!(job.payload.contains("acme-client"), "{}", job.payload);
    }

    async fn a_webhook_deleted_meanwhile_does_not_stop_a_connect(test: TestDb) {
        let acme = Acme::start().await;
        let app = TestApp::with(&test, acme.options()).await;
        let developer = app.developer().await;
        acme.enable(&developer.test).await;
        let sink = Receiver::start().await;
        for round in 0..10 {
            let mut hooks = Vec::new();
            for _ in 0..4 {
                hooks.push(subscribe(&developer.test, &sink, &["Connection Created"]).await.0);
            }
            let ada = developer.test.account(&format!("ada-{round}")).await;
            let delete = async {
                for hook in &hooks {
                    let path = format!("/api/v2/public/webhook/{hook}");
                    developer.test.delete(&path).await.ok();
                }
            };
            tokio::join!(acme.connect(&app, &ada), delete);
            assert_eq!(acme.status(&ada).await, json!("active"));
        }
    }
}
