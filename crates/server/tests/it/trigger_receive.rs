//! Events of providers, from the door to the developer's webhook.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::provider::subscribe;
use crate::told::{EVENTS, SECRET, Told, base64, hex, mac, setting_of, slack_message};

on_both! {
    async fn a_verified_event_is_kept_and_passed_on(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        let sink = Receiver::start().await;
        subscribe(developer, &sink, &["Trigger Received"]).await;
        let shown = told.enable(developer, "slack", json!({ "webhook_secret": SECRET })).await;
        let path = told.path("test", "slack");
        assert_eq!(shown["webhook_url"], json!(format!("{}{path}", told.app.url)));
        assert_eq!(shown["webhook_secret"], json!("********"));
        assert!(!shown.to_string().contains(SECRET));
        told.connect(developer, "ada", "slack", &json!("T1")).await;
        told.connect(developer, "bob", "slack", &json!("T1")).await;
        told.connect(developer, "eve", "slack", &json!("T2")).await;

        let body = slack_message("T1", "Ev1");
        let answer = told.slack(&path, SECRET, &body).await.ok();
        assert_eq!(answer["received"], json!(2), "{answer}");
        let sent = sink.wait_for(2).await;
        let mut accounts = Vec::new();
        for request in &sent {
            let message: Value = serde_json::from_slice(&request.body).unwrap();
            accounts.push(message["linked_account_id"].as_str().unwrap().to_owned());
            assert_eq!(message["event"], json!("Trigger Received"));
            assert_eq!(message["slug"], json!("slack"));
            assert_eq!(message["environment"], json!("test"));
            assert_eq!(message["trigger"], json!("message_posted"), "{message}");
            assert_eq!(message["trigger_type"], json!("message"));
            assert_eq!(message["provider_event_id"], json!("Ev1"));
            assert_eq!(message["data"], serde_json::from_str::<Value>(&body).unwrap());
            assert!(message["connection_id"].as_str().unwrap().starts_with("conn_"));
        }
        accounts.sort();
        assert_eq!(accounts, ["ada", "bob"]);

        let kept = told.kept(developer).await;
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0]["trigger"], json!("message_posted"));
        assert_eq!(kept[0]["data"]["event"]["text"], json!("Hello"));
        // The same once more is answered well, and neither kept nor told again.
        let again = told.slack(&path, SECRET, &body).await.ok();
        assert_eq!(again["received"], json!(0));
        assert_eq!(told.kept(developer).await, kept);
        told.slack(&path, SECRET, &slack_message("T2", "Ev2")).await.ok();
        let sent = sink.wait_for(3).await;
        let last: Value = serde_json::from_slice(&sent[2].body).unwrap();
        assert_eq!(last["linked_account_id"], json!("eve"));
    }

    async fn what_nobody_is_connected_to_is_kept_for_the_developer(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        told.enable(developer, "slack", json!({ "webhook_secret": SECRET })).await;
        let ada = told.connect(developer, "ada", "slack", &json!("T1")).await;
        let path = told.path("test", "slack");
        told.slack(&path, SECRET, &slack_message("T9", "Ev1")).await.ok();
        let odd = json!({ "event": { "type": "odd" }, "team_id": "T1" }).to_string();
        told.slack(&path, SECRET, &odd).await.ok();
        let kept = told.kept(developer).await;
        let of = |at: usize, name: &str| kept[at][name].clone();
        assert_eq!((of(0, "linked_account_id"), of(0, "trigger")), (json!("ada"), Value::Null));
        assert_eq!(of(0, "trigger_type"), json!("odd"));
        assert_eq!(
            (of(1, "linked_account_id"), of(1, "trigger")),
            (Value::Null, json!("message_posted"))
        );
        // A customer sees their own and no more, and their events go with them.
        let session = developer.session("ada").await;
        let own = session.get(EVENTS).await.ok();
        assert_eq!(own["docs"].as_array().unwrap().len(), 1);
        let own = session.get(&format!("{EVENTS}?linked_account_id=bob")).await.ok();
        assert_eq!(own["docs"][0]["linked_account_id"], json!("ada"));
        ada.delete("/api/v2/public/linked-account/ada").await.ok();
        assert_eq!(told.kept(developer).await.len(), 1);
        told.slack(&path, SECRET, &slack_message("T1", "Ev7")).await.ok();
        assert_eq!(told.kept(developer).await[0]["linked_account_id"], Value::Null);
    }

    async fn a_connection_is_found_by_what_it_has_now(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        told.enable(developer, "slack", json!({ "webhook_secret": SECRET })).await;
        let ada = told.connect(developer, "ada", "slack", &json!("T1")).await;
        told.connect_again(&ada, "slack", &json!("T2")).await;
        let path = told.path("test", "slack");
        for (team, whose) in [("T1", Value::Null), ("T2", json!("ada"))] {
            told.slack(&path, SECRET, &slack_message(team, team)).await.ok();
            assert_eq!(told.kept(developer).await[0]["linked_account_id"], whose);
        }
        ada.delete("/api/v2/public/linked-account/integration/slack").await.ok();
        told.slack(&path, SECRET, &slack_message("T2", "later")).await.ok();
        assert_eq!(told.kept(developer).await[0]["linked_account_id"], Value::Null);
    }

    async fn many_events_of_one_body_are_one_request(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        let client = json!({ "client_id": "c", "client_secret": SECRET });
        told.enable(developer, "hubspot", client).await;
        told.connect(developer, "ada", "hubspot", &json!(4711)).await;
        told.connect(developer, "bob", "hubspot", &json!("4712")).await;
        let path = told.path("test", "hubspot");
        let send = async |count: usize, first: usize| {
            let events: Vec<Value> = (first..first + count)
                .map(|id| json!({
                    "eventId": id,
                    "subscriptionType": "contact.creation",
                    "portalId": 4711 + id % 3,
                }))
                .collect();
            let body = json!(events).to_string();
            let now = told.app.core.now().as_millis();
            let signed = format!("POST{}{path}{body}{now}", told.app.url);
            let headers = [
                ("x-hubspot-signature-v3", base64(&mac(SECRET, &signed))),
                ("x-hubspot-request-timestamp", now.to_string()),
            ];
            told.tell(&path, &headers, &body).await
        };
        assert_eq!(send(1000, 0).await.ok()["received"], json!(1000));
        let (code, message) = send(1001, 5000).await.fault(413);
        assert_eq!(code, "PAYLOAD_TOO_LARGE");
        assert!(message.contains("at most 1000"), "{message}");
        for (account, count) in [("ada", 334), ("bob", 333)] {
            let mut found = 0;
            let mut path = format!("{EVENTS}?limit=100&slug=hubspot&linked_account_id={account}");
            loop {
                let page = developer.get(&path).await.ok();
                found += page["docs"].as_array().unwrap().len();
                let Some(next) = page["next_cursor"].as_str() else { break };
                path = format!("{EVENTS}?limit=100&linked_account_id={account}&cursor={next}");
            }
            assert_eq!(found, count, "{account}");
        }
    }

    async fn an_account_has_an_address_of_its_own_where_events_name_none(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        told.enable(developer, "github", json!({ "webhook_secret": SECRET })).await;
        told.connect(developer, "ada", "github", &json!("octocat")).await;
        told.connect(developer, "bob", "github", &json!("hubot")).await;
        let app = developer.on("ada").get("/api/v2/public/application/github").await.ok();
        let url = app["webhook_url"].as_str().unwrap();
        let own = url.strip_prefix(&told.app.url).unwrap().to_owned();
        assert!(own.contains("linked_account_id=ada&proof="), "{own}");
        let session = developer.session("ada").await;
        let shown = session.get("/api/v2/public/application/github").await.ok();
        assert_eq!(shown["webhook_url"], json!(format!("{}{}", told.app.url, told.path("test", "github"))));

        let body = json!({ "action": "opened", "issue": { "number": 1 } }).to_string();
        let headers = |id: &str| [
            ("x-hub-signature-256", format!("sha256={}", hex(&mac(SECRET, &body)))),
            ("x-github-event", "issues".to_owned()),
            ("x-github-delivery", id.to_owned()),
        ];
        told.tell(&own, &headers("1"), &body).await.ok();
        let kept = told.kept(developer).await;
        assert_eq!(kept[0]["linked_account_id"], json!("ada"));
        assert_eq!(kept[0]["trigger"], json!("issue_opened"));
        // The address of all is good as well, and a made-up one is not.
        told.tell(&told.path("test", "github"), &headers("2"), &body).await.ok();
        assert_eq!(told.kept(developer).await[0]["linked_account_id"], Value::Null);
        for forged in [
            own.replace("=ada", "=bob"),
            own.split("&proof").next().unwrap().to_owned(),
            own.replace("proof=", "proof=A"),
            format!("{}?linked_account_id=ada&proof=", told.path("test", "github")),
            own.replace("/github?", "/slack?"),
        ] {
            told.tell(&forged, &headers("3"), &body).await.fault(401);
        }
        assert_eq!(told.kept(developer).await.len(), 2);
        // An account may have a secret of its own there.
        let setting = json!({ "webhook_secret": "of-ada", "linked_account_id": "ada" });
        developer.put(&setting_of("github"), setting).await.ok();
        let signed = [
            ("x-hub-signature-256", format!("sha256={}", hex(&mac("of-ada", &body)))),
            ("x-github-event", "issues".to_owned()),
        ];
        told.tell(&own, &signed, &body).await.ok();
        told.tell(&told.path("test", "github"), &signed, &body).await.fault(401);
    }

    async fn old_events_are_forgotten_and_lists_are_filtered(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        told.enable(developer, "slack", json!({ "webhook_secret": SECRET })).await;
        let path = told.path("test", "slack");
        told.slack(&path, SECRET, &slack_message("T1", "old")).await.ok();
        told.app.clock.advance_ms(20 * 24 * 3_600_000);
        let odd = json!({ "event": { "type": "odd" }, "team_id": "T1" }).to_string();
        let since = told.app.core.now().as_millis();
        told.slack(&path, SECRET, &odd).await.ok();
        for (filter, count) in [
            (String::new(), 2),
            (format!("since={since}"), 1),
            ("since=2020-01-01T00:00:00Z".to_owned(), 2),
            ("trigger=message_posted".to_owned(), 1),
            ("slug=slack".to_owned(), 2),
            ("slug=github".to_owned(), 0),
            ("linked_account_id=nobody".to_owned(), 0),
        ] {
            let page = developer.get(&format!("{EVENTS}?{filter}")).await.ok();
            assert_eq!(page["docs"].as_array().unwrap().len(), count, "{filter}");
        }
        for bad in ["since=yesterday", "limit=0", "cursor=x"] {
            developer.get(&format!("{EVENTS}?{bad}")).await.fault(400);
        }
        assert_eq!(told.kept(&told.developer.live).await, Vec::<Value>::new());
        // The worker looks every ten minutes, once it sleeps.
        told.app.clock.advance_ms(15 * 24 * 3_600_000);
        let one_left = told.app.seen(async || (told.kept(developer).await.len() == 1).then_some(()));
        told.app.passing(600_000, one_left).await;
        assert_eq!(told.kept(developer).await[0]["trigger_type"], json!("odd"));
    }

    async fn a_connector_tells_what_its_triggers_are(test: TestDb) {
        let told = Told::start(&test).await;
        let customer = told.developer.test.account("ada").await;
        let path = "/api/v2/integration-schema/slack/triggers";
        let shown = customer.get(path).await.ok();
        let message = &shown.as_array().unwrap()[0];
        for name in ["trigger_id", "name", "description", "type", "docs", "sample"] {
            assert!(!message[name].is_null(), "{name}: {message}");
        }
        let none = customer.get("/api/v2/integration-schema/playground_app/triggers").await.ok();
        assert_eq!(none, json!([]));
        customer.get("/api/v2/integration-schema/nothing/triggers").await.fault(404);
    }
}
