//! A provider that others have written and certified: `oidc-provider`, under Node.

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use trunnel_testing::browser::{Browser, Page};
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::api::{ACCOUNTS, Api, OAUTH_URL, key_of};
use crate::node::Node;
use crate::program::root;
use crate::running::Start;
use crate::time::pause;

const SLUG: &str = "oidc_provider";
const USERINFO: &str = "/api/v2/integration-schema/oidc_provider/actions/get_userinfo/execute";
const SETTING: &str = "/api/v2/public/connector/oidc_provider";

/// How long its access tokens live, in seconds.
const LIFE_S: u64 = 4;

struct Provider {
    issuer: String,
    side: Api,
    _node: Node,
}

impl Provider {
    async fn start() -> Self {
        let node = Node::start("oidc", &["0", &LIFE_S.to_string()]).await;
        let issuer = node.text("issuer").to_owned();
        Self {
            side: Api::new(&issuer),
            issuer,
            _node: node,
        }
    }

    /// A folder for `--connectors`.
    fn connectors(&self) -> TempDir {
        let folder = TempDir::new().unwrap();
        let from = root().join("tests/oidc/connector").join(SLUG);
        let to = folder.path().join(SLUG);
        std::fs::create_dir_all(to.join("actions")).unwrap();
        for name in ["connector.yaml", "actions/get_userinfo.yaml"] {
            let text = std::fs::read_to_string(from.join(name)).unwrap();
            std::fs::write(to.join(name), text.replace("ISSUER", &self.issuer)).unwrap();
        }
        folder
    }

    /// A client of this provider; answers its id and secret.
    async fn register(&self, callback: &Value) -> (String, String) {
        let client = self.side.post(
            "/reg",
            json!({
                "redirect_uris": [callback],
                "grant_types": ["authorization_code", "refresh_token"],
                "scope": "openid offline_access",
            }),
        );
        let client = client.await;
        assert_eq!(client.status, 201, "{client:?}");
        let text = |name: &str| client.json()[name].as_str().unwrap().to_owned();
        (text("client_id"), text("client_secret"))
    }

    /// Token requests that were granted as refreshes, and those that were refused.
    async fn refreshes(&self) -> (u64, u64) {
        let state = self.side.get("/side/state").await.ok();
        let granted = state["grants"]["refresh_token"].as_u64().unwrap_or(0);
        (granted, state["refused"].as_u64().unwrap())
    }
}

/// Logs in as a customer would, and consents.
async fn connect(account: &Api, login: &str) -> Page {
    let browser = Browser::new();
    let page = browser.open(&account.oauth_url(SLUG).await).await;
    let page = browser
        .submit(&page, &[("login", login), ("password", "anything")])
        .await;
    assert!(page.html.contains("Authorize"), "{page:?}");
    browser.submit(&page, &[]).await
}

async fn userinfo(account: &Api) -> Value {
    account.post(USERINFO, json!({})).await.ok()["data"].clone()
}

on_both! {
    async fn a_certified_provider_is_connected_refreshed_and_lost(test: TestDb) {
        let provider = Provider::start().await;
        let connectors = provider.connectors();
        let start = Start::new(&test).option("--connectors", connectors.path());
        let server = start.up().await;
        let sink = Receiver::start().await;
        let mut secrets = Vec::new();
        for environment in ["test", "live"] {
            let developer = server.with_key(&key_of(&test, environment).await);
            let acme = developer.account("acme").await;
            // There is no client yet that could be shared.
            let refused = acme.get(&format!("{OAUTH_URL}/{SLUG}")).await;
            assert_eq!(refused.status, 400, "{refused:?}");
            assert_eq!(refused.json()["error"], json!("APP_CREDENTIALS_MISSING"));

            let callback = &developer.get(SETTING).await.ok()["callback_url"];
            let (id, secret) = provider.register(callback).await;
            let own = json!({
                "enabled": true,
                "credential_source": "own",
                "client_id": id,
                "client_secret": secret,
            });
            developer.put(SETTING, own).await.ok();
            secrets.push(secret);
            let page = connect(&acme, environment).await;
            assert!(page.html.contains("is connected"), "{page:?}");
            assert!(page.url.query().unwrap().contains("iss="), "it says who it is: {}", page.url);
            assert_eq!(userinfo(&acme).await["sub"], json!(environment));
        }
        // The provider counts for all of its clients; one connection is to be seen.
        let live = server.with_key(&key_of(&test, "live").await);
        let integration = format!("/api/v2/public/linked-account/integration/{SLUG}");
        live.of("acme").delete(&integration).await.ok();
        let developer = server.with_key(&key_of(&test, "test").await);
        let events = ["Connection Created", "Connection Expired"];
        developer.webhook(&sink.url("/"), &events).await;
        let acme = developer.of("acme");

        let (before, _) = provider.refreshes().await;
        pause(LIFE_S * 1_000 + 200).await;
        assert_eq!(userinfo(&acme).await["sub"], json!("test"));
        // The server also renews on its own; none of it may be refused.
        let (once, refused) = provider.refreshes().await;
        assert!(once > before, "{once}");
        assert_eq!(refused, 0);

        pause(LIFE_S * 1_000 + 200).await;
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let acme = acme.clone();
            calls.spawn(async move { userinfo(&acme).await });
        }
        for data in calls.join_all().await {
            assert_eq!(data["sub"], json!("test"));
        }
        // A refresh token works once: a second one would have ended the grant.
        let (again, refused) = provider.refreshes().await;
        assert!(again > once, "{again}");
        assert_eq!(refused, 0);

        provider.side.post("/side/revoke", json!({})).await.ok();
        let lost = acme.post(USERINFO, json!({})).await;
        assert_eq!(lost.status, 400, "{lost:?}");
        assert_eq!(lost.json()["reauth_required"], json!(true), "{lost:?}");
        let account = acme.get(&format!("{ACCOUNTS}/acme")).await.ok();
        assert_eq!(account["integrations"][0]["status"], json!("expired"), "{account}");
        let told: Value = serde_json::from_slice(&sink.wait_for(1).await[0].body).unwrap();
        assert_eq!(told["event"], json!("Connection Expired"));
        assert_eq!(told["slug"], json!(SLUG));
        assert_eq!(provider.refreshes().await.1, 1, "asked once, believed at once");

        let page = connect(&acme, "test").await;
        assert!(page.html.contains("is connected"), "{page:?}");
        assert_eq!(userinfo(&acme).await["sub"], json!("test"));

        let state = provider.side.get("/side/state").await.ok();
        let tokens = state["tokens"].as_array().unwrap();
        assert!(tokens.len() >= 8, "{state}");
        secrets.extend(tokens.iter().map(|token| token.as_str().unwrap().to_owned()));
        let log = start.log();
        for secret in &secrets {
            assert!(!log.contains(secret), "{secret} is in the log");
        }
    }
}
