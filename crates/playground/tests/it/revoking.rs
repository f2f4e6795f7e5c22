//! Revocation, RFC 7009.

use axum::http::StatusCode;
use trunnel_testing::on_both;

use crate::harness::{ALL_SCOPES, Answer, Client, World};

const ADA: &str = "ada@example.com";

async fn revoke(world: &World, client: &Client, token: &str) -> Answer {
    let fields = [
        ("client_id", client.id.as_str()),
        ("client_secret", client.secret.as_str()),
        ("token", token),
    ];
    world.form("/playground/oauth/revoke", &fields).await
}

on_both! {
    async fn a_refresh_token_takes_the_grant_with_it(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let tokens = world.tokens(&client, ALL_SCOPES, ADA).await;
        let others = world.tokens(&client, ALL_SCOPES, ADA).await;
        assert_eq!(
            revoke(&world, &client, &tokens.refresh).await.status,
            StatusCode::OK
        );
        assert_eq!(world.me(&tokens).await, StatusCode::UNAUTHORIZED);
        let answer = world.refresh(&client, &tokens).await;
        assert_eq!(answer.oauth_error(), (400, "invalid_grant".to_owned()));
        assert_eq!(world.me(&others).await, StatusCode::OK);
    }

    async fn an_access_token_goes_alone(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let tokens = world.tokens(&client, ALL_SCOPES, ADA).await;
        assert_eq!(
            revoke(&world, &client, &tokens.access).await.status,
            StatusCode::OK
        );
        assert_eq!(world.me(&tokens).await, StatusCode::UNAUTHORIZED);
        let next = world.refresh(&client, &tokens).await.tokens();
        assert_eq!(world.me(&next).await, StatusCode::OK);
    }

    async fn an_unknown_token_is_as_good_as_revoked(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        for token in ["x", "\u{0}", "pgr_unknown"] {
            assert_eq!(revoke(&world, &client, token).await.status, StatusCode::OK);
        }
        assert_eq!(
            revoke(&world, &client, "").await.oauth_error(),
            (400, "invalid_request".to_owned())
        );
    }

    async fn only_the_client_itself_can_revoke(test: TestDb) {
        let world = World::new(test).await;
        let (client, thief) = (world.register("Acme").await, world.register("Thief").await);
        let tokens = world.tokens(&client, ALL_SCOPES, ADA).await;
        let answer = revoke(&world, &thief, &tokens.refresh).await;
        assert_eq!(answer.oauth_error(), (400, "invalid_grant".to_owned()));
        let nobody = Client {
            id: client.id.clone(),
            secret: "wrong".to_owned(),
        };
        let answer = revoke(&world, &nobody, &tokens.refresh).await;
        assert_eq!(answer.oauth_error(), (401, "invalid_client".to_owned()));
        assert_eq!(world.me(&tokens).await, StatusCode::OK);
    }
}
