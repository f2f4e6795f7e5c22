//! From the code to the first tokens.

use axum::http::StatusCode;
use trunnel_testing::on_both;

use crate::harness::{ALL_SCOPES, Answer, CALLBACK, FORM, VERIFIER, World, but, encode};

const TOKEN: &str = "/playground/oauth/token";

fn is_invalid_grant(answer: &Answer) {
    assert_eq!(answer.oauth_error(), (400, "invalid_grant".to_owned()));
    assert_eq!(answer.header("cache-control"), "no-store");
}

on_both! {
    async fn a_code_needs_the_verifier_and_the_redirect_uri_it_was_asked_with(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let code = world.code(&client, ALL_SCOPES, "ada@example.com").await;
        let other = VERIFIER.replace('a', "b");
        is_invalid_grant(&world.form(TOKEN, &client.exchange(&code, &other)).await);
        is_invalid_grant(&world.form(TOKEN, &client.exchange(&code, "short")).await);
        let elsewhere = but(
            client.exchange(&code, VERIFIER),
            "redirect_uri",
            Some("https://x.example/"),
        );
        is_invalid_grant(&world.form(TOKEN, &elsewhere).await);
        for name in ["code", "redirect_uri", "code_verifier", "grant_type"] {
            let answer = world
                .form(TOKEN, &but(client.exchange(&code, VERIFIER), name, None))
                .await;
            assert_eq!(
                answer.oauth_error(),
                (400, "invalid_request".to_owned()),
                "{name}"
            );
        }
        world.exchange(&client, &code).await.tokens();
    }

    async fn a_code_is_bound_to_its_client(test: TestDb) {
        let world = World::new(test).await;
        let (client, thief) = (world.register("Acme").await, world.register("Thief").await);
        let code = world.code(&client, ALL_SCOPES, "ada@example.com").await;
        is_invalid_grant(&world.exchange(&thief, &code).await);
        let tokens = world.exchange(&client, &code).await.tokens();
        // Another client's second use is no reason to revoke this one's grant.
        is_invalid_grant(&world.exchange(&thief, &code).await);
        assert_eq!(world.me(&tokens).await, StatusCode::OK);
    }

    async fn a_code_lives_for_a_minute(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let code = world.code(&client, ALL_SCOPES, "ada@example.com").await;
        world.pass(60);
        is_invalid_grant(&world.exchange(&client, &code).await);
    }

    async fn using_a_code_again_revokes_what_it_gave(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let code = world.code(&client, ALL_SCOPES, "ada@example.com").await;
        let first = world.exchange(&client, &code).await.tokens();
        let second = world.refresh(&client, &first).await.tokens();
        assert_eq!(world.me(&second).await, StatusCode::OK);
        // Much later, when other logins have swept away what was left unfinished.
        world.pass(300);
        world.log_in(&client, ALL_SCOPES, "bob@example.com").await;
        is_invalid_grant(&world.exchange(&client, &code).await);
        assert_eq!(world.me(&first).await, StatusCode::UNAUTHORIZED);
        assert_eq!(world.me(&second).await, StatusCode::UNAUTHORIZED);
        is_invalid_grant(&world.refresh(&client, &second).await);
        is_invalid_grant(&world.exchange(&client, &code).await);
    }

    async fn two_exchanges_at_once_leave_no_grant_behind(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let code = world.code(&client, ALL_SCOPES, "ada@example.com").await;
        let (one, other) = tokio::join!(
            world.exchange(&client, &code),
            world.exchange(&client, &code)
        );
        let given: Vec<&Answer> = [&one, &other]
            .into_iter()
            .filter(|a| a.status.is_success())
            .collect();
        assert_eq!(given.len(), 1);
        assert_eq!(world.me(&given[0].tokens()).await, StatusCode::UNAUTHORIZED);
    }

    async fn clients_authenticate_in_one_of_two_ways(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let basic = client.basic();
        let by_header = [("content-type", FORM), ("authorization", basic.as_str())];
        let code = world.code(&client, ALL_SCOPES, "ada@example.com").await;
        let both = client.exchange(&code, VERIFIER);
        let answer = world.call("POST", TOKEN, &by_header, encode(&both)).await;
        assert_eq!(answer.oauth_error(), (400, "invalid_request".to_owned()));
        let neither = but(but(both.clone(), "client_secret", None), "client_id", None);
        let answer = world.form(TOKEN, &neither).await;
        assert_eq!(answer.oauth_error(), (401, "invalid_client".to_owned()));
        assert!(answer.header("www-authenticate").starts_with("Basic"));
        for wrong in [
            but(both.clone(), "client_secret", Some("x")),
            but(both, "client_id", Some("x")),
        ] {
            let answer = world.form(TOKEN, &wrong).await;
            assert_eq!(answer.oauth_error(), (401, "invalid_client".to_owned()));
        }
        let answer = world
            .call("POST", TOKEN, &by_header, encode(&neither))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }

    async fn other_grant_types_and_bodies_are_refused(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let other = but(
            client.exchange("c", VERIFIER),
            "grant_type",
            Some("password"),
        );
        let answer = world.form(TOKEN, &other).await;
        assert_eq!(
            answer.oauth_error(),
            (400, "unsupported_grant_type".to_owned())
        );
        let json = [("content-type", "application/json")];
        let answer = world.call("POST", TOKEN, &json, "{}".to_owned()).await;
        assert_eq!(answer.oauth_error(), (400, "invalid_request".to_owned()));
        let twice = format!(
            "{}&redirect_uri={CALLBACK}",
            encode(&client.exchange("c", VERIFIER))
        );
        let answer = world
            .call("POST", TOKEN, &[("content-type", FORM)], twice)
            .await;
        assert_eq!(answer.oauth_error(), (400, "invalid_request".to_owned()));
    }
}
