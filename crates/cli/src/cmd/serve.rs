//! `trunnel serve`.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use axum::serve::ListenerExt as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use trunnel_catalog::{Catalog, Instance, OAuthClient};
use trunnel_core::{Core, Mailer, MemberSettings, SessionLives, Settings, SsoSettings, Workers};
use trunnel_model::secret::Secret;
use trunnel_model::time::SystemClock;
use trunnel_outbound::{Cidr, EgressPolicy};
use trunnel_playground::{Playground, PlaygroundParts, SHARED_CLIENT_ID};
use trunnel_server::{Assets, Server};
use url::Url;

use super::connectors;
use crate::instance::{self, Absent};
use crate::settings::{LogFormat, OutsideSettings, ServeSettings, SharedClients, StoreSettings};
use crate::system::{SystemChance, SystemSleep};
use crate::{logs, output};

/// The connector of the built-in provider.
const PLAYGROUND_SLUG: &str = "playground_app";

/// What is not ours and tells too much at lower levels: statements with what is put into
/// them, among it secrets' bytes. Naming the target in the filter still shows it.
const QUIET: &str = "tokio_postgres=info";

pub(crate) async fn run(settings: ServeSettings) -> anyhow::Result<()> {
    let _logs = start_logs(&settings)?;
    let _lock = instance::lock_data_dir(&settings.store)?;
    let listener = TcpListener::bind(settings.outside.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.outside.listen))?;
    let address = listener.local_addr()?;
    // Listened to before anyone can know that we are up.
    let stop = StopSignals::listen()?;
    let (core, beside) = assemble(&settings, address).await?;
    let first = core.create_first_app().await?.is_some();
    let workers = Workers::start(&core);
    let metrics = trunnel_server::install_metrics()?;
    let server = Server {
        core: core.clone(),
        metrics: metrics.clone(),
        assets: Assets::built(),
    };
    let app = trunnel_server::build(server, beside);
    let setup = if first {
        Some(core.setup_link(None).await?)
    } else {
        None
    };
    let setup = setup.map(|link| link.url(&core.settings().instance.public_url));
    greet(&settings, &core, address, setup.as_deref());
    tokio::select! {
        served = serve_until_asked(listener, app, stop) => served?,
        never = trunnel_server::keep_metrics(metrics, &SystemSleep) => match never {},
    }
    tracing::info!("stopping: requests are answered, finishing what is in progress");
    core.drain().await;
    workers.stop().await;
    Ok(())
}

/// How long a stop waits for requests that are being answered.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(30);

async fn serve_until_asked(
    listener: TcpListener,
    app: axum::Router,
    mut signals: StopSignals,
) -> anyhow::Result<()> {
    let listener = listener.tap_io(|stream| {
        // Small answers must not wait for more to send. A socket that is closed
        // already is found out about at its first read.
        let _ = stream.set_nodelay(true);
    });
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let (asked, mut told) = tokio::sync::watch::channel(false);
    let stop = async move {
        signals.received().await;
        // The receiver lives as long as this function.
        let _ = asked.send(true);
    };
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop);
    let late = async move {
        // The sender goes away only after it has told.
        let _ = told.wait_for(|asked| *asked).await;
        tokio::time::timeout(DRAIN, std::future::pending::<()>()).await
    };
    tokio::select! {
        served = serving.into_future() => Ok(served?),
        _ = late => {
            tracing::warn!("stopping although some requests are not answered");
            Ok(())
        }
    }
}

/// Everything behind the listener.
async fn assemble(
    settings: &ServeSettings,
    address: SocketAddr,
) -> anyhow::Result<(Core, axum::Router)> {
    // A mistake in the settings must not leave a new database behind.
    let mut catalog = connectors::load(settings.outside.connectors.clone())?;
    if settings.no_playground {
        catalog = catalog.without_instance();
    }
    let place = place(&settings.outside, address)?;
    let own = SocketAddr::new(reachable(address.ip()), address.port());
    let policy = EgressPolicy::new(Cidr::parse_list(&settings.outside.egress_allow)?);
    let outbound = instance::outbound(policy, Some(own))?;
    let mut shared_clients = shared_clients(&settings.outside, &catalog)?;
    let db = instance::open_db(&settings.store).await?;
    let masters = instance::master_keys(&settings.store, &db, Absent::Make).await?;
    let playground_secret = masters.derive("playground shared client");
    let vault = instance::vault(&db, masters).await?;
    if !settings.no_playground {
        shared_clients
            .entry(PLAYGROUND_SLUG.to_owned())
            .or_insert_with(|| playground_client(&playground_secret));
    }
    let core_settings = Settings {
        instance: place.clone(),
        session: SessionLives {
            token_ms: millis(settings.session_ttl),
            refresh_ms: millis(settings.session_refresh_ttl),
        },
        shared_clients,
        members: MemberSettings {
            mail: mailer(settings)?,
            sso: sso(settings),
            ..MemberSettings::default()
        },
    };
    let core = instance::core(db.clone(), vault, catalog, outbound, core_settings);
    if settings.store.database_url.is_none() {
        // We hold the lock of the data directory, so nobody else can be refreshing.
        core.forget_leases().await?;
    }
    if settings.no_playground {
        return Ok((core, axum::Router::new()));
    }
    let playground = Playground::new(PlaygroundParts {
        db,
        clock: Arc::new(SystemClock::new()),
        chance: Arc::new(SystemChance),
        sleep: Arc::new(SystemSleep),
        public_url: place.public_url,
        faults: settings.playground_faults,
    });
    let callback = core.callback_url(PLAYGROUND_SLUG);
    playground
        .ensure_shared_client(&callback, &playground_secret)
        .await?;
    Ok((core, trunnel_playground::router(playground)))
}

/// The use cases for a command that speaks to providers, beside a server that may be
/// running with the same settings.
pub(super) async fn beside(
    store: &StoreSettings,
    outside: &OutsideSettings,
) -> anyhow::Result<Core> {
    let catalog = connectors::load(outside.connectors.clone())?;
    let own = SocketAddr::new(reachable(outside.listen.ip()), outside.listen.port());
    let policy = EgressPolicy::new(Cidr::parse_list(&outside.egress_allow)?);
    let outbound = instance::outbound(policy, Some(own))?;
    instance::ensure_database(store)?;
    let mut shared_clients = shared_clients(outside, &catalog)?;
    let db = instance::open_db(store).await?;
    let masters = instance::master_keys(store, &db, Absent::Refuse).await?;
    let secret = masters.derive("playground shared client");
    shared_clients
        .entry(PLAYGROUND_SLUG.to_owned())
        .or_insert_with(|| playground_client(&secret));
    let core_settings = Settings {
        instance: place(outside, outside.listen)?,
        session: SessionLives::default(),
        shared_clients,
        members: MemberSettings::default(),
    };
    let vault = instance::vault(&db, masters).await?;
    Ok(instance::core(db, vault, catalog, outbound, core_settings))
}

fn playground_client(secret: &Secret) -> OAuthClient {
    OAuthClient {
        id: SHARED_CLIENT_ID.to_owned(),
        secret: Some(secret.clone()),
        auth: None,
    }
}

fn place(outside: &OutsideSettings, address: SocketAddr) -> anyhow::Result<Instance> {
    let url: Url = format!(
        "http://{}",
        SocketAddr::new(reachable(address.ip()), address.port())
    )
    .parse()
    .context("the address to listen on")?;
    let public_url = outside.public_url.clone().unwrap_or_else(|| url.clone());
    anyhow::ensure!(
        matches!(public_url.scheme(), "http" | "https"),
        "--public-url {public_url}: it starts with http:// or https://"
    );
    Ok(Instance { url, public_url })
}

/// `0.0.0.0` is a place to listen on, not one to connect to.
const fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    }
}

fn mailer(settings: &ServeSettings) -> anyhow::Result<Option<Mailer>> {
    let (Some(url), Some(from)) = (&settings.smtp_url, &settings.smtp_from) else {
        return Ok(None);
    };
    let mailer = Mailer::new(&Secret::new(url.as_str()), from).map_err(anyhow::Error::msg);
    mailer.context("--smtp-url, --smtp-from").map(Some)
}

fn sso(settings: &ServeSettings) -> Option<SsoSettings> {
    Some(SsoSettings {
        issuer: settings.sso_issuer.clone()?,
        client_id: settings.sso_client_id.clone()?,
        client_secret: Secret::new(settings.sso_client_secret.clone()?),
    })
}

fn millis(duration: humantime::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn shared_clients(
    outside: &OutsideSettings,
    catalog: &Catalog,
) -> anyhow::Result<HashMap<String, OAuthClient>> {
    match &outside.settings {
        Some(path) => SharedClients::read(path, |slug| catalog.get(slug).is_some()),
        None => Ok(HashMap::new()),
    }
}

fn start_logs(settings: &ServeSettings) -> anyhow::Result<logs::Guard> {
    use std::io::IsTerminal as _;
    let json = match settings.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    logs::start(&format!("{QUIET},{}", settings.log), json)
        .with_context(|| format!("--log {}", settings.log))
}

/// `setup` is where the owner begins, at the first start.
fn greet(settings: &ServeSettings, core: &Core, address: SocketAddr, setup: Option<&str>) {
    let url = core
        .settings()
        .instance
        .public_url
        .as_str()
        .trim_end_matches('/');
    let object = json!({
        "url": url,
        "listen": address.to_string(),
        "first_start": setup.is_some(),
        "setup_url": setup,
    });
    let data = match &settings.store.database_url {
        Some(_) => "the database of DATABASE_URL".to_owned(),
        None => settings.store.data_dir.display().to_string(),
    };
    let show = format!(
        "trunnel key show --env test --data-dir {}",
        settings.store.data_dir.display()
    );
    let owner = setup.map_or_else(String::new, |setup| {
        format!("\nOpen this once, within a day, to become the owner:\n\n  {setup}\n")
    });
    let text = format!(
        "Trunnel is running at {url}\n  data      {data}\n  test key  {show}\n{owner}\nNext, in another \
         terminal:\n\n  KEY=$({show})\n  curl -X POST \
         {url}/api/v2/public/linked-account \\\n    -H \"x-api-key: $KEY\" -d \
         '{{\"linked_account_id\":\"acme\",\"name\":\"Acme\"}}'\n"
    );
    output::answer(settings.json, &object, &text);
}

/// SIGTERM from a supervisor, or Ctrl-C.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
