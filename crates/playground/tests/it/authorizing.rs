//! From the client's link to the code.

use axum::http::StatusCode;
use trunnel_model::secret::Secret;
use trunnel_playground::{SHARED_CLIENT_ID, SharedClientError};
use trunnel_testing::on_both;

use crate::harness::{
    ALL_SCOPES, CALLBACK, Client, FORM, ISSUER, VERIFIER, World, authorize_path, borrow, but,
    encode,
};

on_both! {
    async fn the_whole_flow_ends_in_tokens_that_work(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme & Sons").await;
        let login = world.ask(&client, ALL_SCOPES).await;
        assert!(login.text().contains("Acme &amp; Sons"));
        assert!(
            login
                .text()
                .contains("the password is <code>playground</code>")
        );
        let consent = world.log_in(&client, ALL_SCOPES, "Ada@Example.com").await;
        assert!(consent.text().contains("ada@example.com"));
        for shown in [
            "Acme &amp; Sons",
            "contacts.read",
            "contacts.write",
            "profile",
            "Allow",
            "Deny",
        ] {
            assert!(consent.text().contains(shown), "{shown}");
        }
        let back = world.decide(&consent, "allow").await;
        assert!(
            back.header("location")
                .starts_with(&format!("{CALLBACK}&code=pgc_"))
        );
        assert_eq!(back.location_param("state").unwrap(), "st&te 1");
        assert_eq!(back.location_param("iss").unwrap(), ISSUER);
        let code = back.location_param("code").unwrap();
        let answer = world.exchange(&client, &code).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.json()["expires_in"], 3600);
        assert_eq!(answer.json()["token_type"], "Bearer");
        assert_eq!(answer.json()["scope"], ALL_SCOPES);
        let me = world
            .api(
                &answer.tokens().caller(),
                "GET",
                "/me",
                &serde_json::Value::Null,
            )
            .await;
        assert_eq!(
            me.json(),
            serde_json::json!({"email": "ada@example.com", "name": "ada"})
        );
    }

    async fn denying_is_told_to_the_client(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let consent = world.log_in(&client, ALL_SCOPES, "ada@example.com").await;
        let back = world.decide(&consent, "deny").await;
        assert_eq!(back.location_param("error").unwrap(), "access_denied");
        assert_eq!(back.location_param("state").unwrap(), "st&te 1");
        assert_eq!(back.location_param("iss").unwrap(), ISSUER);
        assert_eq!(back.location_param("code"), None);
    }

    async fn an_unknown_client_or_address_never_redirects(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let longer = format!("{CALLBACK}&more=1");
        let wrong = [
            ("client_id", None),
            ("client_id", Some("nobody")),
            ("redirect_uri", None),
            ("redirect_uri", Some("https://evil.example.com/")),
            ("redirect_uri", Some(longer.as_str())),
            ("redirect_uri", Some("https://app.example.com/callback")),
        ];
        for (name, value) in wrong {
            let path = authorize_path(&but(client.request(ALL_SCOPES), name, value));
            let answer = world.get(&path).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {value:?}");
            assert_eq!(answer.header("location"), "");
            assert!(answer.text().contains("<h1>This did not work</h1>"));
        }
    }

    async fn other_mistakes_are_told_to_the_client(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let wrong = [
            ("response_type", None, "invalid_request"),
            ("response_type", Some("token"), "unsupported_response_type"),
            ("scope", Some("contacts.read admin"), "invalid_scope"),
            ("code_challenge", None, "invalid_request"),
            ("code_challenge", Some(VERIFIER), "invalid_request"),
            ("code_challenge_method", None, "invalid_request"),
            ("code_challenge_method", Some("plain"), "invalid_request"),
        ];
        for (name, value, error) in wrong {
            let path = authorize_path(&but(client.request(ALL_SCOPES), name, value));
            let answer = world.get(&path).await;
            assert_eq!(
                answer.location_param("error").unwrap(),
                error,
                "{name} {value:?}"
            );
            assert_eq!(answer.location_param("state").unwrap(), "st&te 1");
            assert_eq!(answer.location_param("iss").unwrap(), ISSUER);
        }
    }

    async fn a_wrong_login_is_asked_again(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let page = world.ask(&client, ALL_SCOPES).await;
        for (email, password) in [
            ("ada@example.com", "wrong"),
            ("ada", "playground"),
            ("", ""),
        ] {
            let mut fields = page.hidden();
            fields.push(("email".into(), email.into()));
            fields.push(("password".into(), password.into()));
            let answer = world
                .form("/playground/oauth/authorize", &borrow(&fields))
                .await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.text().contains("role=\"alert\""));
            assert_eq!(answer.hidden(), page.hidden());
        }
    }

    async fn a_consent_form_works_once_and_not_for_long(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let consent = world.log_in(&client, ALL_SCOPES, "ada@example.com").await;
        world
            .decide(&consent, "allow")
            .await
            .location_param("code")
            .unwrap();
        for decision in ["allow", "deny"] {
            let again = world.decide(&consent, decision).await;
            assert_eq!(again.status, StatusCode::BAD_REQUEST);
        }
        let late = world.log_in(&client, ALL_SCOPES, "ada@example.com").await;
        world.pass(601);
        assert_eq!(
            world.decide(&late, "allow").await.status,
            StatusCode::BAD_REQUEST
        );
    }

    async fn forms_from_other_sites_are_refused(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let consent = world.log_in(&client, ALL_SCOPES, "ada@example.com").await;
        let mut fields = consent.hidden();
        fields.push(("decision".into(), "allow".into()));
        let body = encode(&borrow(&fields));
        let path = "/playground/oauth/consent";
        let foreign = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example.com"),
            ("origin", "null"),
        ];
        for header in foreign {
            let answer = world
                .call(
                    "POST",
                    path,
                    &[("content-type", FORM), header],
                    body.clone(),
                )
                .await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header:?}");
        }
        let own = ("origin", "https://hub.example.com");
        let answer = world
            .call("POST", path, &[("content-type", FORM), own], body)
            .await;
        assert!(answer.location_param("code").is_some());
    }

    async fn pages_carry_the_headers_that_protect_them(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let login = world.ask(&client, ALL_SCOPES).await;
        let consent = world.log_in(&client, ALL_SCOPES, "ada@example.com").await;
        for page in [&login, &consent, &world.get("/playground/api-keys").await] {
            let policy = page.header("content-security-policy");
            for needed in ["default-src 'none'", "frame-ancestors 'none'"] {
                assert!(policy.contains(needed), "{policy}");
            }
            assert_eq!(page.header("x-frame-options"), "DENY");
            assert_eq!(page.header("cache-control"), "no-store");
            for forbidden in ["<script", "style=", "onclick"] {
                assert!(!page.text().contains(forbidden), "{forbidden}");
            }
        }
        let style = world.get("/playground/style.css").await;
        assert!(style.header("content-type").starts_with("text/css"));
        assert!(style.text().contains("prefers-color-scheme: dark"));
    }

    async fn the_shared_client_has_exactly_its_latest_redirect_uri(test: TestDb) {
        let world = World::new(test).await;
        let (old, new) = ("http://localhost:8080/old", CALLBACK);
        let secret = Secret::new("shared-secret");
        world
            .playground
            .ensure_shared_client(old, &secret)
            .await
            .unwrap();
        for _ in 0..2 {
            world
                .playground
                .ensure_shared_client(new, &secret)
                .await
                .unwrap();
        }
        let client = Client {
            id: SHARED_CLIENT_ID.to_owned(),
            secret: "shared-secret".to_owned(),
        };
        let before = authorize_path(&but(client.request(ALL_SCOPES), "redirect_uri", Some(old)));
        assert_eq!(world.get(&before).await.status, StatusCode::BAD_REQUEST);
        world.tokens(&client, ALL_SCOPES, "ada@example.com").await;
        let refused = world
            .playground
            .ensure_shared_client("not a url", &secret)
            .await;
        assert!(matches!(
            refused,
            Err(SharedClientError::RedirectUri { .. })
        ));
    }

    async fn a_flow_continues_on_another_node(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let consent = world.log_in(&client, ALL_SCOPES, "ada@example.com").await;
        let mut fields = consent.hidden();
        fields.push(("decision".into(), "allow".into()));
        let node = world.another_node().await;
        let body = encode(&borrow(&fields));
        let request = crate::harness::request("POST", "/playground/oauth/consent", &[], body);
        let back = crate::harness::send(&node, request).await;
        let code = back.location_param("code").unwrap();
        world.exchange(&client, &code).await.tokens();
    }
}
