//! Nodes: real ones, but for the edges.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use trunnel_catalog::{Catalog, Instance};
use trunnel_core::{
    Core, Duty, MasterKeys, MemberSettings, Origin, Parts, SessionLives, Settings, Vault, Workers,
};
use trunnel_model::chance::Chance;
use trunnel_model::secret::Secret;
use trunnel_model::time::Clock;
use trunnel_outbound::{EgressPolicy, Outbound, OutboundSettings};
use trunnel_store::Db;

use crate::life::{Epoch, Life, NodeClock, NodeGate};
use crate::provider::Provider;
use crate::seed::Seed;
use crate::wire::{NodeWire, Weather};

const MASTER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// The connector to the simulated provider.
pub(crate) const SLUG: &str = "moody";

const CONNECTOR: &str = "
slug: moody
name: Moody
description: A provider with moods.
categories: [testing]
docs: https://moody.example/docs
base_url: https://moody.example/api
auth:
  oauth2:
    authorization_url: https://moody.example/authorize
    token_url: https://moody.example/token
";

const ACTION: &str = "
id: get
name: Get
description: Gets the one thing there is.
docs: https://moody.example/docs
input: { type: object, properties: {} }
request: { method: GET, path: /thing }
";

/// What all nodes of a simulation share.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) db: Db,
    pub(crate) epoch: Epoch,
    pub(crate) provider: Arc<Provider>,
    pub(crate) weather: Arc<Weather>,
    pub(crate) seed: Arc<Seed>,
    pub(crate) moody_db: Arc<AtomicBool>,
}

pub(crate) struct Node {
    pub(crate) core: Core,
    pub(crate) life: Arc<Life>,
    // Dropped with the node: its futures are, too.
    _workers: Workers,
}

impl Node {
    pub(crate) fn start(ground: &Ground, skew_ms: i64) -> Self {
        let life = Life::new(ground.epoch);
        let clock = Arc::new(NodeClock {
            epoch: ground.epoch,
            skew_ms,
            life: Arc::clone(&life),
        });
        let db = ground.db.behind(Arc::new(NodeGate {
            life: Arc::clone(&life),
            seed: Arc::clone(&ground.seed),
            moody: Arc::clone(&ground.moody_db),
        }));
        let chance: Arc<dyn Chance> = Arc::clone(&ground.seed) as Arc<dyn Chance>;
        let wire = Arc::new(NodeWire {
            provider: Arc::clone(&ground.provider),
            weather: Arc::clone(&ground.weather),
            life: Arc::clone(&life),
            epoch: ground.epoch,
        });
        let as_clock: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let parts = Parts {
            vault: vault(&db, &as_clock, &chance),
            db,
            catalog: catalog().clone(),
            outbound: outbound().clone(),
            clock: as_clock,
            sleep: clock,
            chance,
            settings: settings(),
        };
        let core = Core::with_wire(parts, wire);
        Self {
            _workers: Workers::only(&core, &[Duty::Renew]),
            core,
            life,
        }
    }
}

#[expect(clippy::expect_used, reason = "the key is written above")]
fn vault(db: &Db, clock: &Arc<dyn Clock>, chance: &Arc<dyn Chance>) -> Vault {
    let masters = MasterKeys::parse(&Secret::new(MASTER_KEY), Origin::Variable);
    let masters = masters.expect("it is a master key");
    Vault::new(db.clone(), masters, Arc::clone(clock), Arc::clone(chance))
}

#[expect(clippy::expect_used, reason = "the URL is written here")]
fn settings() -> Settings {
    let url: url::Url = "https://trunnel.example".parse().expect("a URL");
    Settings {
        instance: Instance {
            url: url.clone(),
            public_url: url,
        },
        session: SessionLives::default(),
        shared_clients: HashMap::new(),
        members: MemberSettings::default(),
    }
}

#[expect(clippy::expect_used, reason = "the connector is written above")]
fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let actions = folder.path().join(SLUG).join("actions");
        std::fs::create_dir_all(&actions).expect("a folder");
        std::fs::write(folder.path().join(SLUG).join("connector.yaml"), CONNECTOR).expect("a file");
        std::fs::write(actions.join("get.yaml"), ACTION).expect("a file");
        let catalog = Catalog::default().with_folder(folder.path());
        catalog.expect("the connector is a good one")
    })
}

/// Nothing goes through it; a node has one all the same.
#[expect(clippy::expect_used, reason = "its settings are written here")]
fn outbound() -> &'static Outbound {
    static OUTBOUND: OnceLock<Outbound> = OnceLock::new();
    OUTBOUND.get_or_init(|| {
        Outbound::new(OutboundSettings {
            policy: EgressPolicy::new(Vec::new()),
            instance: None,
            total_timeout: std::time::Duration::from_secs(1),
            connect_timeout: std::time::Duration::from_secs(1),
            max_answer_bytes: 1_024,
            user_agent: "simulation".to_owned(),
        })
        .expect("a client")
    })
}
