//! Every route, tried with every credential that does not open it.
//!
//! Each attack is made in two worlds. In one the victim has what the attack is
//! about; in the other it never existed. Whoever is let in at all must be answered
//! the same in both, must learn nothing of the victim, and must change nothing.

use serde_json::{Value, json};
use trunnel_model::api_key::PlainApiKey;
use trunnel_model::environment::Environment;
use trunnel_server::{Access, RouteInfo};
use trunnel_testing::on_both;

use crate::app::{Actor, Answer, TestApp};
use crate::calls::{Call, Objects, rightful};
use crate::setup::{
    PLAYGROUND, SESSION_TOKEN, WEBHOOKS, account, api_proxy, auth_credential, connect_by_key,
    connection_id, custom_app, webhook,
};

const CUSTOM_APP: &str = "/api/v2/public/custom-app/victims_app";
const GITHUB: &str = "/api/v2/public/connector/github";

/// What must never be in an outsider's answer.
const MARK: &str = "victims-own";

/// One victim, and everyone who is not.
struct World {
    objects: Objects,
    developer: Actor,
    session: Option<Actor>,
    attackers: Vec<Attacker>,
}

struct Attacker {
    who: &'static str,
    actor: Actor,
    /// What the credential is, if it is a valid one in its place.
    is: Is,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Nothing,
    /// Another environment's or another app's API key.
    Key,
    /// Another account's session token.
    Session,
    /// The victim's own session token; it opens what is not for developers only.
    OwnSession,
}

impl World {
    #[expect(clippy::too_many_lines, reason = "a world is set up piece by piece")]
    async fn new(app: &TestApp, exists: bool) -> Self {
        let developer = app.developer().await;
        let stranger = app.developer().await;
        let test = &developer.test;
        let setting = json!({
            "client_id": if exists { "victims-own-client" } else { "nobodys" },
            "client_secret": if exists { "victims-own-secret" } else { "nobodys" },
        });
        test.put(GITHUB, setting).await.ok();
        for (actor, id) in [
            (test, "bystander"),
            (&developer.live, "in-live"),
            (&stranger.test, "in-another-app"),
        ] {
            actor.account(id).await;
        }
        api_proxy(app, test).await;
        let body = json!({ "email": "victims-own@example.com", "password": "playground" });
        let made = app
            .anonymous()
            .post("/playground/api-keys", body)
            .await
            .json();
        let mut objects = Objects {
            account: "victim".to_owned(),
            webhook: format!("wh_{}", "0".repeat(22)),
            connection: format!("conn_{}", "0".repeat(22)),
            playground_key: made["api_key"].as_str().unwrap().to_owned(),
        };
        let mut session = None;
        if exists {
            let victim = json!({
                "account_id": "victim",
                "name": "victims-own name",
                "udf": { "plan": "victims-own plan" },
            });
            test.put("/api/v2/public/linked-account", victim).await.ok();
            connect_by_key(app, &test.on("victim"), "victims-own@example.com").await;
            custom_app(test).await;
            auth_credential(&test.on("victim")).await;
            let made = webhook(test).await;
            objects.webhook = made["_id"].as_str().unwrap().to_owned();
            objects.connection = connection_id(&test.on("victim")).await;
            session = Some(test.session("victim").await);
        }
        let mut attackers = vec![
            attacker("nobody", &app.anonymous(), Is::Nothing),
            attacker(
                "a garbled key",
                &Actor::with_key(&app.url, "trn_test_x"),
                Is::Nothing,
            ),
            attacker("an unknown key", &unknown_key(app), Is::Nothing),
            attacker(
                "the key as bearer",
                &Actor::with_token(&app.url, test.key()),
                Is::Nothing,
            ),
            attacker("the live key", &developer.live, Is::Key),
            attacker("another app's key", &stranger.test, Is::Key),
            attacker("a bystander", &test.session("bystander").await, Is::Session),
            attacker(
                "a session in live",
                &developer.live.session("in-live").await,
                Is::Session,
            ),
            attacker(
                "a session of another app",
                &stranger.test.session("in-another-app").await,
                Is::Session,
            ),
        ];
        if exists {
            let minted = json!({ "linked_account_id": "victim" });
            let minted = test.post(SESSION_TOKEN, minted).await.ok();
            let token = minted["token"].as_str().unwrap();
            let refresh = minted["refresh_token"].as_str().unwrap();
            attackers.extend([
                attacker(
                    "the session as key",
                    &Actor::with_key(&app.url, token),
                    Is::Nothing,
                ),
                attacker(
                    "the refresh token",
                    &Actor::with_token(&app.url, refresh),
                    Is::Nothing,
                ),
                attacker(
                    "the own session",
                    &Actor::with_token(&app.url, token),
                    Is::OwnSession,
                ),
            ]);
        }
        Self {
            objects,
            developer: test.clone(),
            session,
            attackers,
        }
    }

    /// All that the victim has.
    async fn victim(&self) -> Vec<Value> {
        let victim = self.developer.on("victim");
        let session = self.session.as_ref().unwrap();
        vec![
            victim.get(&account("victim")).await.ok(),
            victim.get(PLAYGROUND).await.ok(),
            victim.get(WEBHOOKS).await.ok(),
            victim.get(GITHUB).await.ok(),
            victim.get("/api/v2/public/api-proxy").await.ok(),
            victim
                .get("/api/v2/public/my-app/authentication")
                .await
                .ok(),
            victim.get(CUSTOM_APP).await.ok(),
            victim
                .get(&format!("{CUSTOM_APP}/action/victims_action"))
                .await
                .ok(),
            session.get(crate::setup::ACTIVE).await.ok(),
        ]
    }
}

fn attacker(who: &'static str, actor: &Actor, is: Is) -> Attacker {
    // All of them say whom they are after.
    Attacker {
        who,
        actor: actor.on("victim"),
        is,
    }
}

fn unknown_key(app: &TestApp) -> Actor {
    let key = PlainApiKey::generate(Environment::Test, &*app.chance);
    Actor::with_key(&app.url, key.secret().expose())
}

/// Whether the credential is one that this route takes from its owner.
fn accepted(access: Access, is: Is) -> bool {
    match is {
        Is::Nothing => false,
        Is::Key => access != Access::Session,
        Is::Session => access != Access::Developer,
        Is::OwnSession => unreachable!("it is tried on developers' routes only"),
    }
}

/// The answer with what is new in every world replaced by what kind of thing it is.
fn comparable(answer: &Answer) -> (u16, String) {
    let kinds = [
        (
            r"\b(org|app|capp|cact|key|acct|udf|conn|wh|prx|req)_[0-9A-Za-z]{22}\b",
            "$1",
        ),
        (r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "[token]"),
        (r"lnk_[0-9A-Za-z]{49}", "lnk"),
        (r"(state|code_challenge)=[\w-]+", "$1"),
        (r"whsec_[\w+/=]+", "[secret]"),
        (r"proof=[\w-]+", "proof"),
    ];
    let text = kinds
        .iter()
        .fold(answer.text.clone(), |text, (pattern, name)| {
            let pattern = regex::Regex::new(pattern).unwrap();
            pattern.replace_all(&text, *name).into_owned()
        });
    (answer.status, text)
}

async fn attack(route: &RouteInfo, real: &World, empty: &World) {
    let call = Call::of(route);
    let name = format!("{} {}", route.method, route.path);
    for attacker in &real.attackers {
        let who = attacker.who;
        if attacker.is == Is::OwnSession {
            if route.access == Access::Developer {
                let answer = call.send(&attacker.actor, &real.objects).await;
                assert_eq!(answer.status, 401, "{name}: {who}: {}", answer.text);
            }
            continue;
        }
        let answer = call.send(&attacker.actor, &real.objects).await;
        assert!(
            !answer.text.contains(MARK),
            "{name}: {who}: {}",
            answer.text
        );
        if !accepted(route.access, attacker.is) {
            assert_eq!(answer.status, 401, "{name}: {who}: {}", answer.text);
            answer.fault(401);
            continue;
        }
        let same = empty.attackers.iter().find(|same| same.who == who).unwrap();
        let never = call.send(&same.actor, &empty.objects).await;
        assert!(answer.status < 500, "{name}: {who}: {}", answer.text);
        assert_ne!(answer.status, 401, "{name}: {who}: {}", answer.text);
        assert_eq!(comparable(&answer), comparable(&never), "{name}: {who}");
    }
}

on_both! {
    async fn no_outsider_learns_or_changes_anything(test: TestDb) {
        let app = TestApp::start(&test).await;
        let mut worlds = (World::new(&app, true).await, World::new(&app, false).await);
        let mut table = trunnel_server::route_table();
        table.retain(|route| route.access != Access::Public);
        // What only reads can be tried again and again in the same worlds.
        table.sort_by_key(|route| route.method != "GET");
        for route in table {
            if route.method != "GET" {
                worlds = (World::new(&app, true).await, World::new(&app, false).await);
            }
            let (real, empty) = &worlds;
            let before = real.victim().await;
            Box::pin(attack(&route, real, empty)).await;
            let name = format!("{} {}", route.method, route.path);
            assert_eq!(real.victim().await, before, "{name}");

            // Only now, since it may end what the attacks were about.
            let victim = real.developer.on("victim");
            let session = real.session.as_ref().unwrap();
            let anyone = app.anonymous();
            let caller = rightful(route.access, &anyone, &victim, session);
            let call = Call::of(&route);
            let answer = call.send(caller, &real.objects).await;
            assert_eq!(answer.status, call.status, "{name}: {}", answer.text);
        }
    }
}
