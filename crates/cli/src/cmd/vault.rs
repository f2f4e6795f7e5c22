//! `trunnel vault`.

use clap::Subcommand;
use serde_json::json;
use trunnel_core::Progress;
use trunnel_model::environment::Environment;

use crate::instance::{self, Absent};
use crate::output;
use crate::settings::StoreSettings;
use crate::system::SystemSleep;

#[derive(Debug, Subcommand)]
pub(crate) enum Vault {
    /// Seal every secret anew, with new data keys and the first master key. Servers
    /// may go on running; stopped anywhere, the next call goes on.
    Rotate {
        #[command(flatten)]
        store: StoreSettings,
        /// Make a new master key first, and drop the old ones from `master.key` at the end.
        #[arg(long)]
        new_master: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

impl Vault {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Self::Rotate {
            store,
            new_master,
            json,
        } = self;
        instance::ensure_database(&store)?;
        if new_master {
            instance::add_master_key(&store)?;
        }
        let (core, db, vault) = instance::open_parts(&store, Absent::Refuse).await?;
        let mut environments = Vec::new();
        for app in core.apps().await? {
            for environment in Environment::ALL {
                environments.push(core.command_line_ctx(&app.id, environment).await?);
            }
        }
        let mut report = |progress: Progress| {
            output::progress(&format!("sealed {} secrets anew", progress.secrets));
        };
        let done =
            trunnel_core::rotate(&db, &vault, &environments, &SystemSleep, &mut report).await?;
        output::progress("");
        instance::settle_master_key(&store, &db).await?;
        if new_master {
            instance::drop_old_master_keys(&store, &db).await?;
        }
        let object = json!({
            "environments": done.environments,
            "secrets": done.secrets,
            "keys_deleted": done.keys_deleted,
        });
        let text = format!(
            "{} secrets of {} environments are sealed anew; {} old data keys are deleted.",
            done.secrets, done.environments, done.keys_deleted
        );
        output::answer(json, &object, &text);
        Ok(())
    }
}
