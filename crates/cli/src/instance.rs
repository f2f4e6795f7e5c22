//! Opening an instance's data: the database, the master keys and what stands on them.

use std::collections::HashMap;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use trunnel_catalog::{Catalog, Instance};
use trunnel_core::{
    Core, MasterKeys, MemberSettings, Origin, Parts, SessionLives, Settings, Vault,
};
use trunnel_model::secret::Secret;
use trunnel_model::time::SystemClock;
use trunnel_outbound::{EgressPolicy, Outbound, OutboundSettings};
use trunnel_store::{Db, Location};

use crate::settings::StoreSettings;
use crate::system::{SystemChance, SystemSleep};

/// Whether an instance that is not there yet is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    Make,
    Refuse,
}

/// The use cases for the command line.
pub(crate) async fn open(store: &StoreSettings, absent: Absent) -> anyhow::Result<Core> {
    Ok(open_parts(store, absent).await?.0)
}

pub(crate) async fn open_parts(
    store: &StoreSettings,
    absent: Absent,
) -> anyhow::Result<(Core, Db, Vault)> {
    if absent == Absent::Refuse {
        ensure_database(store)?;
    }
    let db = open_db(store).await?;
    let masters = master_keys(store, &db, absent).await?;
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
        members: MemberSettings::default(),
    };
    let outbound = outbound(EgressPolicy::default(), None)?;
    let catalog = Catalog::embedded();
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
        total_timeout: Duration::from_mins(1),
        connect_timeout: Duration::from_secs(10),
        max_answer_bytes: 32 * 1024 * 1024,
        user_agent: concat!("Trunnel/", env!("CARGO_PKG_VERSION")).to_owned(),
    })?)
}

fn database_file(store: &StoreSettings) -> PathBuf {
    store.data_dir.join("trunnel.db")
}

/// A subcommand in the wrong directory must not leave an empty database there.
pub(crate) fn ensure_database(store: &StoreSettings) -> anyhow::Result<()> {
    anyhow::ensure!(
        store.database_url.is_some() || database_file(store).exists(),
        "there is no database in {}. Name the right directory with --data-dir, or make a database \
         with `trunnel serve` or `trunnel app create`",
        store.data_dir.display()
    );
    Ok(())
}

/// Opens the database and brings it to this version's schema.
pub(crate) async fn open_db(store: &StoreSettings) -> anyhow::Result<Db> {
    make_data_dir(store)?;
    let file = database_file(store);
    let location = match &store.database_url {
        Some(url) => Location::Postgres {
            url: url.expose(),
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

/// The fact that names the master key which an instance without secrets begins with.
const FIRST_MASTER_KEY: &str = "master_key";

/// The master keys: from the variable, else from the file, which is made on the first
/// start only. A database that has secrets already must find its own key, and one that
/// has none yet gets one key, however many nodes start at once.
pub(crate) async fn master_keys(
    store: &StoreSettings,
    db: &Db,
    absent: Absent,
) -> anyhow::Result<MasterKeys> {
    let needed = trunnel_store::data_key::master_keys(db).await?;
    let path = master_key_file(store);
    let mut made = false;
    let masters = if let Some(text) = &store.master_key {
        MasterKeys::parse(text, Origin::Variable)?
    } else {
        if !path.exists() {
            ensure_may_make(&path, &needed, absent)?;
            made = make_master_key(store)?;
        }
        MasterKeys::from_file(path.clone())?
    };
    if needed.is_empty()
        && let Err(error) = claim(db, &masters).await
    {
        if made {
            // Nothing was sealed with it, and the next start must not find it.
            std::fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
        return Err(error);
    }
    Ok(masters)
}

fn ensure_may_make(path: &Path, needed: &[String], absent: Absent) -> anyhow::Result<()> {
    let place = path.display();
    anyhow::ensure!(
        needed.is_empty(),
        "the master key is missing: {place} is not there and TRUNNEL_MASTER_KEY is not set, but this \
         database was sealed with master key {}. Put the key back; without it, nothing that was \
         sealed can be opened",
        needed.join(", ")
    );
    anyhow::ensure!(
        absent == Absent::Make,
        "this database has nothing in it yet, and {place} is not there. Start with `trunnel serve` \
         or `trunnel app create`"
    );
    Ok(())
}

/// Writes down which master key this instance begins with, once. Whoever comes second
/// with another one must not seal anything: the first could not open it.
async fn claim(db: &Db, masters: &MasterKeys) -> anyhow::Result<()> {
    let ours = masters.first_name().to_owned();
    let claimed = db
        .write(move |tx| {
            Box::pin(
                async move { trunnel_store::app::claim_fact(tx, FIRST_MASTER_KEY, &ours).await },
            )
        })
        .await?;
    if claimed {
        return Ok(());
    }
    let first = trunnel_store::app::find_fact(db, FIRST_MASTER_KEY).await?;
    let first = first.unwrap_or_default();
    anyhow::ensure!(
        masters.has(&first),
        "another node has begun to use this database with master key {first}, and this one holds {}. \
         All nodes need the same key: copy it here from that node, as master.key in the data \
         directory or as TRUNNEL_MASTER_KEY, and start again",
        masters.first_name()
    );
    Ok(())
}

/// Notes that the first master key is another one now.
pub(crate) async fn settle_master_key(store: &StoreSettings, db: &Db) -> anyhow::Result<()> {
    let masters = master_keys(store, db, Absent::Refuse).await?;
    let name = masters.first_name().to_owned();
    db.write(move |tx| {
        Box::pin(async move { trunnel_store::app::put_fact(tx, FIRST_MASTER_KEY, &name).await })
    })
    .await?;
    Ok(())
}

/// Puts a new master key before the ones that are there.
pub(crate) fn add_master_key(store: &StoreSettings) -> anyhow::Result<()> {
    anyhow::ensure!(
        store.master_key.is_none(),
        "the master key is given by TRUNNEL_MASTER_KEY. Put a new key before it, separated by a \
         comma, restart the servers with both, and run `trunnel vault rotate` without --new-master"
    );
    let path = master_key_file(store);
    let known = read_master_keys(&path)?;
    // An interrupted rotation has added its key already.
    if lines(&known).count() > 1 {
        return Ok(());
    }
    let new = MasterKeys::generate_text(&SystemChance);
    let text = format!("{}\n{}", new.expose(), known.expose());
    replace_master_keys(store, &Secret::new(text))
}

/// Drops the master keys that no data key is sealed with any more, except the first.
pub(crate) async fn drop_old_master_keys(store: &StoreSettings, db: &Db) -> anyhow::Result<()> {
    let path = master_key_file(store);
    let known = read_master_keys(&path)?;
    let needed = trunnel_store::data_key::master_keys(db).await?;
    let mut kept = Vec::new();
    for (at, line) in lines(&known).enumerate() {
        let key = MasterKeys::parse(&Secret::new(line), Origin::File(path.clone()))?;
        if at == 0 || needed.iter().any(|name| name == key.first_name()) {
            kept.push(line);
        }
    }
    replace_master_keys(store, &Secret::new(kept.join("\n")))
}

fn read_master_keys(path: &Path) -> anyhow::Result<Secret> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(Secret::new(text))
}

fn lines(keys: &Secret) -> impl Iterator<Item = &str> {
    let lines = keys.expose().lines().map(str::trim);
    lines.filter(|line| !line.is_empty())
}

/// Makes the file with a new key, unless another process has just done so; says which.
fn make_master_key(store: &StoreSettings) -> anyhow::Result<bool> {
    let path = master_key_file(store);
    let text = MasterKeys::generate_text(&SystemChance);
    let make = || -> std::io::Result<bool> {
        let beside = write_beside(store, &text)?;
        // Whole or not at all, and never in the place of another.
        let linked = std::fs::hard_link(&beside, &path);
        std::fs::remove_file(&beside)?;
        match linked {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(error),
        }
        sync_data_dir(store)?;
        Ok(true)
    };
    make().with_context(|| format!("master key file {}", path.display()))
}

/// Written beside and renamed, so that a crash leaves the old file or the new one.
fn replace_master_keys(store: &StoreSettings, text: &Secret) -> anyhow::Result<()> {
    let path = master_key_file(store);
    let replace = || -> std::io::Result<()> {
        let beside = write_beside(store, text)?;
        std::fs::rename(&beside, &path)?;
        sync_data_dir(store)
    };
    replace().with_context(|| format!("master key file {}", path.display()))
}

/// A file of its own, whoever else is writing one.
fn write_beside(store: &StoreSettings, text: &Secret) -> std::io::Result<PathBuf> {
    let unique = trunnel_model::chance::secret_text(&SystemChance);
    let beside = store
        .data_dir
        .join(format!("master.key.new-{}", &unique[..12]));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    writeln!(file, "{}", text.expose())?;
    file.sync_all()?;
    Ok(beside)
}

fn sync_data_dir(store: &StoreSettings) -> std::io::Result<()> {
    std::fs::File::open(&store.data_dir)?.sync_all()
}
