//! Rotation: nothing is lost with an answer, and a stolen token is noticed.

use axum::http::StatusCode;
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::harness::{ALL_SCOPES, Answer, Client, Tokens, World};

const ADA: &str = "ada@example.com";

fn is_invalid_grant(answer: &Answer) {
    assert_eq!(answer.oauth_error(), (400, "invalid_grant".to_owned()));
}

async fn begin(test: TestDb) -> (World, Client, Tokens) {
    let world = World::new(test).await;
    let client = world.register("Acme").await;
    let tokens = world.tokens(&client, ALL_SCOPES, ADA).await;
    (world, client, tokens)
}

on_both! {
    async fn each_refresh_gives_a_new_pair(test: TestDb) {
        let (world, client, mut tokens) = begin(test).await;
        for _ in 0..5 {
            world.pass(3600);
            assert_eq!(world.me(&tokens).await, StatusCode::UNAUTHORIZED);
            let next = world.refresh(&client, &tokens).await.tokens();
            assert_ne!(next.access, tokens.access);
            assert_ne!(next.refresh, tokens.refresh);
            assert_eq!(world.me(&next).await, StatusCode::OK);
            tokens = next;
        }
    }

    async fn a_lost_answer_costs_nothing(test: TestDb) {
        let (world, client, first) = begin(test).await;
        assert_eq!(world.me(&first).await, StatusCode::OK);
        for _ in 0..3 {
            world.refresh(&client, &first).await.tokens();
        }
        let arrived = world.refresh(&client, &first).await.tokens();
        assert_eq!(world.me(&arrived).await, StatusCode::OK);
        // The old access token lives out its time beside the new one.
        assert_eq!(world.me(&first).await, StatusCode::OK);
        world.refresh(&client, &arrived).await.tokens();
    }

    async fn an_old_refresh_token_revokes_once_the_new_access_token_was_used(test: TestDb) {
        let (world, client, first) = begin(test).await;
        let second = world.refresh(&client, &first).await.tokens();
        assert_eq!(world.me(&second).await, StatusCode::OK);
        is_invalid_grant(&world.refresh(&client, &first).await);
        assert_eq!(world.me(&second).await, StatusCode::UNAUTHORIZED);
        is_invalid_grant(&world.refresh(&client, &second).await);
    }

    async fn an_old_refresh_token_revokes_once_the_new_refresh_token_was_used(test: TestDb) {
        let (world, client, first) = begin(test).await;
        let second = world.refresh(&client, &first).await.tokens();
        let third = world.refresh(&client, &second).await.tokens();
        is_invalid_grant(&world.refresh(&client, &first).await);
        assert_eq!(world.me(&third).await, StatusCode::UNAUTHORIZED);
    }

    async fn reuse_is_noticed_however_late(test: TestDb) {
        let (world, client, first) = begin(test).await;
        let mut tokens = first.clone();
        for _ in 0..20 {
            world.pass(3600);
            tokens = world.refresh(&client, &tokens).await.tokens();
        }
        is_invalid_grant(&world.refresh(&client, &first).await);
        is_invalid_grant(&world.refresh(&client, &tokens).await);
    }

    async fn a_thief_and_the_client_cannot_both_go_on(test: TestDb) {
        let (world, client, first) = begin(test).await;
        let stolen = world.refresh(&client, &first).await.tokens();
        let own = world.refresh(&client, &first).await.tokens();
        assert_eq!(world.me(&stolen).await, StatusCode::OK);
        assert_eq!(world.me(&own).await, StatusCode::OK);
        is_invalid_grant(&world.refresh(&client, &stolen).await);
        is_invalid_grant(&world.refresh(&client, &own).await);
    }

    async fn many_refreshes_at_once_all_succeed_while_none_is_used(test: TestDb) {
        let (world, client, first) = begin(test).await;
        let answers = tokio::join!(
            world.refresh(&client, &first),
            world.refresh(&client, &first),
            world.refresh(&client, &first),
        );
        for answer in [answers.0, answers.1, answers.2] {
            answer.tokens();
        }
    }

    async fn a_refresh_token_is_its_clients_and_is_not_an_access_token(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        let thief = world.register("Thief").await;
        is_invalid_grant(&world.refresh(&thief, &tokens).await);
        let swapped = Tokens {
            access: tokens.refresh.clone(),
            refresh: tokens.access.clone(),
        };
        is_invalid_grant(&world.refresh(&client, &swapped).await);
        assert_eq!(world.me(&swapped).await, StatusCode::UNAUTHORIZED);
        world.refresh(&client, &tokens).await.tokens();
    }

    async fn a_grant_that_nobody_uses_ends(test: TestDb) {
        let (world, client, tokens) = begin(test).await;
        world.pass(90 * 24 * 3600);
        is_invalid_grant(&world.refresh(&client, &tokens).await);
    }

    async fn a_refresh_cannot_ask_for_more_than_was_granted(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let tokens = world.tokens(&client, "contacts.read", ADA).await;
        let ask = async |scope: &'static str| {
            let mut fields = client.refresh(&tokens.refresh);
            fields.push(("scope", scope));
            world.form("/playground/oauth/token", &fields).await
        };
        for scope in ["contacts.write", "contacts.read profile", "nonsense"] {
            assert_eq!(
                ask(scope).await.oauth_error(),
                (400, "invalid_scope".to_owned())
            );
        }
        assert_eq!(ask("contacts.read").await.json()["scope"], "contacts.read");
    }
}
