//! Dynamic registration, RFC 7591.

use axum::http::StatusCode;
use serde_json::{Value, json};
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
