//! The whole loop once, and that none of its secrets is in the log.

use serde_json::json;
use trunnel_testing::browser::Browser;
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::api::{Api, hex_signature, is_signed_with, key_of};
use crate::program::Call;
use crate::running::Start;

/// What secrets begin with, wherever they come from.
const PREFIXES: [&str; 8] = [
    "trn_test_",
    "trn_live_",
    "whsec_",
    "pg_",
    "pga_",
    "pgr_",
    "pgc_",
    "Bearer ",
];

on_both! {
    async fn the_whole_loop_leaves_no_secret_in_the_log(test: TestDb) {
        let start = Start::new(&test);
        let server = start.up().await;
        let mut secrets = vec![key_of(&test, "test").await, key_of(&test, "live").await];
        let developer = server.with_key(&secrets[0]);
        let sink = Receiver::start().await;
        let events = ["Connection Created", "Connection Deleted", "Connection Expired"];
        let whsec = developer.webhook(&sink.url("/hook?secret=in-the-query"), &events).await;
        let own = json!({
            "credential_source": "own", "client_id": "a-client", "client_secret": "canary-of-client",
        });
        developer.put("/api/v2/public/connector/hubspot", own).await.ok();
        secrets.extend([whsec.clone(), "canary-of-client".to_owned()]);

        let acme = developer.account("acme").await;
        let own = json!({
            "linked_account_id": "acme",
            "your_app": { "auth_credentials": { "token": "canary-of-account" } },
        });
        developer.put(crate::api::ACCOUNTS, own).await.ok();
        let minted = developer
            .post("/api/v2/public/session-token", json!({ "linked_account_id": "acme" }))
            .await
            .ok();
        for name in ["token", "refresh_token"] {
            secrets.push(minted[name].as_str().unwrap().to_owned());
        }
        let session = Api::new(&server.url)
            .header("authorization", &format!("Bearer {}", minted["token"].as_str().unwrap()));

        // A token that lives so briefly that the loop refreshes it.
        session.faults(json!({ "access_token_life_s": 1 })).await;
        let url = session.oauth_url(crate::api::PLAYGROUND).await;
        let query: url::Url = url.parse().unwrap();
        let state = query.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let page = Browser::new().consent(&url, "ada@example.com").await;
        let code = page.url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        secrets.extend([state, code, "canary-of-account".to_owned()]);
        let second = developer.account("globex").await;
        secrets.push(second.connect_with_key("bob@example.com").await);

        let actions = acme.get(crate::api::ACTIONS).await.ok();
        assert!(actions.as_array().unwrap().len() >= 5, "{actions}");
        let contact = json!({ "email": "grace@example.com", "name": "Grace" });
        acme.act("create_contact", contact).await;
        crate::time::pause(1_100).await;
        let listed = acme.act("list_contacts", json!({})).await.ok();
        assert_eq!(listed["node_status"], json!("Success"));
        second.act("list_contacts", json!({})).await.ok();
        let state = acme.get("/playground/faults").await.ok();
        assert!(state["token_requests"].as_u64().unwrap() >= 2, "it was refreshed: {state}");

        let told = sink.wait_for(2).await;
        for received in &told {
            let signed = hex_signature(&secrets[0], &received.body);
            assert_eq!(received.header("x-cobalt-signature"), Some(signed.as_str()));
            assert!(is_signed_with(&whsec, received));
        }
        let revoke = json!({ "email": "ada@example.com" });
        acme.post("/playground/faults/revoke", revoke).await;
        crate::time::pause(1_100).await;
        assert_eq!(acme.act("list_contacts", json!({})).await.status, 400);
        second.delete("/api/v2/public/linked-account/integration/playground_app").await.ok();
        sink.wait_for(4).await;

        let rotate = ["key", "rotate", "--json", "--env", "test"];
        let rotated = Call::on(&test, rotate).end().await.object();
        assert_eq!(developer.get(crate::api::ACCOUNTS).await.status, 401);
        secrets.push(rotated["api_key"].as_str().unwrap().to_owned());
        let master = std::fs::read_to_string(test.location_args().data_dir.join("master.key"));
        secrets.push(master.unwrap().trim().to_owned());
        assert_eq!(server.stop().await, "");

        let log = start.log();
        for secret in &secrets {
            assert!(secret.len() >= 10, "{secret}");
            assert_eq!(line_with(&log, secret), None, "{secret}");
        }
        for prefix in PREFIXES {
            assert_eq!(line_with(&log, prefix), None, "{prefix}");
        }
        assert!(!log.contains("in-the-query"), "a webhook's query may hold a secret");
        // The log is there: what it may hold is not what is missing.
        assert!(log.contains("stopping"), "{log}");
    }
}

fn line_with<'a>(log: &'a str, text: &str) -> Option<&'a str> {
    log.lines().find(|line| line.contains(text))
}
