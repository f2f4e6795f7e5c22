//! Two environments and many developers, none of which sees another's.

use serde_json::{Value, json};
use trunnel_testing::on_both;

use crate::app::{Actor, Developer, TestApp};
use crate::setup::{
    ACCOUNTS, CONNECTOR, PLAYGROUND, WEBHOOKS, account, body_without_id, connect, own_client,
    webhook,
};

/// Two that must not see each other.
struct Pair {
    mine: Actor,
    theirs: Actor,
}

/// Each environment of one developer beside the other, and two developers.
async fn strangers(app: &TestApp) -> Vec<Pair> {
    let (one, other) = (app.developer().await, app.developer().await);
    let pair = |mine: &Actor, theirs: &Actor| Pair {
        mine: mine.clone(),
        theirs: theirs.clone(),
    };
    vec![
        pair(&one.test, &one.live),
        pair(&one.live, &one.test),
        pair(&one.test, &other.test),
        pair(&one.live, &other.live),
    ]
}

/// What a caller learns from asking for this id, with the id taken out.
async fn answer_for(actor: &Actor, path: &str, id: &str) -> (u16, String) {
    let answer = actor.get(path).await;
    let body = body_without_id(&answer).to_string();
    (answer.status, body.replace(id, "{id}"))
}

async fn list(actor: &Actor) -> Value {
    actor.get(ACCOUNTS).await.ok()
}

on_both! {
    async fn a_strangers_account_is_answered_as_one_that_never_was(test: TestDb) {
        let app = TestApp::start(&test).await;
        for (at, pair) in strangers(&app).await.iter().enumerate() {
            let id = format!("a{at}");
            pair.theirs.account(&id).await;
            let stranger = answer_for(&pair.mine, &account(&id), &id).await;
            let never = answer_for(&pair.mine, &account("never"), "never").await;
            assert_eq!(stranger.0, 404);
            assert_eq!(stranger, never);
            assert_eq!(pair.theirs.get(&account(&id)).await.status, 200);
        }
    }

    async fn a_list_shows_only_the_keys_own_accounts(test: TestDb) {
        let app = TestApp::start(&test).await;
        let (one, other) = (app.developer().await, app.developer().await);
        let counts = [(&one.test, 3), (&one.live, 2), (&other.test, 4), (&other.live, 1)];
        for (actor, count) in counts {
            for at in 0..count {
                actor.account(&format!("a{at}")).await;
            }
        }
        for (actor, count) in counts {
            let in_test = actor.key().starts_with("trn_test_");
            let environment = if in_test { "test" } else { "production" };
            let listed = list(actor).await;
            assert_eq!(listed["totalDocs"], json!(count));
            let docs = listed["docs"].as_array().unwrap();
            assert_eq!(docs.len(), count);
            assert!(docs.iter().all(|doc| doc["environment"] == environment), "{listed}");
        }
    }

    async fn an_account_carries_the_environment_of_the_key_that_made_it(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        for (actor, environment) in [(&developer.test, "test"), (&developer.live, "production")] {
            let made = actor.post(ACCOUNTS, json!({ "account_id": "a" })).await.ok();
            assert_eq!(made["environment"], environment);
        }
    }

    async fn namesakes_in_two_environments_are_two_accounts(test: TestDb) {
        let app = TestApp::start(&test).await;
        let Developer { test, live, .. } = app.developer().await;
        test.account("same").await;
        live.account("same").await;
        let before = live.get(&account("same")).await.ok();
        assert_ne!(test.get(&account("same")).await.ok()["_id"], before["_id"]);

        let renamed = json!({ "account_id": "same", "name": "renamed", "udf": { "a": "b" } });
        test.put(ACCOUNTS, renamed).await.ok();
        assert_eq!(live.get(&account("same")).await.ok(), before);

        test.delete(&account("same")).await.ok();
        assert_eq!(test.get(&account("same")).await.status, 404);
        assert_eq!(live.get(&account("same")).await.ok(), before);
    }

    async fn only_the_key_decides_the_environment(test: TestDb) {
        let app = TestApp::start(&test).await;
        let Developer { test, live, .. } = app.developer().await;
        live.account("theirs").await;
        for word in ["production", "live", "staging", ""] {
            let id = format!("mine-{word}");
            let body = json!({ "account_id": id, "environment": word });
            let made = test
                .and("environment", word)
                .post(&format!("{ACCOUNTS}?environment={word}"), body)
                .await
                .ok();
            assert_eq!(made["environment"], "test");
            let asked = format!("{}?environment={word}", account("theirs"));
            assert_eq!(test.and("environment", word).get(&asked).await.status, 404);
        }
        assert_eq!(list(&live).await["totalDocs"], json!(1));
        let listed = test.get(&format!("{ACCOUNTS}?environment=production")).await.ok();
        assert_eq!(listed["totalDocs"], json!(4));
        assert!(listed["docs"].as_array().unwrap().iter().all(|doc| doc["environment"] == "test"));
    }

    async fn switching_the_key_switches_everything(test: TestDb) {
        let app = TestApp::start(&test).await;
        let Developer { test, live, .. } = app.developer().await;
        for actor in [&test, &live] {
            actor.account("same").await;
            webhook(actor).await;
        }
        for path in [ACCOUNTS, WEBHOOKS, CONNECTOR, &account("same")] {
            let (in_test, in_live) = (test.get(path).await.ok(), live.get(path).await.ok());
            let renamed = in_test.to_string().replace("\"test\"", "\"production\"");
            assert_ne!(in_test, in_live, "{path}");
            assert!(renamed.contains("\"production\""), "{path}: {renamed}");
            assert!(in_live.to_string().contains("\"production\""), "{path}: {in_live}");
        }
    }

    async fn a_session_token_acts_in_its_own_environment_only(test: TestDb) {
        let app = TestApp::start(&test).await;
        let Developer { test, live, .. } = app.developer().await;
        test.account("same").await;
        let in_live = live.account("same").await;
        own_client(&app, &live).await;
        connect(&in_live, "ada@example.com").await;

        let seen = live.session("same").await.get(PLAYGROUND).await.ok();
        assert_eq!(seen["connected"], json!(true));
        let seen = test.session("same").await.get(PLAYGROUND).await.ok();
        assert_eq!(seen["connected"], json!(false));
        assert_eq!(seen["connected_accounts"], json!([]));
    }

    async fn a_webhook_of_a_stranger_is_answered_as_one_that_never_was(test: TestDb) {
        let app = TestApp::start(&test).await;
        for pair in strangers(&app).await {
            let made = webhook(&pair.theirs).await;
            let id = made["_id"].as_str().unwrap();
            let never = format!("wh_{}", "0".repeat(22));
            let before = pair.theirs.get(WEBHOOKS).await.ok();
            let own = pair.mine.get(WEBHOOKS).await.ok();
            assert!(!own.to_string().contains(id), "{own}");
            for method in ["GET", "PUT", "DELETE"] {
                let mut seen = Vec::new();
                for id in [id, never.as_str()] {
                    let body = (method == "PUT").then(|| b"{\"is_enabled\":false}".to_vec());
                    let answer = pair.mine.send(method, &format!("{WEBHOOKS}/{id}"), body).await;
                    assert_eq!(answer.fault(400).0, "RESOURCE_NOT_FOUND");
                    seen.push(body_without_id(&answer));
                }
                assert_eq!(seen[0], seen[1], "{method}");
            }
            assert_eq!(pair.mine.get(WEBHOOKS).await.ok(), own);
            assert_eq!(pair.theirs.get(WEBHOOKS).await.ok(), before);
        }
    }
}
