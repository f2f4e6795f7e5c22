//! What is used, counted per day and customer.

use serde_json::{Value, json};
use tokio::task::JoinSet;
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_model::scope::Scope;
use trunnel_model::usage::Day;
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::app::{Developer, Options, TestApp};
use crate::provider::subscribe;
use crate::setup::{ACCOUNTS, ACTIVE, connect};
use crate::told::{SECRET, Told, slack_message};

const DAY_MS: i64 = 24 * 3_600_000;

fn path(developer: &Developer, query: &str) -> String {
    format!("{}/usage{query}", developer.console("test"))
}

fn counts(calls: u64, actions: u64, deliveries: u64, events: u64) -> Value {
    json!({ "api_calls": calls, "actions": actions, "deliveries": deliveries, "events": events })
}

on_both! {
    async fn calls_and_actions_are_counted_for_whom_they_are(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::External).await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        app.clock.advance_ms(DAY_MS);
        let session = developer.test.session("acme").await;
        let list = "/api/v2/integration-schema/playground_app/actions/list_contacts/execute";
        acme.post(list, json!({})).await.ok();
        session.post(list, json!({})).await.ok();
        session.get(ACTIVE).await.ok();
        // A refused call is a call; one without a credential is nobody's.
        developer.test.get("/api/v2/public/linked-account/nobody").await.fault(404);
        developer.test.without("x-api-key").get(ACCOUNTS).await.fault(401);
        // A member's look is none, either.
        member.get(&format!("{}{ACCOUNTS}", developer.console("test"))).await.ok();
        let shown = member.get(&path(&developer, "?days=3")).await.ok();
        insta::assert_json_snapshot!("usage_of_three_days", shown);

        let one = member.get(&path(&developer, "?days=1&linked_account_id=acme")).await.ok();
        assert_eq!(one["totals"], counts(3, 2, 0, 0));
        let other = member.get(&path(&developer, "?linked_account_id=other")).await.ok();
        assert_eq!((&other["totals"], &other["accounts"]), (&counts(0, 0, 0, 0), &json!([])));
        let live = format!("{}/usage", developer.console("live"));
        assert_eq!(member.get(&live).await.ok()["totals"], counts(0, 0, 0, 0));
    }

    async fn events_and_deliveries_are_counted(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer;
        let member = developer.member(Role::Owner).await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Trigger Received"]).await;
        told.enable(&developer.test, "slack", json!({ "webhook_secret": SECRET })).await;
        told.connect(&developer.test, "ada", "slack", &json!("T1")).await;
        let address = told.path("test", "slack");
        for _ in 0..2 {
            // The second one is the same, and no event.
            told.slack(&address, SECRET, &slack_message("T1", "Ev1")).await.ok();
        }
        sink.wait_for(1).await;
        told.app.delivered().await;
        let shown = member.get(&path(developer, "?days=1")).await.ok();
        let ada = shown["accounts"].as_array().unwrap();
        let ada = ada.iter().find(|row| row["linked_account_id"] == "ada").unwrap();
        assert_eq!(ada["counts"]["events"], json!(1), "{shown}");
        assert_eq!(ada["counts"]["deliveries"], json!(1), "{shown}");
    }

    async fn no_call_is_lost_or_counted_twice(test: TestDb) {
        let app = TestApp::start(&test).await;
        let node = TestApp::node(&test, app.clock.clone(), Options::default()).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        let mut calls = JoinSet::new();
        for at in 0..60 {
            let actor = developer.test.at(if at % 2 == 0 { &app } else { &node });
            calls.spawn(async move { actor.get(ACCOUNTS).await.ok() });
            if at % 20 == 0 {
                app.core.flush_usage().await.unwrap();
            }
        }
        while calls.join_next().await.is_some() {}
        // What a stopped node has counted is written down.
        node.stop().await;
        let shown = member.get(&path(&developer, "?days=1")).await.ok();
        assert_eq!(shown["totals"], counts(60, 0, 0, 0));
    }

    async fn a_day_that_is_over_gets_what_was_counted_on_it(test: TestDb) {
        let app = TestApp::with(&test, Options { workers: false, ..Options::default() }).await;
        let developer = app.developer().await;
        developer.test.get(ACCOUNTS).await.ok();
        app.clock.advance_ms(DAY_MS);
        developer.test.get(ACCOUNTS).await.ok();
        let member = developer.member(Role::Owner).await;
        let shown = member.get(&path(&developer, "?days=2")).await.ok();
        for day in shown["days"].as_array().unwrap() {
            assert_eq!(day["counts"], counts(1, 0, 0, 0), "{shown}");
        }
    }

    async fn old_days_are_forgotten(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        developer.test.get(ACCOUNTS).await.ok();
        app.core.flush_usage().await.unwrap();
        let scope = Scope::verified(developer.app_id.clone(), Environment::Test);
        let kept = async || {
            let first = Day::from_number(0);
            trunnel_store::usage::by_day(&app.db, &scope, first, None).await.unwrap().len()
        };
        app.clock.advance_ms(399 * DAY_MS);
        let nobody = app.anonymous();
        let answer = app.passing(60_000, nobody.get("/readyz")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(kept().await, 1);
        app.clock.advance_ms(2 * DAY_MS);
        let gone = app.seen(async || (kept().await == 0).then_some(()));
        app.passing(60_000, gone).await;
    }

    async fn what_cannot_be_asked_is_refused_with_its_name(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        let long = format!("?linked_account_id={}", "x".repeat(256));
        for (query, field) in [
            ("?days=0", "days"),
            ("?days=91", "days"),
            ("?days=many", "days"),
            (long.as_str(), "linked_account_id"),
        ] {
            let refused = member.get(&path(&developer, query)).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{query}");
            assert_eq!(refused.json()["field"], json!(field), "{query}");
        }
        let days = member.get(&path(&developer, "?days=90")).await.ok();
        assert_eq!(days["days"].as_array().unwrap().len(), 90);
    }
}
