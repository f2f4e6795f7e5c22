//! A second factor: setting it up, signing in with it, and being made to have one.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;
use trunnel_model::role::Role;
use trunnel_model::time::Clock as _;
use trunnel_testing::on_both;

use crate::app::{Actor, Answer, TestApp};
use crate::member_setup::{PASSWORD, SESSION, SIGN_IN, SIGN_OUT, owner, signed_in};

const TWO_FACTOR: &str = "/console/api/profile/two-factor";
const CONFIRM: &str = "/console/api/profile/two-factor/confirm";
const POLICY: &str = "/console/api/policy";

/// What an authenticator shows now, written without our own code.
fn shown(app: &TestApp, secret: &str) -> String {
    let bits: Vec<_> = secret
        .bytes()
        .map(|c| {
            if c.is_ascii_uppercase() {
                c - b'A'
            } else {
                c - b'2' + 26
            }
        })
        .map(|five| format!("{five:05b}"))
        .collect();
    let bits = bits.concat();
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|eight| u8::from_str_radix(std::str::from_utf8(eight).unwrap(), 2).unwrap())
        .collect();
    let step = u64::try_from(app.clock.now().as_seconds() / 30).unwrap();
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let tag = mac.finalize().into_bytes();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Sets an authenticator up; answers its secret and the recovery codes.
async fn set_up(app: &TestApp, actor: &Actor) -> (String, Vec<String>) {
    let begun = actor.post(TWO_FACTOR, json!({})).await.ok();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let url = begun["otpauth_url"].as_str().unwrap();
    assert!(
        url.contains(&format!("secret={secret}&issuer=Trunnel")),
        "{url}"
    );
    assert!(
        begun["qr_svg"].as_str().unwrap().contains("<svg"),
        "{begun}"
    );
    let wrong = actor.post(CONFIRM, json!({ "code": "000000" })).await;
    assert_eq!(wrong.fault(400).0, "TWO_FACTOR_INVALID");
    let confirmed = actor
        .post(CONFIRM, json!({ "code": shown(app, &secret) }))
        .await
        .ok();
    let codes: Vec<String> = serde_json::from_value(confirmed["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

async fn sign_in(app: &TestApp, code: Value) -> Answer {
    let typed = json!({ "email": "ada@example.com", "password": PASSWORD, "code": code });
    app.anonymous().post(SIGN_IN, typed).await
}

on_both! {
    async fn a_code_is_asked_for_and_works_once(test: TestDb) {
        let app = TestApp::start(&test).await;
        let ada = owner(&app, &app.developer().await).await;
        let (secret, codes) = set_up(&app, &ada).await;
        assert_eq!(ada.get(SESSION).await.ok()["member"]["two_factor"], json!(true));
        assert_eq!(ada.post(TWO_FACTOR, json!({})).await.fault(409).0, "CONFLICT");
        assert_eq!(sign_in(&app, Value::Null).await.fault(401).0, "TWO_FACTOR_REQUIRED");
        // The one that has confirmed it is used up.
        assert_eq!(sign_in(&app, json!(shown(&app, &secret))).await.fault(401).0, "TWO_FACTOR_INVALID");
        app.clock.advance_ms(30_000);
        let code = shown(&app, &secret);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        sign_in(&app, json!(spaced)).await.ok();
        assert_eq!(sign_in(&app, json!(code)).await.fault(401).0, "TWO_FACTOR_INVALID");
        sign_in(&app, json!(codes[0].to_uppercase().replace('-', " "))).await.ok();
        assert_eq!(sign_in(&app, json!(codes[0])).await.fault(401).0, "TWO_FACTOR_INVALID");
        assert_eq!(sign_in(&app, json!("123456789")).await.fault(401).0, "TWO_FACTOR_INVALID");
        // Wrong codes count like wrong passwords.
        assert_eq!(sign_in(&app, json!("nonsense")).await.fault(403).0, "MEMBER_LOCKED");
        assert_eq!(sign_in(&app, json!(codes[1])).await.fault(403).0, "MEMBER_LOCKED");
    }

    async fn who_knows_the_password_turns_it_off(test: TestDb) {
        let app = TestApp::start(&test).await;
        let ada = owner(&app, &app.developer().await).await;
        set_up(&app, &ada).await;
        let delete = |body: Value| ada.send("DELETE", TWO_FACTOR, Some(body.to_string().into_bytes()));
        let wrong = delete(json!({ "password": "wrong wrong" })).await;
        assert_eq!(wrong.fault(403).0, "PASSWORD_WRONG");
        assert_eq!(delete(json!({ "password": PASSWORD })).await.ok(), json!({ "done": true }));
        sign_in(&app, Value::Null).await.ok();
    }

    async fn a_policy_lets_nobody_on_without_it(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = owner(&app, &developer).await;
        let grace = developer.member(Role::Developer).await;
        assert_eq!(grace.get(POLICY).await.ok(), json!({ "enforce_two_factor": false }));
        let enforce = json!({ "enforce_two_factor": true });
        assert_eq!(grace.put(POLICY, enforce.clone()).await.fault(403).0, "FORBIDDEN");
        assert_eq!(ada.put(POLICY, enforce.clone()).await.ok(), enforce);
        let nested = format!("{}/api/v2/public/linked-account", developer.console("test"));
        for actor in [&ada, &grace] {
            let session = actor.get(SESSION).await.ok();
            assert_eq!(session["two_factor_due"], json!(true));
            for path in [POLICY, "/console/api/member", &nested] {
                assert_eq!(actor.get(path).await.fault(403).0, "TWO_FACTOR_SETUP_REQUIRED");
            }
        }
        set_up(&app, &grace).await;
        assert_eq!(grace.get(SESSION).await.ok()["two_factor_due"], json!(false));
        grace.get(&nested).await.ok();
        assert_eq!(ada.get(POLICY).await.status, 403);
        // The way out is always open.
        ada.post(SIGN_OUT, json!({})).await.ok();
    }

    async fn a_reset_password_is_not_all_it_takes(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = owner(&app, &developer).await;
        let grace = developer.member(Role::Admin).await;
        let (_, codes) = set_up(&app, &grace).await;
        let member = grace.get(SESSION).await.ok()["member"].clone();
        let path = format!("/console/api/member/{}/reset-link", member["id"].as_str().unwrap());
        let made = ada.post(&path, json!({})).await.ok();
        let path = crate::member_setup::api_path(made["url"].as_str().unwrap());
        let path = path.replace("/reset/", "/reset-link/");
        let answer = app.anonymous().post(&path, json!({ "password": PASSWORD })).await;
        assert_eq!(answer.ok()["member"], Value::Null);
        assert_eq!(answer.header("set-cookie"), None);
        let typed = json!({ "email": member["email"], "password": PASSWORD, "code": codes[3] });
        let answer = app.anonymous().post(SIGN_IN, typed).await;
        answer.ok();
        signed_in(&app, &answer).get("/console/api/member").await.ok();
    }
}
