//! Signing in at an identity provider.

use serde_json::{Map, Value, json};
use trunnel_core::SsoSettings;
use trunnel_model::secret::Secret;
use trunnel_model::time::Clock as _;
use trunnel_sign::KeyEncoding;
use trunnel_sign::jwt::{Algorithm, sign};
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};
use url::Url;

use crate::app::{Actor, Answer, Options, TestApp};
use crate::member_setup::{SESSION, owner, signed_in};
use crate::provider::{form_of, query_of};

const BEGIN: &str = "/console/api/sso/begin";
const CLIENT: &str = "trunnel at acme";
const KEY: &str = include_str!("../../../sign/tests/it/keys/rsa_pkcs8.pem");
/// The same key's modulus.
const MODULUS: &str = "kltVpWoPGMDCHEUCzQBmISI4xW1sJ1NAwEQoYb_32_eJuv83jRqOxcinlh0jRcUjKZEQz1xU4BPO\
    Zg9ApVIdkOxkawQBUqGM2R9j42inzhgteT2pZKr_fGTSKGcCFbQy7X-lVh501J7FL1dZRQ6Z0d-d_wWEfXTB1De09Sw8NNdYiw\
    _2mgld3UXKkgfuYRt-VYC7lIVMnmre5n4Sc6bPb8KVSKRVOiIiIXtv0y5g-2k3QHkdKZVb_JxNCyzN_DUz0B1E_WmRxAe255PE\
    fg3QIiGYWgO_y2udJ58r6OkxwTRMz9GoHHuWkyexl7WDaAS_sxFfVuqzj_fMxOXQPpMIbw";

/// An OpenID Connect provider that says what a test wants.
struct Idp(Receiver);

impl Idp {
    async fn start() -> Self {
        Self(Receiver::start().await)
    }

    fn options(&self) -> Options {
        let sso = Some(SsoSettings {
            issuer: self.0.url("/realm").parse().unwrap(),
            client_id: CLIENT.to_owned(),
            client_secret: Secret::new("hush hush"),
        });
        Options {
            sso,
            ..Options::default()
        }
    }

    fn about(&self) -> Scripted {
        let about = json!({
            "issuer": self.0.url("/realm"),
            "authorization_endpoint": self.0.url("/authorize"),
            "token_endpoint": self.0.url("/token"),
            "jwks_uri": self.0.url("/keys"),
        });
        Scripted::json(200, &about.to_string())
    }

    /// Sends a browser here; answers where it is sent to.
    async fn begin(&self, browser: &Actor, next: &str) -> Url {
        self.0.answer_with([self.about()]);
        let answer = browser.get(&format!("{BEGIN}{next}")).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.header("location").unwrap().parse().unwrap()
    }

    /// The browser comes back from there as the person of the claims.
    async fn come_back(&self, app: &TestApp, browser: &Actor, at: &Url, claims: Value) -> Answer {
        let now = app.clock.now().as_seconds();
        let mut all = json!({
            "iss": self.0.url("/realm"),
            "aud": CLIENT,
            "exp": now + 300,
            "nonce": query_of(at, "nonce"),
            "email_verified": true,
        });
        let all = all.as_object_mut().unwrap();
        all.extend(claims.as_object().unwrap().clone());
        let header = Map::from_iter([("kid".to_owned(), json!("second"))]);
        let key = Secret::new(KEY);
        let token = sign(Algorithm::Rs256, &key, KeyEncoding::Utf8, &header, all).unwrap();
        let keys = json!({ "keys": [
            { "kty": "RSA", "kid": "first", "n": "AQAB", "e": "AQAB" },
            { "kty": "RSA", "kid": "second", "use": "sig", "n": MODULUS, "e": "AQAB" },
        ] });
        self.0.answer_with([
            self.about(),
            Scripted::json(200, &json!({ "id_token": token.expose() }).to_string()),
            Scripted::json(200, &keys.to_string()),
        ]);
        let state = query_of(at, "state").unwrap();
        back(browser, &format!("code=the-code&state={state}")).await
    }
}

async fn back(browser: &Actor, query: &str) -> Answer {
    browser
        .get(&format!("/console/api/sso/callback?{query}"))
        .await
}

#[track_caller]
fn turned_away(app: &TestApp, answer: &Answer, code: &str) {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let page = format!("{}/console/sign-in?error={code}", app.url);
    assert_eq!(answer.header("location"), Some(&*page));
    assert!(
        answer
            .header("set-cookie")
            .unwrap()
            .starts_with("trunnel_sso=;")
    );
}

on_both! {
    async fn a_member_signs_in_at_the_provider(test: TestDb) {
        let idp = Idp::start().await;
        let app = TestApp::with(&test, idp.options()).await;
        owner(&app, &app.developer().await).await;
        let browser = app.anonymous();
        assert_eq!(browser.get(SESSION).await.ok()["sso"], json!({ "name": "127.0.0.1" }));
        let at = idp.begin(&browser, "?next=/console/members").await;
        assert!(at.as_str().starts_with(&idp.0.url("/authorize?")), "{at}");
        assert_eq!(query_of(&at, "client_id").as_deref(), Some(CLIENT));
        assert_eq!(query_of(&at, "code_challenge_method").as_deref(), Some("S256"));
        let answer = idp.come_back(&app, &browser, &at, json!({ "email": "ADA@example.com" })).await;
        let page = format!("{}/console/members", app.url);
        assert_eq!(answer.header("location"), Some(&*page), "{}", answer.text);
        let session = signed_in(&app, &answer).get(SESSION).await.ok();
        assert_eq!(session["member"]["name"], json!("Ada"));
        let asked = idp.0.requests();
        let exchange = asked.iter().find(|request| request.path == "/token").unwrap();
        assert_eq!(form_of(exchange, "code").as_deref(), Some("the-code"));
        assert!(exchange.header("authorization").unwrap().starts_with("Basic "));
        let verifier = form_of(exchange, "code_verifier").unwrap();
        assert!(verifier.len() >= 43 && !at.as_str().contains(&verifier));
        // The same way back works once: the browser has no cookie for it any more.
        let state = query_of(&at, "state").unwrap();
        turned_away(&app, &back(&browser, &format!("code=x&state={state}")).await, "SSO_FAILED");
    }

    async fn only_members_and_the_invited_come_in(test: TestDb) {
        let idp = Idp::start().await;
        let app = TestApp::with(&test, idp.options()).await;
        let ada = owner(&app, &app.developer().await).await;
        let grace = json!({ "email": "grace@example.com", "name": "Grace" });
        let browser = app.anonymous();
        let at = idp.begin(&browser, "").await;
        turned_away(&app, &idp.come_back(&app, &browser, &at, grace.clone()).await, "SSO_REFUSED");
        let invitation = json!({ "email": "grace@example.com", "role": "solutions" });
        ada.post("/console/api/invitation", invitation).await.ok();
        let mut unverified = grace.clone();
        unverified["email_verified"] = json!(false);
        let at = idp.begin(&browser, "").await;
        turned_away(&app, &idp.come_back(&app, &browser, &at, unverified).await, "SSO_REFUSED");
        let at = idp.begin(&browser, "?next=//evil.example").await;
        let answer = idp.come_back(&app, &browser, &at, grace).await;
        assert_eq!(answer.header("location"), Some(&*format!("{}/console", app.url)));
        let session = signed_in(&app, &answer).get(SESSION).await.ok();
        assert_eq!(session["member"]["name"], json!("Grace"));
        assert_eq!(session["member"]["role"], json!("solutions"));
    }

    async fn what_the_provider_did_not_say_to_us_is_not_believed(test: TestDb) {
        let idp = Idp::start().await;
        let app = TestApp::with(&test, idp.options()).await;
        owner(&app, &app.developer().await).await;
        let browser = app.anonymous();
        let past = app.clock.now().as_seconds() - 3_600;
        for wrong in [
            json!({ "iss": "https://evil.example" }),
            json!({ "aud": "somebody else" }),
            json!({ "nonce": "another" }),
            json!({ "exp": past }),
        ] {
            let at = idp.begin(&browser, "").await;
            let mut claims = wrong.clone();
            claims["email"] = json!("ada@example.com");
            let answer = idp.come_back(&app, &browser, &at, claims).await;
            turned_away(&app, &answer, "SSO_FAILED");
        }
        // Begun in one browser, finished in another.
        let at = idp.begin(&browser, "").await;
        let state = query_of(&at, "state").unwrap();
        let other = app.anonymous();
        turned_away(&app, &back(&other, &format!("code=x&state={state}")).await, "SSO_FAILED");
        turned_away(&app, &back(&browser, "code=x&state=guessed").await, "SSO_FAILED");
    }

    async fn without_a_provider_the_page_says_so(test: TestDb) {
        let app = TestApp::start(&test).await;
        let answer = app.anonymous().get(BEGIN).await;
        turned_away(&app, &answer, "SSO_NOT_CONFIGURED");
        assert_eq!(app.anonymous().get(SESSION).await.ok()["sso"], Value::Null);
    }
}
