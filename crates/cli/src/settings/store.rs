//! Where the data and its keys are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;
use trunnel_catalog::OAuthClient;
use trunnel_model::secret::Secret;

/// What every subcommand that works on data takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreSettings {
    /// Where the embedded database and the master key are kept.
    #[arg(
        long,
        env = "TRUNNEL_DATA_DIR",
        default_value = "./data",
        value_name = "DIR"
    )]
    pub(crate) data_dir: PathBuf,

    /// A PostgreSQL database to use instead of the embedded one.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        value_parser = secret
    )]
    pub(crate) database_url: Option<Secret>,

    /// Connections to PostgreSQL that one node keeps.
    #[arg(
        long,
        env = "TRUNNEL_DATABASE_CONNECTIONS",
        default_value_t = 20,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u16).range(2..=1000)
    )]
    pub(crate) database_connections: u16,

    /// Master keys as hexadecimal digits, separated by commas; the first seals. Without
    /// it, they are in `master.key` in the data directory.
    #[arg(
        long,
        env = "TRUNNEL_MASTER_KEY",
        value_name = "KEYS",
        hide_env_values = true,
        value_parser = secret
    )]
    pub(crate) master_key: Option<Secret>,
}

/// Any text; what is wrong with it is found by those who read it.
#[expect(clippy::unnecessary_wraps, reason = "what clap calls")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

/// The operator's shared OAuth clients: `[shared_clients.<connector>]` with
/// `client_id` and `client_secret`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SharedClients {
    #[serde(default)]
    shared_clients: HashMap<String, SharedClient>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedClient {
    client_id: String,
    client_secret: Option<String>,
}

impl SharedClients {
    /// # Errors
    /// A file that is not there, is no TOML, has an unknown setting, or names a
    /// connector that the catalogue does not have.
    pub(crate) fn read(
        path: &Path,
        known: impl Fn(&str) -> bool,
    ) -> anyhow::Result<HashMap<String, OAuthClient>> {
        let place = path.display();
        let text =
            std::fs::read_to_string(path).with_context(|| format!("settings file {place}"))?;
        let file: Self = toml::from_str(&text).with_context(|| format!("settings file {place}"))?;
        if let Some(slug) = file.shared_clients.keys().find(|slug| !known(slug)) {
            anyhow::bail!(
                "settings file {place}: shared_clients.{slug}: no connector is called `{slug}`"
            );
        }
        let client = |(slug, client): (String, SharedClient)| {
            let client = OAuthClient {
                id: client.client_id,
                secret: client.client_secret.map(Secret::new),
                auth: None,
            };
            (slug, client)
        };
        Ok(file.shared_clients.into_iter().map(client).collect())
    }
}
