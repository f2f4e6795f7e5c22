//! API keys.

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunnel_testing::on_both;

use crate::harness::{Caller, World};

const PATH: &str = "/playground/api-keys";

on_both! {
    async fn a_key_acts_for_its_user_until_it_is_revoked(test: TestDb) {
        let world = World::new(test).await;
        let (key, other) = (
            world.key("Ada@example.com").await,
            world.key("ada@example.com").await,
        );
        assert!(key.1.starts_with("pg_"));
        let me = world.api(&key, "GET", "/me", &Value::Null).await;
        assert_eq!(me.json()["email"], "ada@example.com");
        let made = world
            .api(
                &key,
                "POST",
                "/contacts",
                &json!({"email": "c@example.com"}),
            )
            .await;
        assert_eq!(made.status, StatusCode::CREATED);
        let header = [("x-playground-key", key.1.as_str())];
        let gone = world.call("DELETE", PATH, &header, String::new()).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        let after = world.api(&key, "GET", "/me", &Value::Null).await;
        assert_eq!(after.api_error(), (401, "invalid_token".to_owned(), None));
        let again = world.call("DELETE", PATH, &header, String::new()).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED);
        let without = world.call("DELETE", PATH, &[], String::new()).await;
        assert_eq!(without.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            world.api(&other, "GET", "/me", &Value::Null).await.status,
            StatusCode::OK
        );
    }

    async fn a_key_is_made_by_json_too(test: TestDb) {
        let world = World::new(test).await;
        let headers = [("content-type", "application/json; charset=utf-8")];
        let body = json!({"email": "ada@example.com", "password": "playground"});
        let answer = world.call("POST", PATH, &headers, body.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        let key = Caller(
            "x-playground-key",
            answer.json()["api_key"].as_str().unwrap().to_owned(),
        );
        assert_eq!(
            world.api(&key, "GET", "/me", &Value::Null).await.status,
            StatusCode::OK
        );
        let bad = [
            (json!({"email": "ada", "password": "playground"}), "email"),
            (
                json!({"email": "ada@example.com", "password": "x"}),
                "password",
            ),
            (json!({"email": 7, "password": null}), "email"),
        ];
        for (body, field) in bad {
            let answer = world.call("POST", PATH, &headers, body.to_string()).await;
            let error = (400, "invalid_field".to_owned(), Some(field.to_owned()));
            assert_eq!(answer.api_error(), error);
        }
        let answer = world.call("POST", PATH, &headers, "[]".to_owned()).await;
        assert_eq!(
            answer.api_error(),
            (400, "invalid_request".to_owned(), None)
        );
    }

    async fn a_person_makes_a_key_on_a_page(test: TestDb) {
        let world = World::new(test).await;
        let page = world.get(PATH).await;
        assert!(page.text().contains("action=\"api-keys\""));
        let headers = [
            ("content-type", crate::harness::FORM),
            ("accept", "text/html,application/xhtml+xml"),
        ];
        let fields = [("email", "a@example.com"), ("password", "playground")];
        let fields = crate::harness::encode(&fields);
        let made = world.call("POST", PATH, &headers, fields).await;
        assert!(made.text().contains("<code>pg_"));
        let wrong = crate::harness::encode(&[("email", "o'neil@example.com"), ("password", "no")]);
        let again = world.call("POST", PATH, &headers, wrong).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.text().contains("o&#39;neil@example.com"));
    }
}
