//! Dynamic registration, RFC 7591.

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::harness::{Answer, World};

async fn register(world: &World, metadata: &Value) -> Answer {
    world
        .call(
            "POST",
            "/playground/oauth/register",
            &[],
            metadata.to_string(),
        )
        .await
}

/// Anyone may register, and nobody may fill the disk by it.
#[tokio::test]
async fn there_are_only_so_many_clients_and_keys() {
    let world = World::new(TestDb::sqlite()).await;
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)";
    let text = "CAST(i AS TEXT)";
    let clients = format!(
        "INSERT INTO playground_client (id, name, secret_hash, redirect_uris, created_at) \
         {many} SELECT {text}, 'x', CAST(i AS BLOB), '[]', 0 FROM n;"
    );
    let keys = format!(
        "INSERT INTO playground_key (hash, email, created_at) \
         {many} SELECT CAST(i AS BLOB), 'ada@example.com', 0 FROM n;"
    );
    world.test.tamper(&clients).await;
    world.test.tamper(&keys).await;
    let refused = register(&world, &json!({"redirect_uris": ["https://a.example/"]})).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.json()["error"], "temporarily_unavailable");
    let form = [("email", "ada@example.com"), ("password", "playground")];
    let refused = world.form("/playground/api-keys", &form).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.api_error().1, "temporarily_unavailable");
    world
        .test
        .tamper("DELETE FROM playground_key WHERE hash = CAST(7 AS BLOB)")
        .await;
    world.key("ada@example.com").await;
    assert_eq!(world.form("/playground/api-keys", &form).await.status, 503);
}

on_both! {
    async fn a_client_gets_its_secret_once(test: TestDb) {
        let world = World::new(test).await;
        let uris = json!(["http://localhost:3000/cb", "https://a.example/cb?x=1"]);
        let metadata = json!({
            "redirect_uris": uris,
            "client_name": "  Acme ",
            "token_endpoint_auth_method": "client_secret_post",
            "contacts": ["a@example.com"],
        });
        let answer = register(&world, &metadata).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.header("cache-control"), "no-store");
        let client = answer.json();
        assert_eq!(client["redirect_uris"], uris);
        assert_eq!(client["client_name"], "Acme");
        assert_eq!(client["client_secret_expires_at"], 0);
        assert_eq!(client["token_endpoint_auth_method"], "client_secret_post");
        assert_eq!(client["client_id_issued_at"], world.now().as_seconds());
        assert!(client["client_secret"].as_str().unwrap().len() > 40);
    }

    async fn bad_redirect_uris_are_refused(test: TestDb) {
        let world = World::new(test).await;
        let long = format!("https://a.example/{}", "x".repeat(2000));
        let bad = [
            json!(null),
            json!([]),
            json!("https://a.example/"),
            json!(["/relative"]),
            json!(["javascript:alert(1)"]),
            json!(["data:text/html,x"]),
            json!(["https://a.example/#fragment"]),
            json!(["https://a.example/\n"]),
            json!(["https://a.example/ x"]),
            json!(["https://ä.example/"]),
            json!([7]),
            json!([long]),
            json!(vec!["https://a.example/"; 11]),
        ];
        for uris in bad {
            let answer = register(&world, &json!({"redirect_uris": uris})).await;
            assert_eq!(
                answer.oauth_error(),
                (400, "invalid_redirect_uri".to_owned()),
                "{uris}"
            );
        }
    }

    async fn bad_metadata_is_refused(test: TestDb) {
        let world = World::new(test).await;
        let long = "x".repeat(101);
        let bad = [
            json!([]),
            json!({"redirect_uris": ["https://a.example/"], "client_name": ""}),
            json!({"redirect_uris": ["https://a.example/"], "client_name": 7}),
            json!({"redirect_uris": ["https://a.example/"], "client_name": long}),
            json!({"redirect_uris": ["https://a.example/"], "client_name": "a\nb"}),
            json!({"redirect_uris": ["https://a.example/"], "client_name": "a\u{202e}b"}),
            json!({"redirect_uris": ["https://a.example/"], "token_endpoint_auth_method": "none"}),
        ];
        for metadata in bad {
            let answer = register(&world, &metadata).await;
            let error = "invalid_client_metadata".to_owned();
            assert_eq!(answer.oauth_error(), (400, error), "{metadata}");
        }
    }
}
