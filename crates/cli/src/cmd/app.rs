//! `trunnel app`.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::key::app_id;
use crate::instance::{self, Absent};
use crate::output;
use crate::settings::StoreSettings;

#[derive(Debug, Subcommand)]
pub(crate) enum App {
    /// Create a developer app with a test and a live key. Works while a server runs.
    Create {
        #[command(flatten)]
        store: StoreSettings,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Change a developer app. Works while a server runs.
    Set {
        #[command(flatten)]
        store: StoreSettings,
        /// The developer app; may be left out while there is only one.
        #[arg(long, value_name = "ID")]
        app: Option<String>,
        /// Whether its keys may be seen again after they were made.
        #[arg(long, value_name = "SWITCH")]
        reveal_keys: Switch,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the developer apps.
    List {
        #[command(flatten)]
        store: StoreSettings,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

impl App {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Create { store, name, json } => {
                let core = instance::open(&store, Absent::Make).await?;
                let created = core.create_app(&name, None).await?;
                let [test, live] = &created.keys;
                let (test, live) = (test.plain.secret().expose(), live.plain.secret().expose());
                let object = json!({
                    "app_id": created.app.id.as_str(),
                    "test": { "api_key": test },
                    "live": { "api_key": live },
                });
                let text = format!("app   {}\ntest  {test}\nlive  {live}", created.app.id);
                output::answer(json, &object, &text);
            }
            Self::Set {
                store,
                app,
                reveal_keys,
                json,
            } => {
                let core = instance::open(&store, Absent::Refuse).await?;
                let app = app_id(&core, app.as_deref()).await?;
                let reveal = reveal_keys == Switch::On;
                core.set_reveal_keys(&app, reveal).await?;
                let object = json!({ "app_id": app.as_str(), "reveal_keys": reveal });
                let state = if reveal { "may" } else { "may not" };
                let text = format!("app {app}: its keys {state} be shown");
                output::answer(json, &object, &text);
            }
            Self::List { store, json } => {
                let core = instance::open(&store, Absent::Refuse).await?;
                let apps = core.apps().await?;
                let list: Vec<_> = apps
                    .iter()
                    .map(|app| {
                        json!({
                            "app_id": app.id.as_str(),
                            "organization_id": app.organization.as_str(),
                            "name": app.name,
                            "reveal_keys": app.reveal_keys,
                        })
                    })
                    .collect();
                let lines: Vec<_> = apps
                    .iter()
                    .map(|app| format!("{}  {}", app.id, app.name))
                    .collect();
                output::answer(json, &json!({ "apps": list }), &lines.join("\n"));
            }
        }
        Ok(())
    }
}
