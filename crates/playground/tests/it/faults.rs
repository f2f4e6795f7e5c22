//! Failing on purpose.

use std::net::SocketAddr;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::harness::{ALL_SCOPES, Answer, Client, Tokens, World, encode};

const ADA: &str = "ada@example.com";
const PATH: &str = "/playground/faults";

async fn begin(test: TestDb) -> (World, Client, Tokens) {
    let world = World::with_faults(test).await;
    let client = world.register("Acme").await;
    let tokens = world.tokens(&client, ALL_SCOPES, ADA).await;
    world.call("DELETE", PATH, &[], String::new()).await;
    (world, client, tokens)
}

async fn set(world: &World, settings: &Value) -> Answer {
    world.call("PUT", PATH, &[], settings.to_string()).await
}

/// Waits for so many sleepers, and for a time that is just enough for them.
async fn wake(world: &World, sleepers: usize, millis: i64) {
    world.clock.until_asleep(sleepers).await;
    world.clock.advance_ms(millis - 1);
    assert_eq!(world.clock.asleep(), sleepers);
    world.clock.advance_ms(1);
}

/// Everything that comes back until the connection ends.
async fn exchange_bytes(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut received = Vec::new();
    // Closing or resetting is the same to us.
    let _ = stream.read_to_end(&mut received).await;
    received
}

async fn show(world: &World) -> Value {
    world.get(PATH).await.json()
}

on_both! {
    async fn settings_are_shown_changed_and_reset(test: TestDb) {
        let (world, _, _) = begin(test).await;
        let honest = json!({
            "access_token_life_s": null,
            "next_token_answers": [],
            "next_api_answers": [],
            "token_requests": 0,
            "token_requests_by_grant": {},
            "token_requests_by_email": {},
            "refresh_in_flight_max": 0,
            "revocations": 0,
        });
        assert_eq!(show(&world).await, honest);
        let kinds = [
            "ok",
            "429:7",
            "500",
            "timeout",
            "lost_reply",
            "html",
            "slow:20",
            "no_expires_in",
        ];
        let change = json!({"next_token_answers": kinds, "access_token_life_s": 5});
        assert_eq!(set(&world, &change).await.status, StatusCode::OK);
        set(&world, &json!({"next_api_answers": ["429"]})).await;
        let shown = show(&world).await;
        assert_eq!(shown["next_token_answers"], json!(kinds));
        assert_eq!(shown["next_api_answers"], json!(["429:1"]));
        assert_eq!(shown["access_token_life_s"], 5);
        world.call("DELETE", PATH, &[], String::new()).await;
        assert_eq!(show(&world).await, honest);
    }

    async fn bad_settings_change_nothing(test: TestDb) {
        let (world, _, _) = begin(test).await;
        let before = show(&world).await;
        for (settings, field) in [
            (
                json!({"next_token_answers": ["500", "501"]}),
                "next_token_answers",
            ),
            (json!({"next_api_answers": "500"}), "next_api_answers"),
            (json!({"next_api_answers": [500]}), "next_api_answers"),
            (json!({"next_api_answers": ["slow"]}), "next_api_answers"),
            (json!({"access_token_life_s": -1}), "access_token_life_s"),
            (json!({"access_token_life_s": 1e12}), "access_token_life_s"),
            (
                json!({"access_token_life_s": 5, "token_requests": 0}),
                "body",
            ),
        ] {
            let error = (400, "invalid_field".to_owned(), Some(field.to_owned()));
            assert_eq!(
                set(&world, &settings).await.api_error(),
                error,
                "{settings}"
            );
        }
        assert_eq!(
            set(&world, &json!([])).await.status,
            StatusCode::BAD_REQUEST
        );
        assert_eq!(show(&world).await, before);
    }

    async fn tokens_live_as_long_as_they_are_told_to(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        set(&world, &json!({"access_token_life_s": 5})).await;
        let answer = world.refresh(&client, &tokens).await;
        assert_eq!(answer.json()["expires_in"], 5);
        let tokens = answer.tokens();
        world.pass(4);
        assert_eq!(world.me(&tokens).await, StatusCode::OK);
        world.pass(1);
        assert_eq!(world.me(&tokens).await, StatusCode::UNAUTHORIZED);
    }

    async fn the_token_endpoint_answers_as_planned(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        let answers = [
            "429:7",
            "500",
            "html",
            "timeout",
            "ok",
            "slow:1500",
            "no_expires_in",
        ];
        set(&world, &json!({"next_token_answers": answers})).await;
        let refresh = async || world.refresh(&client, &tokens).await;
        let limited = refresh().await;
        assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(limited.header("retry-after"), "7");
        assert_eq!(refresh().await.status, StatusCode::INTERNAL_SERVER_ERROR);
        let page = refresh().await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.header("content-type").starts_with("text/html"));
        let (silent, ()) = tokio::join!(refresh(), wake(&world, 1, 600_000));
        assert_eq!(silent.status, StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(refresh().await.json()["expires_in"], 3600);
        let (slow, ()) = tokio::join!(refresh(), wake(&world, 1, 1500));
        slow.tokens();
        let silent = refresh().await;
        silent.tokens();
        assert_eq!(silent.json()["expires_in"], Value::Null);
        let shown = show(&world).await;
        assert_eq!(shown["token_requests"], 7);
        assert_eq!(shown["token_requests_by_email"], json!({ADA: 7}));
        let by_grant = shown["token_requests_by_grant"].as_object().unwrap();
        assert_eq!(by_grant.values().collect::<Vec<_>>(), [&json!(7)]);
        assert_eq!(shown["refresh_in_flight_max"], 1);
    }

    async fn a_lost_reply_has_rotated_the_token(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        assert_eq!(world.me(&tokens).await, StatusCode::OK);
        set(&world, &json!({"next_token_answers": ["lost_reply"]})).await;
        assert!(world.refresh(&client, &tokens).await.body.is_none());
        let next = world.refresh(&client, &tokens).await.tokens();
        assert_eq!(world.me(&next).await, StatusCode::OK);
        let reused = world.refresh(&client, &tokens).await;
        assert_eq!(reused.oauth_error(), (400, "invalid_grant".to_owned()));
    }

    async fn a_lost_reply_breaks_the_connection(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        set(&world, &json!({"next_token_answers": ["lost_reply"]})).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let body = encode(&client.refresh(&tokens.refresh));
        let request = format!(
            "POST /playground/oauth/token HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\n\
             content-length: {}\r\n\r\n{body}",
            crate::harness::FORM,
            body.len()
        );
        let serving = axum::serve(listener, world.app.clone()).into_future();
        let received = tokio::select! {
            _ = serving => panic!("the server ended"),
            received = exchange_bytes(address, request.as_bytes()) => received,
        };
        assert!(!String::from_utf8(received).unwrap().contains("pga_"));
        world.refresh(&client, &tokens).await.tokens();
    }

    async fn the_api_answers_as_planned(test: TestDb) {
        let (world, _, tokens) = begin(test).await;
        let answers = [
            "429",
            "500",
            "lost_reply",
            "slow:5",
            "no_expires_in",
            "html",
        ];
        set(&world, &json!({"next_api_answers": answers})).await;
        let caller = tokens.caller();
        let body = json!({"email": "c@example.com"});
        let create = async || world.api(&caller, "POST", "/contacts", &body).await;
        assert_eq!(create().await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(create().await.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(create().await.body.is_none());
        // What was lost is the reply, not the contact.
        let (again, ()) = tokio::join!(create(), wake(&world, 1, 5));
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert_eq!(world.me(&tokens).await, StatusCode::OK);
        let page = world.api(&caller, "GET", "/contacts", &Value::Null).await;
        assert!(page.header("content-type").starts_with("text/html"));
        let list = world
            .api(&caller, "GET", "/contacts", &Value::Null)
            .await
            .json();
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
    }

    async fn refreshes_of_one_grant_at_once_are_noticed(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        let other = world.tokens(&client, ALL_SCOPES, "bob@example.com").await;
        set(
            &world,
            &json!({"next_token_answers": ["slow:1", "slow:1", "slow:1"]}),
        )
        .await;
        let (one, two, three, ()) = tokio::join!(
            world.refresh(&client, &tokens),
            world.refresh(&client, &tokens),
            world.refresh(&client, &other),
            wake(&world, 3, 1),
        );
        for answer in [one, two, three] {
            answer.tokens();
        }
        let shown = show(&world).await;
        assert_eq!(shown["refresh_in_flight_max"], 2);
        assert_eq!(shown["token_requests"], 4);
        let by_email = json!({ADA: 2, "bob@example.com": 2});
        assert_eq!(shown["token_requests_by_email"], by_email);
    }

    async fn a_user_can_throw_everyone_out(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        let key = world.key(ADA).await;
        let other = world.tokens(&client, ALL_SCOPES, "bob@example.com").await;
        let path = "/playground/faults/revoke";
        let body = json!({"email": "Ada@example.com"}).to_string();
        let answer = world.call("POST", path, &[], body).await;
        assert_eq!(
            answer.json(),
            json!({"revoked_grants": 1, "revoked_keys": 1})
        );
        assert_eq!(world.me(&tokens).await, StatusCode::UNAUTHORIZED);
        let answer = world.refresh(&client, &tokens).await;
        assert_eq!(answer.oauth_error(), (400, "invalid_grant".to_owned()));
        let answer = world.api(&key, "GET", "/me", &Value::Null).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.me(&other).await, StatusCode::OK);
        let bad = world.call("POST", path, &[], "{}".to_owned()).await;
        assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    }

    async fn revocations_are_counted(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        let fields = [
            ("client_id", client.id.as_str()),
            ("client_secret", client.secret.as_str()),
            ("token", tokens.refresh.as_str()),
        ];
        for _ in 0..2 {
            world.form("/playground/oauth/revoke", &fields).await;
        }
        assert_eq!(show(&world).await["revocations"], 2);
    }
}
