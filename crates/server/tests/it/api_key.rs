//! API keys: what they open, how they end, and where they never appear.

use serde_json::{Value, json};
use trunnel_core::Ctx;
use trunnel_model::api_key::PlainApiKey;
use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::environment::Environment;
use trunnel_testing::clock::SimClock;
use trunnel_testing::on_both;

use crate::app::{Actor, Answer, Developer, Options, TestApp};
use crate::calls::{CALLS, Objects};
use crate::logs::listen;
use crate::setup::{
    ACCOUNTS, ACTIVE, PLAYGROUND, SESSION_TOKEN, account, body_without_id, connect, own_client,
    webhook,
};

const HOUR_MS: i64 = 3_600_000;

async fn opens(actor: &Actor) -> bool {
    let answer = actor.get(ACCOUNTS).await;
    if answer.status != 200 {
        let told = ("SERVER_ERROR".to_owned(), "Invalid Credentials".to_owned());
        assert_eq!(answer.fault(401), told);
    }
    answer.status == 200
}

async fn ctx(app: &TestApp, developer: &Developer, env: Environment) -> Ctx {
    app.core
        .command_line_ctx(&developer.app_id, env)
        .await
        .unwrap()
}

async fn actions(app: &TestApp, developer: &Developer, env: Environment) -> Vec<AuditAction> {
    let entries: Vec<AuditEntry> = app.audit(developer, env).await;
    entries.into_iter().map(|entry| entry.action).collect()
}

/// The same key with one character of its checksum changed.
fn mistyped(key: &str) -> String {
    let (body, last) = key.split_at(key.len() - 1);
    format!("{body}{}", if last == "0" { "1" } else { "0" })
}

on_both! {
    async fn each_environment_has_one_key_that_tells_its_environment(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        for (actor, env, prefix) in [
            (&developer.test, Environment::Test, "trn_test_"),
            (&developer.live, Environment::Live, "trn_live_"),
        ] {
            assert!(actor.key().starts_with(prefix));
            let ctx = ctx(&app, &developer, env).await;
            let revealed = app.core.reveal_api_key(&ctx).await.unwrap();
            assert_eq!(revealed.expose(), actor.key());
            assert_eq!(app.core.api_keys(&ctx).await.unwrap().len(), 1);
            let made = actor.post(ACCOUNTS, json!({ "account_id": prefix })).await.ok();
            assert_eq!(made["environment"], env.wire());
        }
    }

    async fn every_bad_key_gets_the_same_answer(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let key = developer.test.key().to_owned();
        let graced = developer.live.clone();
        app.rotate(&developer, Environment::Live, HOUR_MS).await;
        app.clock.advance_ms(HOUR_MS);
        let rotated = app.developer().await;
        app.rotate(&rotated, Environment::Test, 0).await;
        let unknown = PlainApiKey::generate(Environment::Test, &*app.chance);
        let with = |key: &str| Actor::with_key(&app.url, key);
        let expected = app.anonymous().get(ACCOUNTS).await;
        assert_eq!(
            expected.fault(401),
            ("SERVER_ERROR".to_owned(), "Invalid Credentials".to_owned())
        );
        for (what, actor) in [
            ("empty", with("")),
            ("malformed", with("hello")),
            ("not ASCII", with("trn_test_é")),
            ("the prefix alone", with("trn_test_")),
            ("mistyped", with(&mistyped(&key))),
            ("in another case", with(&key.to_uppercase())),
            ("with the other prefix", with(&key.replace("_test_", "_live_"))),
            ("too long", with(&key.repeat(500))),
            ("unknown", with(unknown.secret().expose())),
            ("rotated", rotated.test.clone()),
            ("at the end of its grace", graced),
            ("as bearer", Actor::with_token(&app.url, &key)),
            ("with a scheme", with(&format!("Bearer {key}"))),
        ] {
            let answer = actor.get(ACCOUNTS).await;
            assert_eq!(answer.status, 401, "{what}");
            let id = answer.header("x-trace-id").unwrap();
            let theirs = expected.header("x-trace-id").unwrap();
            assert_eq!(answer.text.replace(id, theirs), expected.text, "{what}");
        }
        let query = format!("{ACCOUNTS}?x-api-key={key}&api_key={key}");
        let answer = app.anonymous().get(&query).await;
        assert_eq!(body_without_id(&answer), body_without_id(&expected));
        assert!(opens(&developer.test).await);
    }

    async fn a_rotated_key_stops_at_once_on_every_node(test: TestDb) {
        let app = TestApp::start(&test).await;
        let node = TestApp::node(&test, app.clock.clone(), Options::default()).await;
        let developer = app.developer().await;
        let old = developer.test.clone();
        assert!(opens(&old).await && opens(&old.at(&node)).await);
        let new = app.rotate(&developer, Environment::Test, 0).await;
        assert!(!opens(&old).await && !opens(&old.at(&node)).await);
        assert!(opens(&new).await && opens(&new.at(&node)).await);
        let newer = node.rotate(&developer, Environment::Test, 0).await;
        assert!(!opens(&new.at(&node)).await && !opens(&new.at(&app)).await);
        assert!(opens(&newer).await && opens(&newer.at(&app)).await);
    }

    async fn a_rotated_key_stops_also_where_the_clock_is_behind(test: TestDb) {
        let app = TestApp::start(&test).await;
        let behind = TestApp::node(&test, SimClock::new(), Options::default()).await;
        app.clock.advance_ms(HOUR_MS);
        let developer = app.developer().await;
        let old = developer.test.clone();
        assert!(opens(&old.at(&behind)).await);
        let new = app.rotate(&developer, Environment::Test, 0).await;
        assert!(!opens(&old.at(&behind)).await);
        assert!(opens(&new.at(&behind)).await);
    }

    async fn revealing_can_be_switched_off_and_on(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ctx = ctx(&app, &developer, Environment::Test).await;
        app.core.set_reveal_keys(&developer.app_id, false).await.unwrap();
        let refused = app.core.reveal_api_key(&ctx).await.unwrap_err();
        assert!(refused.to_string().contains("does not let its keys be revealed"), "{refused}");
        app.core.set_reveal_keys(&developer.app_id, true).await.unwrap();
        let revealed = app.core.reveal_api_key(&ctx).await.unwrap();
        assert_eq!(revealed.expose(), developer.test.key());
        for env in Environment::ALL {
            let all = app.audit(&developer, env).await.into_iter();
            let updated = all.filter(|entry| entry.action == AuditAction::AppUpdated);
            let details: Vec<_> = updated.map(|entry| entry.details).collect();
            assert_eq!(details.len(), 2, "{env:?}");
            assert!(details.contains(&r#"{"reveal_keys":false}"#.to_owned()), "{details:?}");
        }
    }

    async fn rotating_test_leaves_live_alone(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let mut current = developer.test.clone();
        for _ in 0..20 {
            let next = app.rotate(&developer, Environment::Test, 0).await;
            assert_ne!(next.key(), current.key());
            assert!(!opens(&current).await && opens(&next).await && opens(&developer.live).await);
            current = next;
        }
        let live = ctx(&app, &developer, Environment::Live).await;
        assert_eq!(app.core.api_keys(&live).await.unwrap().len(), 1);
        assert!(!actions(&app, &developer, Environment::Live).await
            .contains(&AuditAction::ApiKeyRegenerated));
    }

    async fn customers_stay_connected_when_a_key_is_rotated(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        connect(&acme, "ada@example.com").await;
        let session = developer.test.session("acme").await;
        let before = acme.get(PLAYGROUND).await.ok();
        let new = app.rotate(&developer, Environment::Test, 0).await;
        assert_eq!(session.get(ACTIVE).await.status, 200);
        assert_eq!(session.get(PLAYGROUND).await.ok(), before);
        let list = "/api/v2/integration-schema/playground_app/actions/list_contacts/execute";
        assert_eq!(new.on("acme").post(list, json!({})).await.status, 200);
        assert_eq!(session.post(list, json!({})).await.status, 200);
    }

    async fn with_a_grace_both_keys_work_until_its_end(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let old = developer.test.clone();
        let new = app.rotate(&developer, Environment::Test, 2 * HOUR_MS).await;
        app.clock.advance_ms(2 * HOUR_MS - 1);
        assert!(opens(&old).await && opens(&new).await);
        let ctx = ctx(&app, &developer, Environment::Test).await;
        assert_eq!(app.core.api_keys(&ctx).await.unwrap().len(), 2);
        let revealed = app.core.reveal_api_key(&ctx).await.unwrap();
        assert_eq!(revealed.expose(), new.key());
        app.clock.advance_ms(1);
        assert!(!opens(&old).await && opens(&new).await);
        assert_eq!(app.core.api_keys(&ctx).await.unwrap().len(), 1);
    }

    async fn a_rotation_without_grace_ends_a_grace_too(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let second = app.rotate(&developer, Environment::Test, HOUR_MS).await;
        let third = app.rotate(&developer, Environment::Test, 2 * HOUR_MS).await;
        app.clock.advance_ms(HOUR_MS);
        assert!(!opens(&developer.test).await && opens(&second).await && opens(&third).await);
        let fourth = app.rotate(&developer, Environment::Test, 0).await;
        assert!(!opens(&second).await && !opens(&third).await && opens(&fourth).await);
    }

    async fn a_grace_is_between_nothing_and_seven_days(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ctx = ctx(&app, &developer, Environment::Test).await;
        for grace in [-1, 7 * 24 * HOUR_MS + 1, i64::MAX] {
            assert!(app.core.rotate_api_key(&ctx, grace).await.is_err(), "{grace}");
        }
        assert!(opens(&developer.test).await);
        app.rotate(&developer, Environment::Test, 7 * 24 * HOUR_MS).await;
        assert!(opens(&developer.test).await);
    }

    async fn a_rotation_is_in_the_audit(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let new = app.rotate(&developer, Environment::Test, HOUR_MS).await;
        let entries = app.audit(&developer, Environment::Test).await;
        let entry = entries
            .iter()
            .find(|entry| entry.action == AuditAction::ApiKeyRegenerated)
            .unwrap();
        assert_eq!((entry.actor.as_str(), entry.created_at), ("cli", app.core.now()));
        assert_eq!(entry.details, format!("{{\"grace_ms\":{HOUR_MS}}}"));
        let ctx = ctx(&app, &developer, Environment::Test).await;
        assert_eq!(entry.subject, app.core.api_keys(&ctx).await.unwrap()[0].id.as_str());
        assert!(opens(&new).await);
    }

    async fn revealing_is_audited_and_can_be_switched_off(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ctx = ctx(&app, &developer, Environment::Test).await;
        app.core.reveal_api_key(&ctx).await.unwrap();
        let revealed = |actions: Vec<AuditAction>| {
            let revealed = |action: &&AuditAction| **action == AuditAction::ApiKeyRevealed;
            actions.iter().filter(revealed).count()
        };
        assert_eq!(revealed(actions(&app, &developer, Environment::Test).await), 1);

        test.tamper("UPDATE app SET reveal_keys = 0").await;
        let refused = app.core.reveal_api_key(&ctx).await.unwrap_err();
        assert!(refused.to_string().contains("does not let its keys be revealed"), "{refused}");
        assert_eq!(revealed(actions(&app, &developer, Environment::Test).await), 1);
    }

    async fn a_keys_last_use_is_noted(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ctx = ctx(&app, &developer, Environment::Test).await;
        let last_use = || async {
            app.core.flush_last_uses().await.unwrap();
            app.core.api_keys(&ctx).await.unwrap().remove(0).last_use
        };
        assert_eq!(last_use().await, None);
        developer.live.get(ACCOUNTS).await.ok();
        app.anonymous().get(ACCOUNTS).await.fault(401);
        assert_eq!(last_use().await, None);
        app.clock.advance_ms(5);
        developer.test.get(&account("nobody")).await.fault(404);
        let noted = last_use().await.unwrap();
        assert_eq!(noted.at, app.core.now());
        assert_eq!(noted.address.as_deref(), Some("127.0.0.1"));
        let route = "/api/v2/public/linked-account/{linked_account_id}";
        assert_eq!(noted.route.as_deref(), Some(route));
    }

    async fn no_secret_gets_into_logs_errors_or_the_audit(test: TestDb) {
        let kept = listen();
        let app = TestApp::start(&test).await;
        let mut canary = Canary::new(&app).await;
        canary.exercise(&app).await;
        let errors = canary.answers.iter().filter(|answer| answer.status >= 400);
        let errors: Vec<_> = errors.map(|answer| answer.text.as_str()).collect();
        assert!(errors.len() > 50, "{}", errors.len());
        let mut audit = Vec::new();
        for env in Environment::ALL {
            audit.extend(app.audit(&canary.developer, env).await);
        }
        assert!(audit.len() > 20, "{}", audit.len());
        let places = [
            ("the log", kept.text()),
            ("an error", errors.join("\n")),
            ("the audit", format!("{audit:?}")),
        ];
        assert!(places[0].1.contains(canary.developer.app_id.as_str()), "nothing was logged");
        for (name, secret) in &canary.secrets {
            assert!(secret.len() >= 20, "{name} is too short to be looked for: {secret}");
            for (place, text) in &places {
                assert!(!text.contains(secret.as_str()), "{name} is in {place}");
            }
        }
    }
}

/// A developer whose every secret is known, and all that was answered.
struct Canary {
    developer: Developer,
    objects: Objects,
    secrets: Vec<(&'static str, String)>,
    answers: Vec<Answer>,
}

impl Canary {
    async fn new(app: &TestApp) -> Self {
        let developer = app.developer().await;
        let (test, live) = (&developer.test, &developer.live);
        let mut secrets = vec![
            ("the test key", test.key().to_owned()),
            ("the live key", live.key().to_owned()),
            ("the client secret", own_client(app, live).await),
        ];
        for actor in [test, live] {
            let credentials = format!("credential-of-the-builder-{}", actor.key().len());
            let body = json!({
                "account_id": "acme",
                "your_app": { "auth_credentials": { "token": credentials } },
            });
            actor.post(ACCOUNTS, body).await.ok();
            secrets.push(("a builder's credential", credentials));
            let endpoint = format!("secret-of-the-token-endpoint-{}", actor.key().len());
            let authentication = json!({
                "setup_auth": {
                    "url": "http://127.0.0.1:9/token",
                    "headers": { "x-client": endpoint },
                    "body": { "token": "{{linked_account.auth_credentials.token}}" },
                },
                "token_injections": { "headers": { "x-token": "{{response.token}}" } },
            });
            actor
                .put(crate::my_app::AUTHENTICATION, authentication)
                .await
                .ok();
            secrets.push(("a token endpoint's secret", endpoint));
            crate::setup::api_proxy(app, actor).await;
            connect(&actor.on("acme"), "ada@example.com").await;
        }
        let made = webhook(test).await;
        secrets.push(("the webhook secret", text(&made["webhook_secret"])));
        let body = json!({ "email": "ada@example.com", "password": "playground" });
        let key = app
            .anonymous()
            .post("/playground/api-keys", body)
            .await
            .json();
        secrets.push(("the customer's key", text(&key["api_key"])));
        for actor in [test, live] {
            let body = json!({ "linked_account_id": "acme" });
            let minted = actor.post(SESSION_TOKEN, body).await.ok();
            secrets.push(("a session token", text(&minted["token"])));
            secrets.push(("a refresh token", text(&minted["refresh_token"])));
        }
        let objects = Objects {
            account: "acme".to_owned(),
            webhook: text(&made["_id"]),
            connection: crate::setup::connection_id(&test.on("acme")).await,
            playground_key: text(&key["api_key"]),
        };
        Self {
            developer,
            objects,
            secrets,
            answers: Vec::new(),
        }
    }

    /// Every route by every credential, also where it does not belong, twice: the
    /// second time much is gone.
    async fn exercise(&mut self, app: &TestApp) {
        let mut actors = vec![app.anonymous(), self.developer.test.on("acme")];
        actors.push(self.developer.live.on("acme"));
        for (_, secret) in self.secrets.clone() {
            actors.push(Actor::with_token(&app.url, &secret).on("acme"));
            actors.push(Actor::with_key(&app.url, &secret));
        }
        for _ in 0..2 {
            for call in CALLS {
                for actor in &actors {
                    let answer = call.send(actor, &self.objects).await;
                    assert!(answer.status < 500, "{}: {}", call.route, answer.text);
                    self.answers.push(answer);
                }
            }
        }
        let old = self.developer.test.key().to_owned();
        self.developer.test = app.rotate(&self.developer, Environment::Test, 0).await;
        self.secrets
            .push(("the new key", self.developer.test.key().to_owned()));
        for path in [
            format!("{ACCOUNTS}?x-api-key={old}&search={old}"),
            "/nowhere".to_owned(),
        ] {
            self.answers.push(self.developer.test.get(&path).await);
            self.answers
                .push(Actor::with_key(&app.url, &old).get(&path).await);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
