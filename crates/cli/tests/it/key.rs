//! Apps and their keys, from the command line, while a server runs.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::api::{hex_signature, key_of};
use crate::program::Call;
use crate::running::Start;

async fn create(test: &TestDb, name: &str) -> Value {
    Call::on(test, ["app", "create", "--json", "--name", name])
        .end()
        .await
        .object()
}

fn keys(created: &Value) -> [&str; 2] {
    ["test", "live"].map(|environment| created[environment]["api_key"].as_str().unwrap())
}

/// Calls `key rotate` for the app's test environment.
fn rotate(test: &TestDb, app: &str, grace: &[&str]) -> Call {
    let args = ["key", "rotate", "--json", "--env", "test", "--app", app];
    Call::on(test, args.iter().chain(grace))
}

async fn rotated(test: &TestDb, app: &str, grace: &[&str]) -> String {
    let object = rotate(test, app, grace).end().await.object();
    object["api_key"].as_str().unwrap().to_owned()
}

on_both! {
    async fn an_app_that_is_created_beside_a_running_server_works_at_once(test: TestDb) {
        let server = Start::new(&test).up().await;
        let created = create(&test, "Globex").await;
        let names: BTreeSet<_> = created.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["app_id", "test", "live"]));
        for key in keys(&created) {
            assert!(server.with_key(key).is_let_in().await);
        }
        // One app's accounts are not the other's.
        server.with_key(keys(&created)[0]).account("acme").await;
        let first = Call::on(&test, ["app", "list", "--json"]).end().await.object();
        let listed: Vec<_> = first["apps"].as_array().unwrap().iter().collect();
        assert_eq!(listed.len(), 2, "{first}");
        assert!(listed.iter().any(|app| {
            app["app_id"] == created["app_id"] && app["name"] == json!("Globex")
        }), "{first}");
    }

    async fn with_several_apps_the_command_asks_which(test: TestDb) {
        let [one, other] = [create(&test, "One").await, create(&test, "Other").await];
        let shown = Call::on(&test, ["key", "show", "--env", "test"]).end().await;
        assert!(shown.complaint().contains("name one with --app"), "{shown:?}");
        for app in [&one, &other] {
            let id = app["app_id"].as_str().unwrap();
            let args = ["key", "show", "--json", "--env", "live", "--app", id];
            let shown = Call::on(&test, args).end().await.object();
            assert_eq!(shown["api_key"], app["live"]["api_key"]);
        }
        let nobody = "app_0000000000000000000000";
        let args = ["key", "show", "--env", "test", "--app", nobody];
        let shown = Call::on(&test, args).end().await;
        assert!(shown.complaint().contains("app"), "{shown:?}");
    }

    async fn a_rotated_key_is_refused_from_the_next_request_on(test: TestDb) {
        let server = Start::new(&test).up().await;
        let created = create(&test, "Acme").await;
        let app = created["app_id"].as_str().unwrap();
        let [old, live] = keys(&created);
        assert!(server.with_key(old).is_let_in().await);
        let new = rotated(&test, app, &[]).await;
        assert!(!server.with_key(old).is_let_in().await);
        assert!(server.with_key(&new).is_let_in().await);
        assert!(server.with_key(live).is_let_in().await, "the other environment stays");
        let args = ["key", "show", "--json", "--env", "test", "--app", app];
        let shown = Call::on(&test, args).end().await.object();
        assert_eq!(shown["api_key"], json!(new));
    }

    async fn with_a_grace_both_keys_work_and_both_sign(test: TestDb) {
        let server = Start::new(&test).up().await;
        let created = create(&test, "Acme").await;
        let app = created["app_id"].as_str().unwrap();
        let [old, _] = keys(&created);
        let new = rotated(&test, app, &["--grace", "24h"]).await;
        for key in [old, &new] {
            assert!(server.with_key(key).is_let_in().await);
        }
        let sink = Receiver::start().await;
        let developer = server.with_key(&new);
        developer.webhook(&sink.url("/"), &["Connection Created"]).await;
        developer.account("acme").await.connect_with_key("ada@example.com").await;
        let told = &sink.wait_for(1).await[0];
        let signed = |key: &str| hex_signature(key, &told.body);
        assert_eq!(told.header("x-cobalt-signature"), Some(signed(&new).as_str()));
        assert_eq!(told.header("x-cobalt-signature-previous"), Some(signed(old).as_str()));

        // Another rotation, without one, ends them both.
        let newest = rotated(&test, app, &[]).await;
        for key in [old, &new] {
            assert!(!server.with_key(key).is_let_in().await);
        }
        assert!(server.with_key(&newest).is_let_in().await);
    }

    async fn a_grace_is_at_most_seven_days(test: TestDb) {
        let server = Start::new(&test).up().await;
        let created = create(&test, "Acme").await;
        let app = created["app_id"].as_str().unwrap();
        let [old, _] = keys(&created);
        let refused = rotate(&test, app, &["--grace", "7d 1s"]).end().await;
        assert!(refused.complaint().contains("between 0 and 7 days"), "{refused:?}");
        assert!(server.with_key(old).is_let_in().await, "nothing was rotated");
        rotated(&test, app, &["--grace", "7d"]).await;
        assert!(server.with_key(old).is_let_in().await);
    }

    async fn a_key_that_ends_with_its_grace_is_refused_then(test: TestDb) {
        let server = Start::new(&test).up().await;
        let old = key_of(&test, "test").await;
        let args = ["key", "rotate", "--json", "--env", "test", "--grace", "3s"];
        Call::on(&test, args).end().await.object();
        assert!(server.with_key(&old).is_let_in().await);
        crate::time::until("the grace to end", async || {
            (!server.with_key(&old).is_let_in().await).then_some(())
        })
        .await;
    }

    async fn showing_keys_can_be_switched_off(test: TestDb) {
        let created = create(&test, "Acme").await;
        let app = created["app_id"].as_str().unwrap();
        let show = || Call::on(&test, ["key", "show", "--json", "--env", "test"]).end();
        for (switch, shown) in [("off", false), ("on", true)] {
            let args = ["app", "set", "--json", "--app", app, "--reveal-keys", switch];
            let set = Call::on(&test, args).end().await.object();
            assert_eq!(set, json!({ "app_id": app, "reveal_keys": shown }));
            let ended = show().await;
            assert_eq!(ended.success, shown, "{ended:?}");
            if !shown {
                assert!(ended.complaint().contains("does not let its keys be revealed"));
            }
        }
        let args = ["app", "set", "--app", "app_nobody", "--reveal-keys", "off"];
        assert!(!Call::on(&test, args).end().await.success);
    }
}
