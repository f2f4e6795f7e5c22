//! Who is believed at the address for providers' events, and who is not.

use serde_json::{Value, json};
use trunnel_testing::on_both;

use crate::app::Answer;
use crate::told::{SECRET, Told, base64, hex, mac, setting_of, slack_message};

/// The path of a URL that was shown.
fn path_of(told: &Told, url: &Value) -> String {
    let url = url.as_str().unwrap();
    url.strip_prefix(&told.app.url).unwrap().to_owned()
}

#[track_caller]
fn refused(answer: &Answer, why: &str) {
    let (_, message) = answer.fault(401);
    assert!(message.contains(why), "{message}");
    assert!(!message.contains(SECRET), "{message}");
}

on_both! {
    async fn what_is_not_signed_well_is_refused_and_not_kept(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        let path = told.path("test", "slack");
        let body = slack_message("T1", "Ev1");
        refused(&told.slack(&path, SECRET, &body).await, "set `webhook_secret`");
        told.enable(developer, "slack", json!({ "webhook_secret": SECRET })).await;
        refused(&told.slack(&path, "another", &body).await, "does not match");
        refused(&told.tell(&path, &[], &body).await, "`X-Slack-Request-Timestamp` is missing");
        let headers = told.slack_headers(SECRET, &body);
        let changed = body.replace("Hello", "Howdy");
        refused(&told.tell(&path, &headers, &changed).await, "does not match");
        // A repetition is good for five minutes and no longer.
        told.app.clock.advance_ms(300_000);
        told.tell(&path, &headers, &body).await.ok();
        told.app.clock.advance_ms(1_000);
        refused(&told.tell(&path, &headers, &body).await, "301 seconds ago");
        let early = told.slack_headers(SECRET, &body);
        told.app.clock.advance_ms(-400_000);
        refused(&told.tell(&path, &early, &body).await, "in the future");
        assert_eq!(told.kept(developer).await.len(), 1);
        let metrics = told.app.anonymous().get("/metrics").await.text;
        assert!(metrics.contains("trunnel_inbound_webhooks_total{outcome=\"unverified\"}"), "{metrics}");
    }

    async fn an_address_reaches_its_own_environment_only(test: TestDb) {
        let told = Told::start(&test).await;
        let (live, other) = (&told.developer.live, told.app.developer().await);
        told.enable(live, "slack", json!({ "webhook_secret": "of-live" })).await;
        told.enable(&told.developer.test, "slack", json!({ "webhook_secret": SECRET })).await;
        told.connect(live, "ada", "slack", &json!("T1")).await;
        let body = slack_message("T1", "Ev1");
        refused(&told.slack(&told.path("test", "slack"), "of-live", &body).await, "does not match");
        told.slack(&told.path("test", "slack"), SECRET, &body).await.ok();
        assert_eq!(told.kept(live).await, Vec::<Value>::new());
        assert_eq!(told.kept(&told.developer.test).await[0]["linked_account_id"], Value::Null);
        told.slack(&told.path("production", "slack"), "of-live", &body).await.ok();
        assert_eq!(told.kept(live).await[0]["linked_account_id"], json!("ada"));

        let others = format!("/api/v1/webhook/{}-test/slack", other.app_id);
        refused(&told.slack(&others, SECRET, &body).await, "no secret is set");
        let app = &told.developer.app_id;
        for nowhere in [
            told.path("live", "slack"),
            told.path("staging", "slack"),
            told.path("test", "nothing"),
            told.path("test", "playground_app"),
            format!("/api/v1/webhook/{app}/slack"),
            format!("/api/v1/webhook/{}-test/slack", format!("{app}").replace("app_", "app_0").split_at(26).0),
            "/api/v1/webhook/app_0000000000000000000000-test/slack".to_owned(),
            "/api/v1/webhook/-test/slack".to_owned(),
        ] {
            let (code, _) = told.slack(&nowhere, SECRET, &body).await.fault(404);
            assert_eq!(code, "RESOURCE_NOT_FOUND", "{nowhere}");
        }
    }

    async fn bodies_that_cannot_be_read_are_refused(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        told.enable(developer, "slack", json!({ "webhook_secret": SECRET })).await;
        let path = told.path("test", "slack");
        for bad in ["{", "no json", "\u{0}", "{\"a\":1}}"] {
            let (code, _) = told.slack(&path, SECRET, bad).await.fault(400);
            assert_eq!(code, "VALIDATION_ERROR", "{bad}");
        }
        let nested = "[".repeat(100_000);
        told.slack(&path, SECRET, &nested).await.fault(400);
        let padded = |size: usize| format!("\"{}\"", "x".repeat(size - 2));
        told.slack(&path, SECRET, &padded(1024 * 1024)).await.ok();
        let (code, _) = told.slack(&path, SECRET, &padded(1024 * 1024 + 1)).await.fault(413);
        assert_eq!(code, "PAYLOAD_TOO_LARGE");
        for strange in ["null", "[]", "7", "{}", "", "{\"event\":[],\"team_id\":{}}"] {
            told.slack(&path, SECRET, strange).await.ok();
        }
        let anyone = told.app.anonymous();
        assert_eq!(anyone.get(&path).await.fault(405).0, "METHOD_NOT_ALLOWED");
        assert_eq!(anyone.send("HEAD", &path, None).await.status, 405);
        assert_eq!(anyone.send("PUT", &path, None).await.status, 405);
    }

    async fn a_changed_secret_leaves_the_old_one_a_day(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        let path = told.path("test", "slack");
        told.enable(developer, "slack", json!({ "webhook_secret": "one" })).await;
        told.enable(developer, "slack", json!({ "webhook_secret": "two" })).await;
        // The mask changes nothing.
        told.enable(developer, "slack", json!({ "webhook_secret": "********" })).await;
        let body = slack_message("T1", "Ev1");
        for good in ["one", "two"] {
            told.slack(&path, good, &body).await.ok();
        }
        told.app.clock.advance_ms(24 * 3_600_000);
        refused(&told.slack(&path, "one", &body).await, "does not match");
        told.slack(&path, "two", &body).await.ok();
        let shown = told.enable(developer, "slack", json!({ "webhook_secret": null })).await;
        assert_eq!(shown["webhook_secret"], Value::Null);
        refused(&told.slack(&path, "two", &body).await, "no secret is set");
        for (slug, setting) in [
            ("slack", json!({ "webhook_secret": "" })),
            ("slack", json!({ "webhook_secret": "a\u{1}b" })),
            ("slack", json!({ "webhook_secret": 7 })),
            ("slack", json!({ "webhook_secret": "x", "linked_account_id": "nobody" })),
            ("slack", json!({ "linked_account_id": "nobody" })),
            ("hubspot", json!({ "webhook_secret": "x" })),
            ("playground_app", json!({ "webhook_secret": "x" })),
        ] {
            developer.put(&setting_of(slug), setting).await.fault(400);
        }
    }

    async fn a_time_beside_the_signature_counts(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        told.enable(developer, "stripe", json!({ "webhook_secret": SECRET })).await;
        told.connect(developer, "ada", "stripe", &json!("acct_1")).await;
        let path = told.path("test", "stripe");
        let body = json!({ "id": "evt_1", "type": "charge.refunded", "account": "acct_1" }).to_string();
        let now = told.app.core.now().as_seconds();
        let signed = hex(&mac(SECRET, &format!("{now}.{body}")));
        let header = |value: String| [("stripe-signature", value)];
        let good = format!("t={now},v1={signed},v0={}", "0".repeat(64));
        told.tell(&path, &header(good.clone()), &body).await.ok();
        assert_eq!(told.kept(developer).await[0]["linked_account_id"], json!("ada"));
        // While Stripe changes its secret, one of several fits.
        let two = format!("t={now},v1={},v1={signed}", "1".repeat(64));
        told.tell(&path, &header(two), &body).await.ok();
        for bad in [
            format!("t={},v1={signed}", now + 1),
            format!("v1={signed}"),
            format!("t={now}"),
            format!("t={now},v0={signed}"),
        ] {
            told.tell(&path, &header(bad), &body).await.fault(401);
        }
        told.app.clock.advance_ms(301_000);
        refused(&told.tell(&path, &header(good), &body).await, "too long");
    }

    async fn the_client_secret_signs_and_headers_tell(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        let path = told.path("test", "shopify");
        let body = json!({ "id": 1, "title": "Brass gear" }).to_string();
        let headers = |shop: &str, secret: &str| [
            ("x-shopify-hmac-sha256", base64(&mac(secret, &body))),
            ("x-shopify-topic", "products/create".to_owned()),
            ("x-shopify-webhook-id", format!("of-{shop}")),
            ("x-shopify-shop-domain", shop.to_owned()),
        ];
        told.enable(developer, "shopify", json!({ "enabled": true })).await;
        let unset = told.tell(&path, &headers("acme.myshopify.com", SECRET), &body).await;
        refused(&unset, "set `client_secret`");
        let client = json!({ "client_id": "c", "client_secret": SECRET });
        told.enable(developer, "shopify", client).await;
        told.connect(developer, "ada", "shopify", &json!("acme.myshopify.com")).await;
        told.tell(&path, &headers("acme.myshopify.com", SECRET), &body).await.ok();
        told.tell(&path, &headers("other.myshopify.com", SECRET), &body).await.ok();
        refused(&told.tell(&path, &headers("acme.myshopify.com", "x"), &body).await, "match");
        let kept = told.kept(developer).await;
        assert_eq!(kept[0]["linked_account_id"], Value::Null);
        assert_eq!(kept[1]["linked_account_id"], json!("ada"));
        assert_eq!(kept[1]["trigger"], json!("product_created"));
    }

    async fn a_handshake_brings_the_secret_at_the_secret_address(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        let shown = told.enable(developer, "asana", json!({ "enabled": true })).await;
        told.connect(developer, "ada", "asana", &json!("ada@example.com")).await;
        let of_all = path_of(&told, &shown["webhook_url"]);
        assert!(of_all.contains("?proof="), "{of_all}");
        let app = developer.on("ada").get("/api/v2/public/application/asana").await.ok();
        let own = path_of(&told, &app["webhook_url"]);
        let hello = [("x-hook-secret", "brought-by-asana".to_owned())];
        refused(&told.tell(&told.path("test", "asana"), &hello, "{}").await, "`proof`");
        let body = json!({ "events": [
            { "action": "added", "resource": { "gid": "1", "resource_type": "task" } },
            { "action": "changed", "resource": { "gid": "1", "resource_type": "task" } },
        ] })
        .to_string();
        let signed = |secret: &str| [("x-hook-signature", hex(&mac(secret, &body)))];
        refused(&told.tell(&own, &signed("brought-by-asana"), &body).await, "no secret is set");
        let answer = told.tell(&own, &hello, "{}").await;
        assert_eq!((answer.status, answer.header("x-hook-secret")), (200, Some("brought-by-asana")));
        // Another webhook at the same address has another secret; both count.
        told.tell(&own, &[("x-hook-secret", "second".to_owned())], "").await;
        for secret in ["brought-by-asana", "second"] {
            assert_eq!(told.tell(&own, &signed(secret), &body).await.ok()["received"], json!(2));
        }
        refused(&told.tell(&of_all, &signed("second"), &body).await, "no secret is set");
        let kept = told.kept(developer).await;
        assert_eq!(kept[0]["linked_account_id"], json!("ada"));
        // The events of one body stay in their order.
        let kinds: Vec<_> = kept.iter().map(|event| event["trigger_type"].clone()).collect();
        assert_eq!(kinds, ["task.changed", "task.added", "task.changed", "task.added"]);
        // A body without events is a sign of life.
        let alive = [("x-hook-signature", hex(&mac("second", "{}")))];
        assert_eq!(told.tell(&own, &alive, "{}").await.ok()["received"], json!(0));
    }

    async fn a_token_that_is_posted_is_shown_to_the_developer(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        let token = "/api/v2/public/connector/notion/webhook-token";
        let shown = told.enable(developer, "notion", json!({ "enabled": true })).await;
        let path = path_of(&told, &shown["webhook_url"]);
        developer.get(token).await.fault(404);
        let hello = json!({ "verification_token": "secret_notion" }).to_string();
        refused(&told.tell(&told.path("test", "notion"), &[], &hello).await, "`proof`");
        assert_eq!(told.tell(&path, &[], &hello).await.status, 200);
        assert_eq!(developer.get(token).await.ok()["token"], json!("secret_notion"));
        told.developer.live.get(token).await.fault(404);
        developer.account("eve").await;
        assert_eq!(developer.session("eve").await.get(token).await.status, 401);
        told.connect(developer, "ada", "notion", &json!("w-1")).await;
        let body = json!({ "id": "e1", "type": "page.created", "workspace_id": "w-1" }).to_string();
        let signed = [("x-notion-signature", format!("sha256={}", hex(&mac("secret_notion", &body))))];
        told.tell(&path, &signed, &body).await.ok();
        assert_eq!(told.kept(developer).await[0]["linked_account_id"], json!("ada"));
    }

    async fn a_question_is_echoed_as_plain_text(test: TestDb) {
        let told = Told::start(&test).await;
        let developer = &told.developer.test;
        told.enable(developer, "outlook", json!({ "webhook_secret": SECRET })).await;
        let path = told.path("test", "outlook");
        let asked = format!("{path}?validationToken=a%20%3Cb%3E%26c");
        let answer = told.tell(&asked, &[], "").await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "a <b>&c"));
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let long = format!("{path}?validationToken={}", "x".repeat(5000));
        told.tell(&long, &[], "").await.fault(401);
        let event = |state: &str| json!({ "value": [{
            "clientState": state,
            "changeType": "created",
            "resourceData": { "@odata.type": "#Microsoft.Graph.Message", "id": "1" },
        }] })
        .to_string();
        told.tell(&path, &[], &event(SECRET)).await.ok();
        refused(&told.tell(&path, &[], &event("x")).await, "the token is not");
        let kept = told.kept(developer).await;
        assert_eq!(kept[0]["trigger_type"], json!("#Microsoft.Graph.Message.created"));
        let asked = json!({ "type": "url_verification", "challenge": "c-1" }).to_string();
        let answer = told.tell(&told.path("test", "slack"), &[], &asked).await.ok();
        assert_eq!(answer, json!({ "challenge": "c-1" }));
    }
}
