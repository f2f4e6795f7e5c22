//! A server under test, and who talks to it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use trunnel_catalog::{Catalog, Instance, OAuthClient};
use trunnel_core::{
    Core, CreatedApp, Duty, Mailer, MasterKeys, MemberSettings, Origin, Parts, PasswordCost,
    SessionLives, Settings, SsoSettings, Vault, Workers, csrf_token,
};
use trunnel_model::chance::Chance;
use trunnel_model::environment::Environment;
use trunnel_model::id::{MemberId, MemberSessionId, OrganizationId};
use trunnel_model::member::{Email, Member, MemberSession};
use trunnel_model::role::Role;
use trunnel_model::secret::Secret;
use trunnel_model::time::Clock as _;
use trunnel_outbound::{Cidr, EgressPolicy, Outbound, OutboundSettings};
use trunnel_playground::{Playground, PlaygroundParts, SHARED_CLIENT_ID};
use trunnel_server::{Assets, Server};
use trunnel_store::{Db, StoreError};
use trunnel_testing::chance::SeededChance;
use trunnel_testing::clock::SimClock;
use trunnel_testing::db::TestDb;

use crate::browser::http_client;
use crate::contract::{self, Sent};

/// The same master key on every node.
const MASTER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const PLAYGROUND_SECRET: &str = "the playground's shared secret";

/// What a test may want otherwise.
pub struct Options {
    pub egress_allow: &'static str,
    pub session: SessionLives,
    pub faults: bool,
    /// A folder with further connectors.
    pub connectors: Option<std::path::PathBuf>,
    pub shared_clients: HashMap<String, OAuthClient>,
    pub workers: bool,
    pub mail: Option<Mailer>,
    pub sso: Option<SsoSettings>,
    /// Whether tokens are renewed that nobody asks for.
    pub renews_ahead: bool,
    /// In real time, unlike all else: how long an exchange with the outside may take.
    pub outbound_timeout: Duration,
    pub assets: Assets,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            egress_allow: "127.0.0.0/8",
            session: SessionLives::default(),
            faults: true,
            connectors: None,
            shared_clients: HashMap::new(),
            workers: true,
            mail: None,
            sso: None,
            renews_ahead: false,
            outbound_timeout: Duration::from_mins(1),
            assets: crate::assets::files(),
        }
    }
}

/// One node, listening on a port of its own, with time that the test moves.
pub struct TestApp {
    pub url: String,
    pub core: Core,
    pub clock: SimClock,
    pub chance: Arc<SeededChance>,
    pub db: Db,
    workers: Option<Workers>,
    // Aborted when it is dropped.
    serving: JoinSet<()>,
}

impl TestApp {
    pub async fn start(test: &TestDb) -> Self {
        Self::with(test, Options::default()).await
    }

    pub async fn with(test: &TestDb, options: Options) -> Self {
        Self::node(test, SimClock::new(), options).await
    }

    /// A node on this database that shares another one's clock.
    pub async fn node(test: &TestDb, clock: SimClock, options: Options) -> Self {
        let db = test.open().await;
        let chance = Arc::new(SeededChance::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}");
        let core = core(&db, &clock, &chance, address, &options);
        let playground = playground(&db, &clock, &chance, &url, &core, options.faults).await;
        let server = Server {
            core: core.clone(),
            metrics: metrics(),
            assets: options.assets.clone(),
        };
        let router = trunnel_server::build(server, trunnel_playground::router(playground));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            axum::serve(listener, service).await.unwrap();
        });
        Self {
            url,
            workers: options
                .workers
                .then(|| workers(&core, options.renews_ahead)),
            core,
            clock,
            chance,
            db,
            serving,
        }
    }

    /// A new developer app with both of its keys.
    pub async fn developer(&self) -> Developer {
        let created: CreatedApp = self.core.create_app("Acme", None).await.unwrap();
        let key = |at: usize| created.keys[at].plain.secret().expose().to_owned();
        Developer {
            app_id: created.app.id.clone(),
            organization: created.app.organization.as_str().to_owned(),
            test: Actor::with_key(&self.url, &key(0)),
            live: Actor::with_key(&self.url, &key(1)),
            app: Node {
                url: self.url.clone(),
                clock: self.clock.clone(),
                chance: Arc::clone(&self.chance),
                db: self.db.clone(),
            },
        }
    }

    /// Nobody: no credential at all.
    pub fn anonymous(&self) -> Actor {
        Actor::new(&self.url, Vec::new())
    }

    /// Replaces an environment's key, as the command line does.
    pub async fn rotate(&self, developer: &Developer, env: Environment, grace_ms: i64) -> Actor {
        let ctx = self
            .core
            .command_line_ctx(&developer.app_id, env)
            .await
            .unwrap();
        let key = self.core.rotate_api_key(&ctx, grace_ms).await.unwrap();
        Actor::with_key(&self.url, key.plain.secret().expose())
    }

    /// Ends the node as a shutdown would.
    pub async fn stop(mut self) {
        self.serving.abort_all();
        if let Some(workers) = self.workers.take() {
            workers.stop().await;
        }
    }
}

/// One developer app's two environments.
pub struct Developer {
    pub app_id: trunnel_model::id::AppId,
    pub organization: String,
    pub test: Actor,
    pub live: Actor,
    app: Node,
}

/// What it takes to put a member into the database.
struct Node {
    url: String,
    clock: SimClock,
    chance: Arc<SeededChance>,
    db: Db,
}

impl Developer {
    /// A new member of the organization, signed in: with the cookie, and with the header
    /// that goes with it. Written straight into the database, since most tests are not
    /// about coming in; `member.rs` is.
    pub async fn member(&self, role: Role) -> Actor {
        let (now, chance) = (self.app.clock.now(), &*self.app.chance);
        let id = MemberId::new(now, chance);
        let member = Member {
            email: Email::parse(&format!("{}@example.com", id.as_str())).unwrap(),
            organization: OrganizationId::parse(&self.organization).unwrap(),
            name: format!("{} {}", role.label(), &id.as_str()[18..]),
            role,
            two_factor: false,
            locked_until: None,
            last_sign_in_at: None,
            created_at: now,
            id,
        };
        let session = MemberSession {
            id: MemberSessionId::new(now, chance),
            member: member.id.clone(),
            created_at: now,
            used_at: now,
            expires_at: now.plus_millis(30 * 24 * 3_600_000),
        };
        let token = trunnel_model::chance::secret_text(chance);
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let stored = self.app.db.write(move |tx| {
            Box::pin(async move {
                let added = trunnel_store::member::add(tx, &member, None).await?;
                assert!(added, "the organization has an owner already");
                trunnel_store::member_session::add(tx, &hash, &session, None).await?;
                Ok::<_, StoreError>(())
            })
        });
        stored.await.unwrap();
        Actor::with_cookie(&self.app.url, &token)
    }

    /// The path under which a member reaches an environment: `test` or `live`.
    pub fn console(&self, environment: &str) -> String {
        format!("/console/api/{}/{environment}", self.app_id)
    }
}

/// Someone who speaks HTTP to the server.
#[derive(Clone)]
pub struct Actor {
    base: String,
    headers: Vec<(String, String)>,
    client: reqwest::Client,
    /// Whether what it sends need not be what the API's document asks for.
    sends_anything: bool,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The JSON body, given that the status is 200.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The error's code and message, given the status; the envelope is checked.
    #[track_caller]
    pub fn fault(&self, status: u16) -> (String, String) {
        assert_eq!(self.status, status, "{}", self.text);
        let body = self.json();
        assert_eq!(body["status_code"], json!(status), "{body}");
        assert_eq!(body["error"], body["error_code"], "{body}");
        assert_eq!(
            body["request_id"].as_str(),
            self.header("x-trace-id"),
            "{body}"
        );
        assert!(body["http_error_type"].is_string(), "{body}");
        let text = |name: &str| {
            body[name]
                .as_str()
                .unwrap_or_else(|| panic!("{body}"))
                .to_owned()
        };
        (text("error_code"), text("message"))
    }
}

impl Actor {
    pub fn new(base: &str, headers: Vec<(String, String)>) -> Self {
        Self {
            base: base.to_owned(),
            headers,
            client: http_client(),
            sends_anything: false,
        }
    }

    pub fn with_key(base: &str, key: &str) -> Self {
        Self::new(base, vec![("x-api-key".to_owned(), key.to_owned())])
    }

    pub fn with_token(base: &str, token: &str) -> Self {
        Self::new(
            base,
            vec![("authorization".to_owned(), format!("Bearer {token}"))],
        )
    }

    /// A signed-in browser: the cookie, and the header that another site cannot send.
    pub fn with_cookie(base: &str, token: &str) -> Self {
        let cookie = ("cookie".to_owned(), format!("trunnel_console={token}"));
        let csrf = ("x-csrf-token".to_owned(), csrf_token(token));
        Self::new(base, vec![cookie, csrf])
    }

    /// The same actor without a header of this name.
    pub fn without(&self, name: &str) -> Self {
        let mut less = self.clone();
        less.headers.retain(|(known, _)| known != name);
        less
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(body.to_string().into_bytes()))
            .await
    }

    /// The same actor with one more header, such as `linked_account_id`.
    pub fn and(&self, name: &str, value: &str) -> Self {
        let mut more = self.clone();
        more.headers.push((name.to_owned(), value.to_owned()));
        more
    }

    /// The same actor, who is not held to what the API's document asks for: of two names
    /// for one thing, say, only one is read, and the other may hold anything.
    pub fn sending_anything(&self) -> Self {
        Self {
            sends_anything: true,
            ..self.clone()
        }
    }

    /// For one linked account.
    pub fn on(&self, account: &str) -> Self {
        self.and("linked_account_id", account)
    }

    /// The same actor at another node.
    pub fn at(&self, app: &TestApp) -> Self {
        Self {
            base: app.url.clone(),
            ..self.clone()
        }
    }

    pub fn key(&self) -> &str {
        let found = self.headers.iter().find(|(name, _)| name == "x-api-key");
        &found.expect("an actor with a key").1
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string().into_bytes()))
            .await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body.to_string().into_bytes()))
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    /// The same, with its answer still to be read.
    pub async fn open(&self, method: &str, path: &str, body: Vec<u8>) -> reqwest::Response {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(body).send().await.unwrap()
    }

    /// Any method, with raw bytes; they are called JSON unless a header says otherwise.
    pub async fn send(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            if self.headers.iter().all(|(name, _)| name != "content-type") {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body);
        }
        let request = request.build().unwrap();
        let mut sent = Sent::of(&request);
        if self.sends_anything {
            sent = sent.anything();
        }
        let answer = self.client.execute(request).await.unwrap();
        let answer = Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned(),
        };
        contract::check(&sent, &answer);
        answer
    }

    /// Creates an account and answers an actor for it.
    pub async fn account(&self, id: &str) -> Self {
        let body = json!({ "linked_account_id": id, "name": id });
        self.post("/api/v2/public/linked-account", body).await.ok();
        self.on(id)
    }

    /// A session token's actor for an account.
    pub async fn session(&self, account: &str) -> Self {
        let body = json!({ "linked_account_id": account });
        let minted = self.post("/api/v2/public/session-token", body).await.ok();
        Self::with_token(&self.base, minted["token"].as_str().unwrap())
    }
}

/// One for all tests of a process: to list the connectors is to read each of them, which
/// takes seconds where nothing is optimised.
fn embedded() -> Catalog {
    static EMBEDDED: LazyLock<Catalog> = LazyLock::new(Catalog::embedded);
    EMBEDDED.clone()
}

fn core(
    db: &Db,
    clock: &SimClock,
    chance: &Arc<SeededChance>,
    address: SocketAddr,
    options: &Options,
) -> Core {
    let clock_part: Arc<dyn trunnel_model::time::Clock> = Arc::new(clock.clone());
    let chance_part: Arc<dyn Chance> = Arc::clone(chance) as Arc<dyn Chance>;
    let masters = MasterKeys::parse(&Secret::new(MASTER_KEY), Origin::Variable).unwrap();
    let vault = Vault::new(
        db.clone(),
        masters,
        Arc::clone(&clock_part),
        Arc::clone(&chance_part),
    );
    let catalog = match &options.connectors {
        Some(folder) => embedded().with_folder(folder).unwrap(),
        None => embedded(),
    };
    let outbound = Outbound::new(OutboundSettings {
        policy: EgressPolicy::new(Cidr::parse_list(options.egress_allow).unwrap()),
        instance: Some(address),
        total_timeout: options.outbound_timeout,
        connect_timeout: Duration::from_secs(5),
        max_answer_bytes: 4 * 1024 * 1024,
        user_agent: "Trunnel/test".to_owned(),
    })
    .unwrap();
    let url: url::Url = format!("http://{address}").parse().unwrap();
    let mut shared_clients = options.shared_clients.clone();
    let playground = OAuthClient {
        id: SHARED_CLIENT_ID.to_owned(),
        secret: Some(Secret::new(PLAYGROUND_SECRET)),
        auth: None,
    };
    shared_clients.insert("playground_app".to_owned(), playground);
    Core::new(Parts {
        db: db.clone(),
        vault,
        catalog,
        outbound,
        clock: clock_part,
        sleep: Arc::new(clock.clone()),
        chance: chance_part,
        settings: Settings {
            instance: Instance {
                url: url.clone(),
                public_url: url,
            },
            session: options.session,
            shared_clients,
            members: MemberSettings {
                // Guessing may be cheap here.
                password_cost: PasswordCost {
                    memory_kib: 8,
                    passes: 1,
                },
                mail: options.mail.clone(),
                sso: options.sso.clone(),
            },
        },
    })
}

/// Most tests say themselves when a token is renewed.
fn workers(core: &Core, renews_ahead: bool) -> Workers {
    let mut duties = Duty::ALL.to_vec();
    duties.retain(|duty| renews_ahead || *duty != Duty::Renew);
    Workers::only(core, &duties)
}

async fn playground(
    db: &Db,
    clock: &SimClock,
    chance: &Arc<SeededChance>,
    url: &str,
    core: &Core,
    faults: bool,
) -> Playground {
    let playground = Playground::new(PlaygroundParts {
        db: db.clone(),
        clock: Arc::new(clock.clone()),
        chance: Arc::clone(chance) as Arc<dyn Chance>,
        sleep: Arc::new(clock.clone()),
        public_url: url.parse().unwrap(),
        faults,
    });
    let callback = core.callback_url("playground_app");
    let secret = Secret::new(PLAYGROUND_SECRET);
    playground
        .ensure_shared_client(&callback, &secret)
        .await
        .unwrap();
    playground
}

/// The recorder is the process's; all nodes of all tests share it.
fn metrics() -> metrics_exporter_prometheus::PrometheusHandle {
    static HANDLE: OnceLock<metrics_exporter_prometheus::PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| trunnel_server::install_metrics().unwrap())
        .clone()
}
