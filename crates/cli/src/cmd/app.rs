//! `trunnel app`.

use clap::Subcommand;
use serde_json::json;

use crate::instance;
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
    /// List the developer apps.
    List {
        #[command(flatten)]
        store: StoreSettings,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

impl App {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Create { store, name, json } => {
                let core = instance::open(&store).await?;
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
            Self::List { store, json } => {
                let core = instance::open(&store).await?;
                let apps = core.apps().await?;
                let list: Vec<_> = apps
                    .iter()
                    .map(|app| {
                        json!({
                            "app_id": app.id.as_str(),
                            "organization_id": app.organization.as_str(),
                            "name": app.name,
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
