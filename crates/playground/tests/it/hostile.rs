//! What nobody should send.

use axum::http::StatusCode;
use serde_json::Value;
use trunnel_testing::on_both;

use crate::harness::{ALL_SCOPES, FORM, World, authorize_path, borrow, but, request};

const POSTS: [&str; 5] = [
    "/playground/oauth/authorize",
    "/playground/oauth/consent",
    "/playground/oauth/token",
    "/playground/oauth/revoke",
    "/playground/api-keys",
];

on_both! {
    async fn forms_that_are_not_text_are_refused(test: TestDb) {
        let world = World::new(test).await;
        let bodies: [&[u8]; 6] = [
            b"email=%ff%fe&password=playground",
            b"client_id=\xff\xfe",
            b"state=%ED%A0%80",
            b"\xff\xff\xff",
            b"email=%00&password=%00&client_id=%00&client_secret=%00&grant_type=%00&token=%00",
            b"&&&===&%&%z",
        ];
        for path in POSTS {
            for body in bodies {
                let sent = request("POST", path, &[("content-type", FORM)], body.to_vec());
                let answer = world.send(sent).await;
                assert!(
                    answer.status.is_client_error(),
                    "{path} {body:?} {}",
                    answer.status
                );
            }
        }
        for query in [
            "client_id=%ff",
            "client_id=%00",
            "%",
            "client_id=a&client_id=b",
            "",
        ] {
            let answer = world
                .get(&format!("/playground/oauth/authorize?{query}"))
                .await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        }
    }

    async fn huge_parameters_and_bodies_are_refused(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let long = "x".repeat(5000);
        for name in [
            "state",
            "scope",
            "client_id",
            "code_challenge",
            "redirect_uri",
        ] {
            let path = authorize_path(&but(client.request(ALL_SCOPES), name, Some(&long)));
            assert_eq!(
                world.get(&path).await.status,
                StatusCode::BAD_REQUEST,
                "{name}"
            );
        }
        let huge = format!("email={}", "x".repeat(70_000));
        let others = ["/playground/oauth/register"];
        for path in POSTS.into_iter().chain(others) {
            let answer = world
                .call("POST", path, &[("content-type", FORM)], huge.clone())
                .await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        }
        let key = world.key("ada@example.com").await;
        let answer = world
            .api(&key, "POST", "/contacts", &Value::from(huge))
            .await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    async fn no_shown_value_becomes_markup(test: TestDb) {
        let world = World::new(test).await;
        let evil = "\"'><script>alert(1)</script>&amp;";
        let client = world.register(evil).await;
        let mut asked = but(client.request(ALL_SCOPES), "state", Some(evil));
        asked.push(("login_hint", evil));
        let login = world.get(&authorize_path(&asked)).await;
        assert_eq!(login.status, StatusCode::OK);
        let state = login.hidden().into_iter().find(|(name, _)| name == "state");
        assert_eq!(state.unwrap().1, evil);
        let mut fields = login.hidden();
        fields.push(("email".into(), evil.into()));
        fields.push(("password".into(), "playground".into()));
        let again = world
            .form("/playground/oauth/authorize", &borrow(&fields))
            .await;
        let user = "o'neil&co@example.com";
        fields.retain(|(name, _)| name != "email");
        fields.push(("email".into(), user.into()));
        let consent = world
            .form("/playground/oauth/authorize", &borrow(&fields))
            .await;
        assert!(consent.text().contains("o&#39;neil&amp;co@example.com"));
        let body = crate::harness::encode(&[("email", evil), ("password", evil)]);
        let accept = [("content-type", FORM), ("accept", "text/html")];
        let key = world
            .call("POST", "/playground/api-keys", &accept, body)
            .await;
        for page in [login, again, consent, key] {
            let text = page.text();
            assert!(
                !text.contains("<script") && !text.contains("\"'>"),
                "{text}"
            );
        }
        let consent = world
            .form("/playground/oauth/authorize", &borrow(&fields))
            .await;
        let back = world.decide(&consent, "allow").await;
        assert_eq!(back.location_param("state").unwrap(), evil);
        assert!(!back.header("location").contains('<'));
    }

    async fn a_state_that_cannot_be_one_is_not_repeated(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        for state in ["a\r\nset-cookie: x=1", "\u{0}", "ä"] {
            let path = authorize_path(&but(client.request(ALL_SCOPES), "state", Some(state)));
            let answer = world.get(&path).await;
            assert_eq!(answer.location_param("error").unwrap(), "invalid_request");
            assert_eq!(answer.location_param("state"), None);
        }
    }

    async fn odd_credentials_and_ids_are_refused(test: TestDb) {
        let world = World::new(test).await;
        let key = world.key("ada@example.com").await;
        for id in [
            "x",
            "con_",
            "%00",
            "%ff",
            "con_%00",
            "..%2f..",
            &"x".repeat(4000),
        ] {
            let answer = world
                .api(&key, "GET", &format!("/contacts/{id}"), &Value::Null)
                .await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
        }
        for (name, value) in [
            ("authorization", "Bearer"),
            ("authorization", "Bearer "),
            ("authorization", "Bearer x y"),
            ("authorization", "Basic eA=="),
            ("authorization", "\u{ff}\u{fe}"),
            ("x-playground-key", ""),
            ("x-playground-key", "\u{ff}"),
        ] {
            let answer = world
                .call("GET", "/playground/api/me", &[(name, value)], String::new())
                .await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name} {value}");
        }
        for value in [
            "Basic",
            "Basic x",
            "Basic eA==",
            "Basic eDoleg==",
            "Basic JmE6Yg==",
            "Bearer x",
        ] {
            let headers = [("content-type", FORM), ("authorization", value)];
            let body = "grant_type=refresh_token&refresh_token=x".to_owned();
            let answer = world
                .call("POST", "/playground/oauth/token", &headers, body)
                .await;
            assert_eq!(
                answer.oauth_error(),
                (401, "invalid_client".to_owned()),
                "{value}"
            );
        }
    }
}
