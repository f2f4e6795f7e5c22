//! Tokens that end and are renewed without anyone noticing.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_model::time::Clock as _;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Answer, Options, TestApp};
use crate::provider::{
    Acme, LIST_CONTACTS, PLAYGROUND, application, connect, counters, form_of, register_client,
    subscribe, switch, token_requests, tokens,
};
use crate::wait::begin;

async fn call(actor: &Actor) -> Answer {
    actor.post(LIST_CONTACTS, json!({})).await
}

async fn status(actor: &Actor) -> Value {
    application(actor, PLAYGROUND).await["connected_accounts"][0]["status"].clone()
}

/// Lets this many callers run at the same time.
async fn at_once(actors: impl IntoIterator<Item = Actor>) -> Vec<Answer> {
    let mut calls = JoinSet::new();
    for actor in actors {
        calls.spawn(async move { call(&actor).await });
    }
    calls.join_all().await
}

on_both! {
    async fn a_token_that_lives_five_seconds_is_renewed_unnoticed(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        switch(&app, json!({ "access_token_life_s": 5 })).await;
        connect(&acme, "ada@example.com").await;
        for _ in 0..20 {
            app.clock.advance_ms(3_000);
            assert_eq!(call(&acme).await.ok()["node_status"], json!("Success"));
        }
        assert_eq!(status(&acme).await, json!("active"));
        // It was renewed when it had to be, and not for every call.
        assert!((11..=13).contains(&token_requests(&app).await), "{}", counters(&app).await);
    }

    async fn fifty_simultaneous_calls_make_one_token_request(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        switch(&app, json!({ "access_token_life_s": 5 })).await;
        connect(&acme, "ada@example.com").await;
        // The provider takes its time, so that all of them come while it does.
        switch(&app, json!({ "next_token_answers": ["slow:1000"] })).await;
        app.clock.advance_ms(6_000);
        let before = app.clock.asleep();
        let calls = begin(at_once(vec![acme.clone(); 50]));
        app.clock.until_asleep(before + 50).await;
        let answers = app.passing(20, calls.end()).await;
        assert_eq!(answers.len(), 50);
        for answer in &answers {
            answer.ok();
        }
        let counted = counters(&app).await;
        assert_eq!(counted["token_requests"], json!(2), "one to connect and one to refresh");
        assert_eq!(counted["refresh_in_flight_max"], json!(1));
    }

    async fn two_nodes_make_one_token_request(test: TestDb) {
        let one = TestApp::start(&test).await;
        let developer = one.developer().await;
        let acme = developer.test.account("acme").await;
        switch(&one, json!({ "access_token_life_s": 5 })).await;
        connect(&acme, "ada@example.com").await;
        let two = TestApp::node(&test, one.clock.clone(), Options::default()).await;
        let slow = json!({ "next_token_answers": ["slow:1000"] });
        switch(&one, slow.clone()).await;
        switch(&two, slow).await;
        one.clock.advance_ms(6_000);
        let before = one.clock.asleep();
        let callers: Vec<_> =
            (0..50).map(|n| acme.at(if n % 2 == 0 { &one } else { &two })).collect();
        let calls = begin(at_once(callers));
        one.clock.until_asleep(before + 50).await;
        let answers = one.passing(20, calls.end()).await;
        for answer in &answers {
            answer.ok();
        }
        let both = token_requests(&one).await + token_requests(&two).await;
        assert_eq!(both, 2, "one to connect and one to refresh");
    }

    async fn a_hiccup_of_the_token_endpoint_does_not_disconnect_anyone(test: TestDb) {
        let options = Options { outbound_timeout: Duration::from_secs(2), ..Options::default() };
        let app = TestApp::with(&test, options).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Expired"]).await;
        let acme = developer.test.account("acme").await;
        switch(&app, json!({ "access_token_life_s": 5 })).await;
        connect(&acme, "ada@example.com").await;
        for hiccup in [
            json!(["500"]),
            json!(["429"]),
            json!(["429:3"]),
            json!(["html"]),
            // The tokens were made and never arrived; the old ones must still do, twice over.
            json!(["lost_reply"]),
            json!(["lost_reply", "lost_reply"]),
            json!(["timeout"]),
            json!(["500", "html"]),
        ] {
            app.clock.advance_ms(6_000);
            switch(&app, json!({ "next_token_answers": hiccup })).await;
            let answer = app.passing(5, call(&acme)).await;
            assert_eq!(answer.status, 200, "{hiccup}: {}", answer.text);
            assert_eq!(counters(&app).await["next_token_answers"], json!([]));
            assert_eq!(status(&acme).await, json!("active"), "{hiccup}");
        }
        // The third failure in a row is followed by a pause of our own, the other by the
        // one that the provider asks for.
        for (answers, retry_after) in
            [(json!(["500", "500", "500"]), 10..=15), (json!(["429:120"]), 120..=120)]
        {
            app.clock.advance_ms(20_000);
            switch(&app, json!({ "next_token_answers": answers })).await;
            let refused = app.passing(5, call(&acme)).await;
            assert_eq!(refused.fault(502).0, "EXTERNAL_API_FAILURE");
            assert_eq!(refused.json()["error_class"], json!("transient"));
            let pause = refused.header("retry-after").and_then(|text| text.parse().ok());
            assert!(pause.is_some_and(|pause: u64| retry_after.contains(&pause)), "{pause:?}");
            assert_eq!(status(&acme).await, json!("active"), "{answers}");
        }
        // A provider that asked to be left alone is left alone.
        let asked = token_requests(&app).await;
        let refused = call(&acme).await;
        refused.fault(502);
        let left: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((60..=120).contains(&left), "{left}");
        assert_eq!(token_requests(&app).await, asked);
        app.clock.advance_ms(120_000);
        call(&acme).await.ok();
        let audit = app.audit(&developer, Environment::Test).await;
        assert!(audit.iter().all(|entry| entry.action != AuditAction::ConnectionExpired));
        assert!(sink.requests().is_empty());
    }

    async fn a_developers_wrong_secret_expires_no_customer(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Expired"]).await;
        let acme = developer.test.account("acme").await;
        let callback = app.core.callback_url(PLAYGROUND);
        let (id, secret) = register_client(&app, "Acme", &callback).await;
        let setting = "/api/v2/public/connector/playground_app";
        let right = json!({ "client_id": id, "client_secret": secret });
        developer.test.put(setting, right.clone()).await.ok();
        switch(&app, json!({ "access_token_life_s": 5 })).await;
        connect(&acme, "ada@example.com").await;
        developer.test.put(setting, json!({ "client_secret": "wrong" })).await.ok();
        app.clock.advance_ms(6_000);
        for _ in 0..2 {
            let refused = app.passing(20, call(&acme)).await;
            let (code, message) = refused.fault(400);
            assert_eq!(code, "APP_CREDENTIALS_REFUSED");
            assert!(message.contains("the customer need not reconnect"), "{message}");
            let body = refused.json();
            assert_eq!(body["error_class"], json!("permanent"), "{body}");
            assert!(body["provider_error"].as_str().unwrap().starts_with("invalid_client"));
        }
        assert_eq!(status(&acme).await, json!("active"));
        developer.test.put(setting, right).await.ok();
        app.passing(20, call(&acme)).await.ok();
        assert!(sink.requests().is_empty());
    }

    async fn a_token_of_unknown_life_is_renewed_when_it_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let switches = json!({ "access_token_life_s": 5, "next_token_answers": ["no_expires_in"] });
        switch(&app, switches).await;
        connect(&acme, "ada@example.com").await;
        call(&acme).await.ok();
        assert_eq!(token_requests(&app).await, 1);
        app.clock.advance_ms(6_000);
        call(&acme).await.ok();
        assert_eq!(token_requests(&app).await, 2);
    }

    async fn a_refused_token_is_renewed_once_and_the_call_repeated(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        provider.connect(&app, &acme).await;
        let done = || Scripted::json(200, r#"{"things":[]}"#);
        // A call that is refused was not acted upon, so a POST is repeated as well.
        provider.api.answer_with([Scripted::status(401), done()]);
        provider.login.answer_with([tokens(2, 3600)]);
        provider.run(&acme, "make_thing", json!({ "name": "x" })).await.ok();
        let bearers = || {
            let sent = provider.api.requests();
            let bearer = |sent: &trunnel_testing::receiver::Received| {
                sent.header("authorization").unwrap().to_owned()
            };
            sent.iter().map(bearer).collect::<Vec<_>>()
        };
        assert_eq!(bearers(), ["Bearer access-1", "Bearer access-2"]);

        // A new token that is refused as well proves nothing about the grant.
        provider.api.answer_with([Scripted::status(401), Scripted::status(401)]);
        provider.login.answer_with([Scripted::json(200, r#"{"access_token":"access-3"}"#)]);
        let refused = provider.run(&acme, "list_things", json!({})).await;
        assert_eq!(refused.fault(400).0, "EXTERNAL_API_FAILURE");
        assert_eq!(refused.json()["error_class"], json!("auth"));
        assert_eq!(provider.status(&acme).await, json!("active"));
        assert_eq!(bearers()[2..], ["Bearer access-2", "Bearer access-3"]);

        // Without a new refresh token the old one goes on.
        provider.api.answer_with([Scripted::status(401), done()]);
        provider.login.answer_with([tokens(4, 3600)]);
        provider.run(&acme, "list_things", json!({})).await.ok();
        let sent = provider.login.requests();
        let refreshes: Vec<_> = sent.iter().map(|sent| form_of(sent, "refresh_token")).collect();
        let wanted = [None, Some("refresh-1"), Some("refresh-2"), Some("refresh-2")];
        assert_eq!(refreshes, wanted.map(|token| token.map(str::to_owned)));
    }

    async fn a_grant_without_a_refresh_token_ends_with_its_token(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let acme = developer.test.account("acme").await;
        let token = r#"{"access_token":"access-1","expires_in":60}"#;
        provider.login.answer_with([Scripted::json(200, token)]);
        let state = provider.state(&acme).await;
        provider.come_back(&app, &state).await;
        // Past its end it is still tried: only the provider knows.
        app.clock.advance_ms(61_000);
        provider.api.answer_with([Scripted::json(200, r#"{"things":[]}"#), Scripted::status(401)]);
        provider.run(&acme, "list_things", json!({})).await.ok();
        let refused = provider.run(&acme, "list_things", json!({})).await;
        assert_eq!(refused.fault(400).0, "CONNECTION_EXPIRED");
        assert_eq!(provider.status(&acme).await, json!("expired"));
        assert_eq!(provider.login.requests().len(), 1);
    }

    async fn a_token_is_renewed_although_nobody_calls(test: TestDb) {
        let options = Options { renews_ahead: true, ..Options::default() };
        let app = TestApp::with(&test, options).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        switch(&app, json!({ "access_token_life_s": 100 })).await;
        connect(&acme, "ada@example.com").await;
        for renewed in 2..5 {
            // A fifth of its life before its end, or up to as much earlier.
            app.clock.advance_ms(55_000);
            let seen = app.seen(async || (token_requests(&app).await == renewed).then_some(()));
            app.passing(20, seen).await;
        }
        assert_eq!(status(&acme).await, json!("active"));
        let asked = token_requests(&app).await;
        call(&acme).await.ok();
        assert_eq!(token_requests(&app).await, asked, "the call had to wait for a token");
    }

    async fn two_nodes_renew_each_token_once(test: TestDb) {
        let options = || Options { renews_ahead: true, ..Options::default() };
        let one = TestApp::with(&test, options()).await;
        let developer = one.developer().await;
        switch(&one, json!({ "access_token_life_s": 100 })).await;
        for number in 0..5 {
            let customer = developer.test.account(&format!("customer-{number}")).await;
            connect(&customer, "ada@example.com").await;
        }
        switch(&one, json!({ "access_token_life_s": null })).await;
        let two = TestApp::node(&test, one.clock.clone(), options()).await;
        one.clock.advance_ms(81_000);
        let both = async || token_requests(&one).await + token_requests(&two).await;
        let seen = one.seen(async || (both().await == 10).then_some(()));
        one.passing(20, seen).await;
        one.clock.advance_ms(30_000);
        assert_eq!(both().await, 10, "five to connect and five to renew");
    }

    async fn a_token_that_is_still_good_outlasts_a_failing_token_endpoint(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        switch(&app, json!({ "access_token_life_s": 100 })).await;
        connect(&acme, "ada@example.com").await;
        app.clock.advance_ms(79_000);
        call(&acme).await.ok();
        assert_eq!(token_requests(&app).await, 1, "renewed with more than a fifth left");
        app.clock.advance_ms(2_000);
        switch(&app, json!({ "next_token_answers": ["500", "500", "500"] })).await;
        let began = app.clock.now();
        // One try behind the calls, none of which waits for it, and then a pause that
        // grows: half a second, two, ten.
        for (asked, pause) in [(2, 1_000), (3, 3_500), (4, 13_000)] {
            until_asked(&app, &acme, asked).await;
            call(&acme).await.ok();
            assert_eq!(token_requests(&app).await, asked, "the pause was not kept");
            assert!(app.clock.now().since(began) < 18_000, "the token had ended meanwhile");
            app.clock.advance_ms(pause);
        }
        // It has ended, and the third pause with it at the latest in two seconds.
        app.clock.advance_ms(2_500);
        call(&acme).await.ok();
        assert_eq!(token_requests(&app).await, 5);
    }
}

/// Calls until the token endpoint has been asked so often. Each call goes on with the
/// token it has.
async fn until_asked(app: &TestApp, acme: &Actor, asked: u64) {
    for _ in 0..1_000 {
        call(acme).await.ok();
        if token_requests(app).await == asked {
            return;
        }
    }
    panic!("the token endpoint was not asked {asked} times");
}
