//! Session tokens: what a customer's own browser holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use trunnel_core::SessionLives;
use trunnel_testing::on_both;

use crate::app::{Actor, Options, TestApp};
use crate::setup::{
    ACCOUNTS, ACTIVE, PLAYGROUND, SESSION_TOKEN, WEBHOOKS, account, connect_by_key,
};

const REVOKE: &str = "/api/v2/public/session-token/revoke";

async fn mint(developer: &Actor, query: &str) -> Value {
    let body = json!({ "linked_account_id": "acme" });
    developer
        .post(&format!("{SESSION_TOKEN}{query}"), body)
        .await
        .ok()
}

/// An actor with the pair's access token.
fn bearer(app: &TestApp, minted: &Value) -> Actor {
    Actor::with_token(&app.url, minted["token"].as_str().unwrap())
}

/// The token with its claims changed and the signature as it was.
fn altered(token: &str, change: impl Fn(&mut Value)) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let mut claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    change(&mut claims);
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{}.{claims}.{}", parts[0], parts[2])
}

on_both! {
    async fn a_token_comes_in_four_parts(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        developer.account("acme").await;
        let minted = mint(&developer, "").await;
        assert!(minted["token"].as_str().unwrap().starts_with("eyJ"));
        assert!(minted["refresh_token"].as_str().unwrap().starts_with("eyJ"));
        assert_ne!(minted["token"], minted["refresh_token"]);
        assert_eq!(minted["expires_in"], json!(7 * 24 * 3600));
        assert_eq!(minted["refresh_expires_in"], json!(30 * 24 * 3600));
    }

    async fn asking_again_gives_the_same_token_until_forced(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        developer.account("acme").await;
        let first = mint(&developer, "").await;
        app.clock.advance_ms(60_000);
        let again = mint(&developer, "?force_refresh=false").await;
        assert_eq!(again["token"], first["token"]);
        assert_eq!(again["expires_in"], json!(7 * 24 * 3600 - 60));
        let forced = mint(&developer, "?force_refresh=true").await;
        assert_ne!(forced["token"], first["token"]);
        for minted in [&first, &forced] {
            assert_eq!(bearer(&app, minted).get(ACTIVE).await.status, 200);
        }
        let word = developer.post(&format!("{SESSION_TOKEN}?force_refresh=yes"), json!({})).await;
        assert_eq!(word.status, 400);
    }

    async fn a_token_near_its_end_is_not_handed_out_again(test: TestDb) {
        let lives = SessionLives { token_ms: 100_000, refresh_ms: 200_000 };
        let app = TestApp::with(&test, Options { session: lives, ..Options::default() }).await;
        let developer = app.developer().await.test;
        developer.account("acme").await;
        let first = mint(&developer, "").await;
        app.clock.advance_ms(89_999);
        assert_eq!(mint(&developer, "").await["token"], first["token"]);
        app.clock.advance_ms(1);
        let next = mint(&developer, "").await;
        assert_ne!(next["token"], first["token"]);
        assert_eq!(next["expires_in"], json!(100));
    }

    async fn minting_for_an_unknown_account_fails_clearly(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        for (actor, environment) in [(&developer.test, "test"), (&developer.live, "production")] {
            let body = json!({ "linked_account_id": "nobody" });
            let told = actor.post(SESSION_TOKEN, body).await.fault(400);
            assert_eq!(told.0, "INVALID_LINKED_ACCOUNT_ID");
            let sentence = format!(
                "No linked account found for account id : nobody in environment {environment}"
            );
            assert_eq!(told.1, sentence);
            let told = actor.post(SESSION_TOKEN, json!({})).await.fault(400);
            assert_eq!(told.0, "SERVER_ERROR");
            assert_eq!(told.1, "linked_account_id is required");
        }
    }

    async fn a_token_stands_for_the_key_and_the_account(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let acme = developer.account("acme").await;
        connect_by_key(&app, &acme, "ada@example.com").await;
        let session = developer.session("acme").await;
        let read = developer.get(&account("acme")).await.ok();
        assert_eq!(session.get(ACTIVE).await.ok(), read);
        assert_eq!(session.get(&account("acme")).await.ok(), read);
        assert_eq!(session.get(PLAYGROUND).await.ok(), acme.get(PLAYGROUND).await.ok());
        let list = "/api/v2/integration-schema/playground_app/actions/list_contacts/execute";
        assert_eq!(session.post(list, json!({})).await.ok()["success"], json!(true));
        let renamed = session.put(ACCOUNTS, json!({ "name": "renamed by itself" })).await.ok();
        assert_eq!(renamed["account_id"], "acme");
        assert_eq!(renamed["new_account"], json!(false));
        let read = developer.get(&account("acme")).await.ok();
        assert_eq!(read["name"], "renamed by itself");
    }

    async fn a_token_is_not_for_administration(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        developer.account("acme").await;
        let session = developer.session("acme").await;
        let body = || json!({ "linked_account_id": "acme", "webhook_url": "https://example.com/" });
        let answers = [
            session.get(ACCOUNTS).await,
            session.post(ACCOUNTS, body()).await,
            session.delete(&account("acme")).await,
            session.get(WEBHOOKS).await,
            session.post(WEBHOOKS, body()).await,
            session.post(SESSION_TOKEN, body()).await,
            session.get("/api/v2/public/connector").await,
        ];
        for answer in answers {
            answer.fault(401);
        }
        assert_eq!(developer.get(&account("acme")).await.status, 200);
    }

    async fn a_token_acts_for_its_own_account_whatever_is_named(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        developer.account("acme").await;
        let other = developer.account("other").await;
        connect_by_key(&app, &other, "ada@example.com").await;
        let session = developer.session("acme").await;
        let own = session.get(PLAYGROUND).await.ok();
        assert_eq!(own["connected"], json!(false));
        assert_eq!(session.on("other").get(PLAYGROUND).await.ok(), own);
        let query = format!("{PLAYGROUND}?linked_account_id=other");
        assert_eq!(session.get(&query).await.ok(), own);

        let before = developer.get(&account("other")).await.ok();
        assert_eq!(session.get(&account("other")).await.status, 404);
        let seized = json!({ "linked_account_id": "other", "name": "seized" });
        assert_eq!(session.put(ACCOUNTS, seized).await.fault(403).0, "FORBIDDEN");
        let nested = json!({ "payload": { "linked_account_id": "other", "name": "mine" } });
        session.on("other").put(ACCOUNTS, nested).await;
        assert_eq!(developer.get(&account("other")).await.ok(), before);
    }

    async fn a_revoked_token_stops_at_once_and_alone(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        developer.account("acme").await;
        let one = mint(&developer, "").await;
        let two = mint(&developer, "?force_refresh=true").await;
        let revoked = bearer(&app, &one).post(REVOKE, json!({})).await.ok();
        assert_eq!(revoked, json!({ "success": true, "revoked_count": 1 }));
        let told = bearer(&app, &one).get(ACTIVE).await.fault(401);
        assert_eq!(told, ("INVALID_TOKEN".to_owned(), "Invalid token".to_owned()));
        assert_eq!(bearer(&app, &one).post(REVOKE, json!({})).await.status, 401);
        assert_eq!(bearer(&app, &two).get(ACTIVE).await.status, 200);
        assert_eq!(mint(&developer, "").await["token"], two["token"]);
    }

    async fn a_revoked_token_stops_on_every_node(test: TestDb) {
        let app = TestApp::start(&test).await;
        let node = TestApp::node(&test, app.clock.clone(), Options::default()).await;
        let developer = app.developer().await.test;
        developer.account("acme").await;
        let session = developer.session("acme").await;
        assert_eq!(session.at(&node).get(ACTIVE).await.status, 200);
        session.post(REVOKE, json!({})).await.ok();
        assert_eq!(session.at(&node).get(ACTIVE).await.status, 401);
    }

    async fn an_expired_token_is_refused(test: TestDb) {
        let lives = SessionLives { token_ms: 2_000, refresh_ms: 60_000 };
        let app = TestApp::with(&test, Options { session: lives, ..Options::default() }).await;
        let developer = app.developer().await.test;
        developer.account("acme").await;
        let minted = mint(&developer, "").await;
        assert_eq!(minted["expires_in"], json!(2));
        app.clock.advance_ms(1_999);
        assert_eq!(bearer(&app, &minted).get(ACTIVE).await.status, 200);
        app.clock.advance_ms(1);
        assert_eq!(bearer(&app, &minted).get(ACTIVE).await.fault(401).0, "INVALID_TOKEN");
    }

    async fn an_altered_token_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let stranger = app.developer().await;
        for actor in [&developer.test, &developer.live, &stranger.test] {
            actor.account("acme").await;
        }
        developer.test.account("other").await;
        let minted = mint(&developer.test, "").await;
        let foreign = mint(&stranger.test, "").await;
        let token = minted["token"].as_str().unwrap();
        let same = altered(token, |_| {});
        assert_eq!(Actor::with_token(&app.url, &same).get(ACTIVE).await.status, 200);

        let set = |name: &str, value: Value| {
            altered(token, |claims| claims[name] = value.clone())
        };
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let claims = signed.split_once('.').unwrap().1;
        let header = |alg: &str| {
            URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "typ": "JWT" }).to_string())
        };
        let theirs = foreign["token"].as_str().unwrap().rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        for (what, forged) in [
            ("environment", set("environment", json!("production"))),
            ("account", set("linked_account_id", json!("other"))),
            ("app", set("app_id", json!(stranger.app_id.as_str()))),
            ("expiry", set("exp", json!(4_102_444_800_u64))),
            ("id", set("jti", json!(format!("ses_{}", "0".repeat(22))))),
            ("signature", format!("{signed}.{flipped}{}", &signature[1..])),
            ("another's signature", format!("{signed}.{}", theirs.1)),
            ("no signature", format!("{signed}.")),
            ("two parts", signed.to_owned()),
            ("alg none", format!("{}.{claims}.", header("none"))),
            ("alg none, signed", format!("{}.{claims}.{signature}", header("none"))),
            ("alg HS512", format!("{}.{claims}.{signature}", header("HS512"))),
            ("refresh half", minted["refresh_token"].as_str().unwrap().to_owned()),
            ("nothing", String::new()),
            ("too long", "x".repeat(8_000)),
        ] {
            let answer = Actor::with_token(&app.url, &forged).get(ACTIVE).await;
            assert_eq!(answer.fault(401).0, "INVALID_TOKEN", "{what}");
        }
        let refresh = altered(minted["refresh_token"].as_str().unwrap(), |claims| {
            claims.as_object_mut().unwrap().remove("is_refresh");
        });
        assert_eq!(Actor::with_token(&app.url, &refresh).get(ACTIVE).await.status, 401);
    }
}
