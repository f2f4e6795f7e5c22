//! Opening an instance's data: the database, the master keys and what stands on them.

use std::collections::HashMap;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use trunnel_catalog::{Catalog, Instance};
use trunnel_core::{Core, MasterKeys, Origin, Parts, SessionLives, Settings, Vault};
use trunnel_model::secret::Secret;
use trunnel_model::time::SystemClock;
use trunnel_outbound::{EgressPolicy, Outbound, OutboundSettings};
use trunnel_store::{Db, Location};

use crate::settings::StoreSettings;
use crate::system::{SystemChance, SystemSleep};

/// The use cases for the command line, on data that is there already.
pub(crate) async fn open(store: &StoreSettings) -> anyhow::Result<Core> {
    Ok(open_parts(store).await?.0)
}

pub(crate) async fn open_parts(store: &StoreSettings) -> anyhow::Result<(Core, Db, Vault)> {
    let db = open_db(store).await?;
    let masters = master_keys(store, &db).await?;
    let vault = vault(&db, masters).await?;
    // The command line makes no requests; these are never used.
    let here: url::Url = "http://127.0.0.1:8080".parse()?;
    let settings = Settings {
        instance: Instance {
            url: here.clone(),
            public_url: here,
        },
        session: SessionLives::default(),
        shared_clients: HashMap::new(),
    };
    let outbound = outbound(EgressPolicy::default(), None)?;
    let catalog = Catalog::embedded()?;
    Ok((
        core(db.clone(), vault.clone(), catalog, outbound, settings),
        db,
        vault,
    ))
}

pub(crate) fn core(
    db: Db,
    vault: Vault,
    catalog: Catalog,
    outbound: Outbound,
    settings: Settings,
) -> Core {
    Core::new(Parts {
        db,
        vault,
        catalog,
        outbound,
        clock: Arc::new(SystemClock::new()),
        sleep: Arc::new(SystemSleep),
        chance: Arc::new(SystemChance),
        settings,
    })
}

pub(crate) fn outbound(
    policy: EgressPolicy,
    instance: Option<std::net::SocketAddr>,
) -> anyhow::Result<Outbound> {
    use std::time::Duration;
    Ok(Outbound::new(OutboundSettings {
        policy,
        instance,
        total_timeout: Duration::from_secs(60),
        connect_timeout: Duration::from_secs(10),
        max_answer_bytes: 32 * 1024 * 1024,
        user_agent: concat!("Trunnel/", env!("CARGO_PKG_VERSION")).to_owned(),
    })?)
}

/// Opens the database and brings it to this version's schema.
pub(crate) async fn open_db(store: &StoreSettings) -> anyhow::Result<Db> {
    make_data_dir(store)?;
    let file = store.data_dir.join("trunnel.db");
    let location = match &store.database_url {
        Some(url) => Location::Postgres {
            url,
            connections: usize::from(store.database_connections),
        },
        None => Location::File(&file),
    };
    let db = Db::open(&location)?;
    trunnel_store::migrate(&db).await?;
    Ok(db)
}

fn make_data_dir(store: &StoreSettings) -> anyhow::Result<()> {
    let dir = &store.data_dir;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("data directory {}", dir.display()))
}

/// Ensures that one server at a time works on an embedded database. The lock ends
/// with the process, however it ends.
pub(crate) fn lock_data_dir(store: &StoreSettings) -> anyhow::Result<Option<std::fs::File>> {
    if store.database_url.is_some() {
        return Ok(None);
    }
    make_data_dir(store)?;
    let path = store.data_dir.join("serve.lock");
    let file = std::fs::File::create(&path).with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => anyhow::bail!(
            "another server is running on {}. An embedded database has one server; use PostgreSQL \
             (DATABASE_URL) for several",
            store.data_dir.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| path.display().to_string())
        }
    }
}

pub(crate) async fn vault(db: &Db, masters: MasterKeys) -> anyhow::Result<Vault> {
    let clock = Arc::new(SystemClock::new());
    let vault = Vault::new(db.clone(), masters, clock, Arc::new(SystemChance));
    vault.check().await?;
    Ok(vault)
}

fn master_key_file(store: &StoreSettings) -> PathBuf {
    store.data_dir.join("master.key")
}

/// The master keys: from the variable, else from the file, which is made on the first
/// start only. A database that has secrets already must find its own key.
pub(crate) async fn master_keys(store: &StoreSettings, db: &Db) -> anyhow::Result<MasterKeys> {
    if let Some(text) = &store.master_key {
        return Ok(MasterKeys::parse(
            &Secret::new(text.as_str()),
            Origin::Variable,
        )?);
    }
    let path = master_key_file(store);
    if !path.exists() {
        let needed = trunnel_store::data_key::master_keys(db).await?;
        anyhow::ensure!(
            needed.is_empty(),
            "the master key is missing: {} is not there and TRUNNEL_MASTER_KEY is not set, but this \
             database was sealed with master key {}. Put the key back; without it, nothing that was \
             sealed can be opened",
            path.display(),
            needed.join(", ")
        );
        write_master_keys(store, &MasterKeys::generate_text(&SystemChance))?;
    }
    Ok(MasterKeys::from_file(path)?)
}

/// Puts a new master key before the ones that are there.
pub(crate) fn add_master_key(store: &StoreSettings) -> anyhow::Result<()> {
    anyhow::ensure!(
        store.master_key.is_none(),
        "the master key is given by TRUNNEL_MASTER_KEY. Put a new key before it, separated by a \
         comma, restart the servers with both, and run `trunnel vault rotate` without --new-master"
    );
    let path = master_key_file(store);
    let known = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    // An interrupted rotation has added its key already.
    if known.lines().filter(|line| !line.trim().is_empty()).count() > 1 {
        return Ok(());
    }
    let new = MasterKeys::generate_text(&SystemChance);
    write_master_keys(store, &Secret::new(format!("{}\n{known}", new.expose())))
}

pub(crate) fn drop_old_master_keys(store: &StoreSettings) -> anyhow::Result<()> {
    let path = master_key_file(store);
    let known = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let first = known
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    write_master_keys(store, &Secret::new(first))
}

/// Written beside and renamed, so that a crash leaves the old file or the new one.
fn write_master_keys(store: &StoreSettings, text: &Secret) -> anyhow::Result<()> {
    let path = master_key_file(store);
    let beside = path.with_extension("key.new");
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        writeln!(file, "{}", text.expose())?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)?;
        std::fs::File::open(&store.data_dir)?.sync_all()
    };
    write().with_context(|| format!("master key file {}", path.display()))
}
