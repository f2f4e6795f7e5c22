//! What is on disk: enough to go on after a crash, and no secret.

use axum::http::StatusCode;
use trunnel_testing::db::TestDb;

use crate::harness::{ALL_SCOPES, World, request, send};

#[tokio::test]
async fn no_secret_is_on_disk() {
    let world = World::new(TestDb::sqlite()).await;
    let client = world.register("A client that is on disk").await;
    let consent = world.log_in(&client, ALL_SCOPES, "ada@example.com").await;
    let waiting = world.log_in(&client, ALL_SCOPES, "ada@example.com").await;
    let code = world
        .decide(&consent, "allow")
        .await
        .location_param("code")
        .unwrap();
    let unused = world.code(&client, ALL_SCOPES, "ada@example.com").await;
    let tokens = world.exchange(&client, &code).await.tokens();
    let key = world.key("ada@example.com").await;
    let mut disk = Vec::new();
    for file in std::fs::read_dir(world.test.location_args().data_dir).unwrap() {
        disk.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let on_disk = |text: &str| {
        disk.windows(text.len())
            .any(|bytes| bytes == text.as_bytes())
    };
    assert!(on_disk("A client that is on disk"));
    let ticket = waiting.hidden().remove(0).1;
    let secrets = [
        client.secret,
        ticket,
        code,
        unused,
        tokens.access,
        tokens.refresh,
        key.1,
    ];
    for secret in secrets {
        let body = secret.split_once('_').unwrap().1;
        assert!(body.len() == 43 && !on_disk(body), "{secret}");
    }
}

#[tokio::test]
async fn another_process_knows_the_tokens_and_keys() {
    let world = World::new(TestDb::sqlite()).await;
    let client = world.register("Acme").await;
    let tokens = world.tokens(&client, ALL_SCOPES, "ada@example.com").await;
    let key = world.key("ada@example.com").await;
    let node = world.another_node().await;
    for caller in [tokens.caller(), key] {
        let headers = [(caller.0, caller.1.as_str())];
        let answer = send(&node, request("GET", "/playground/api/me", &headers, "")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}
