//! The use cases: what HTTP, the command line and the workers all call.

mod access_token;
mod action;
mod api_key;
mod api_proxy;
mod app;
mod audit;
mod catalogue;
mod connect_link;
mod connection;
mod connector;
mod ctx;
mod custom_app;
mod delivery;
mod error;
mod go_live;
mod hex;
mod linked_account;
mod llm_provider;
mod mail;
mod member;
mod my_app;
mod portal;
mod portal_setting;
mod pressure;
mod proxy;
mod scrub;
mod session;
mod task;
mod trigger;
mod usage;
mod vault;
mod webhook;
mod wire;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use trunnel_catalog::{Catalog, Instance};
use trunnel_model::chance::Chance;
use trunnel_model::id::{AppId, OrganizationId};
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::time::{Clock, Sleep, Timestamp};
use trunnel_outbound::Outbound;
use trunnel_store::Db;

pub use access_token::MintedAccessToken;
pub use action::{ActionAnswer, ActionEntry};
pub use api_key::{MAX_GRACE_MS, NewKey};
pub use api_proxy::{ApiProxyChange, ApiProxyView, SaidLine, Trial};
pub use app::CreatedApp;
pub use audit::{AuditView, MAX_EXPORT};
pub use catalogue::{CatalogueDetail, CatalogueEntry, CatalogueState};
pub use connect_link::{MadeLink, NewLink};
pub use connection::{
    Asked, AtRisk, Begun, Callback, CallbackResult, ConnectionChange, ConnectionView, DeviceBegun,
    DeviceProgress, Disconnect, ImportRow, METADATA, Paged, RowOutcome, RowReader, RowResult,
    ScopeView, Target,
};
pub use connector::{
    ApplicationFilter, ApplicationView, ConnectorView, FIELD_MASK, SettingChange, SharedClient,
};
pub use ctx::{AccountCtx, Actor, Ctx};
pub use custom_app::{
    AppName, CustomAppChange, CustomAppView, Fetched, Import, ImportFrom, ImportReport,
    ImportedApp, NewCustomApp, fetch_document, slug_of,
};
pub use delivery::{DeliveryDetail, DeliveryFilter, DeliveryView};
pub use error::Error;
pub use go_live::{GoLive, GoLiveConnector, GoLiveItem, GoLiveState, GoLiveTopic};
pub use linked_account::{
    AccountList, AccountRows, AccountView, CredentialAction, ImportCounts, ImportNews,
    MAX_IMPORT_BYTES,
};
pub use mail::Mailer;
pub use member::{
    AppChange, Invited, MemberCtx, MemberSettings, NewInvitation, NewOwner, NewTwoFactor,
    PasswordCost, Recognised, SessionView, SetupLink, SignIn, SignedIn, SsoBegun, SsoReturn,
    SsoSettings, csrf_token, is_csrf_token,
};
pub use my_app::AuthenticationView;
pub use portal::{OpenedPortal, PortalView};
pub use portal_setting::PortalChange;
pub use proxy::{Chunks, Proxied, ProxyBody};
pub use session::MintedSession;
pub use trigger::{
    BroughtSecret, InboundRequest, Received, SecretChange, TriggerEventFilter, WebhookAddress,
};
pub use trunnel_store::StoreError;
pub use trunnel_store::audit::AuditFilter;
pub use trunnel_store::connection_list::ConnectionFilter;
pub use usage::{MAX_USAGE_DAYS, UsageView};
pub use vault::{
    MasterKeys, MasterKeysError, NotOpened, Origin, Progress, Sealer, Vault, VaultError, rotate,
};
pub use webhook::{CreatedWebhook, RotatedSecret, SentRequest, WebhookChange};
pub use wire::{Sent, Wire};
pub use worker::{Duty, Workers};

/// A handle to the use cases; cheap to clone.
#[derive(Clone)]
pub struct Core(Arc<Inner>);

/// What a [`Core`] is made of.
pub struct Parts {
    pub db: Db,
    pub vault: Vault,
    pub catalog: Catalog,
    pub outbound: Outbound,
    pub clock: Arc<dyn Clock>,
    pub sleep: Arc<dyn Sleep>,
    pub chance: Arc<dyn Chance>,
    pub settings: Settings,
}

/// What the operator decides about the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    pub instance: Instance,
    pub session: SessionLives,
    /// The operator's shared OAuth clients by connector; they work in test only.
    pub shared_clients: HashMap<String, trunnel_catalog::OAuthClient>,
    pub members: MemberSettings,
}

/// How long session tokens live, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct SessionLives {
    pub token_ms: i64,
    pub refresh_ms: i64,
}

impl Default for SessionLives {
    fn default() -> Self {
        const DAY: i64 = 24 * 3_600_000;
        Self {
            token_ms: 7 * DAY,
            refresh_ms: 30 * DAY,
        }
    }
}

struct Inner {
    parts: Parts,
    organizations: RwLock<HashMap<AppId, OrganizationId>>,
    signing_keys: RwLock<HashMap<Scope, Secret>>,
    last_uses: api_key::LastUses,
    counters: usage::Counters,
    summaries: catalogue::Summaries,
    refreshes: connection::Refreshes,
    pressure: Arc<pressure::Pressure>,
    wire: Arc<dyn Wire>,
    tasks: task::Tasks,
    compiled: custom_app::Compiled,
    my_app: my_app::MyApp,
    hashes: member::Hashes,
    attempts: member::Attempts,
}

impl Core {
    pub fn new(parts: Parts) -> Self {
        let wire = Arc::new(parts.outbound.clone());
        Self::with_wire(parts, wire)
    }

    /// The same, with something else between it and the token endpoints.
    pub fn with_wire(parts: Parts, wire: Arc<dyn Wire>) -> Self {
        Self(Arc::new(Inner {
            pressure: pressure::Pressure::new(Arc::clone(&parts.clock)),
            wire,
            parts,
            organizations: RwLock::default(),
            signing_keys: RwLock::default(),
            last_uses: api_key::LastUses::default(),
            counters: usage::Counters::default(),
            summaries: catalogue::Summaries::default(),
            refreshes: connection::Refreshes::default(),
            tasks: task::Tasks::default(),
            compiled: custom_app::Compiled::default(),
            my_app: my_app::MyApp::default(),
            hashes: member::Hashes::default(),
            attempts: member::Attempts::default(),
        }))
    }

    pub fn catalog(&self) -> &Catalog {
        &self.0.parts.catalog
    }

    pub fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.parts.clock
    }

    pub fn chance_handle(&self) -> Arc<dyn Chance> {
        Arc::clone(&self.0.parts.chance)
    }

    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    /// Whether the database answers.
    pub async fn check_ready(&self) -> Result<(), Error> {
        Ok(trunnel_store::app::ping(self.db()).await?)
    }

    /// Waits for what goes on behind requests that are gone: a token exchange is
    /// finished even when nobody waits for it any more.
    pub async fn drain(&self) {
        self.0.tasks.idle().await;
    }

    fn db(&self) -> &Db {
        &self.0.parts.db
    }

    fn vault(&self) -> &Vault {
        &self.0.parts.vault
    }

    fn outbound(&self) -> &Outbound {
        &self.0.parts.outbound
    }

    fn wire(&self) -> &dyn Wire {
        &*self.0.wire
    }

    fn pressure(&self) -> &Arc<pressure::Pressure> {
        &self.0.pressure
    }

    fn sleep(&self) -> &dyn Sleep {
        &*self.0.parts.sleep
    }

    fn chance(&self) -> &dyn Chance {
        &*self.0.parts.chance
    }

    fn random_u64(&self) -> u64 {
        u64::from_le_bytes(trunnel_model::chance::bytes(self.chance()))
    }

    fn organizations(&self) -> &RwLock<HashMap<AppId, OrganizationId>> {
        &self.0.organizations
    }

    fn signing_keys(&self) -> &RwLock<HashMap<Scope, Secret>> {
        &self.0.signing_keys
    }

    fn compiled(&self) -> &custom_app::Compiled {
        &self.0.compiled
    }

    fn attempts(&self) -> &member::Attempts {
        &self.0.attempts
    }

    fn hashes(&self) -> &member::Hashes {
        &self.0.hashes
    }

    fn last_uses(&self) -> &api_key::LastUses {
        &self.0.last_uses
    }

    fn counters(&self) -> &usage::Counters {
        &self.0.counters
    }

    fn summaries(&self) -> &catalogue::Summaries {
        &self.0.summaries
    }
}
