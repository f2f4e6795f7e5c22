//! `trunnel key`.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use trunnel_core::{Core, Ctx};
use trunnel_model::environment::Environment;
use trunnel_model::id::AppId;

use crate::instance::{self, Absent};
use crate::output;
use crate::settings::StoreSettings;

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Show the environment's key. Written into the audit.
    Show {
        #[command(flatten)]
        of: Which,
    },
    /// Replace the environment's key. The old one ends at once, on every node.
    Rotate {
        #[command(flatten)]
        of: Which,
        /// Let the old key work for so long yet, at most 7 days.
        #[arg(long, default_value = "0s", value_name = "DURATION")]
        grace: humantime::Duration,
    },
}

/// Which environment of which app.
#[derive(Debug, Args)]
pub(crate) struct Which {
    #[command(flatten)]
    store: StoreSettings,
    /// The developer app; may be left out while there is only one.
    #[arg(long, value_name = "ID")]
    app: Option<String>,
    /// `test` or `live`.
    #[arg(long, value_name = "ENVIRONMENT", value_parser = Environment::parse)]
    env: Environment,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Which {
    async fn open(&self) -> anyhow::Result<(Core, Ctx)> {
        let core = instance::open(&self.store, Absent::Refuse).await?;
        let app = app_id(&core, self.app.as_deref()).await?;
        let ctx = core.command_line_ctx(&app, self.env).await?;
        Ok((core, ctx))
    }
}

/// The app that `--app` names, or the only one.
pub(super) async fn app_id(core: &Core, named: Option<&str>) -> anyhow::Result<AppId> {
    match named {
        Some(text) => AppId::parse(text).with_context(|| format!("--app {text}")),
        None => only_app(core).await,
    }
}

async fn only_app(core: &Core) -> anyhow::Result<AppId> {
    let apps = core.apps().await?;
    match apps.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => {
            anyhow::bail!("there is no app yet; create one with `trunnel app create --name NAME`")
        }
        _ => anyhow::bail!("there are several apps; name one with --app (see `trunnel app list`)"),
    }
}

impl Key {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Show { of } => {
                let (core, ctx) = of.open().await?;
                let key = core.reveal_api_key(&ctx).await?;
                output::answer(of.json, &json!({ "api_key": key.expose() }), key.expose());
            }
            Self::Rotate { of, grace } => {
                let (core, ctx) = of.open().await?;
                let grace = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
                let key = core.rotate_api_key(&ctx, grace).await?;
                let plain = key.plain.secret().expose();
                output::answer(of.json, &json!({ "api_key": plain }), plain);
            }
        }
        Ok(())
    }
}
