//! `trunnel member`.

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;
use trunnel_model::id::OrganizationId;
use url::Url;

use crate::instance::{self, Absent};
use crate::output;
use crate::settings::StoreSettings;

#[derive(Debug, Subcommand)]
pub(crate) enum Member {
    /// Make a link with which somebody becomes the owner of an organization that has none.
    /// It works once and for a day; earlier ones end. Works while a server runs.
    SetupLink {
        #[command(flatten)]
        store: StoreSettings,
        /// The organization; may be left out while only one has no owner.
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
        /// What browsers reach the server by.
        #[arg(
            long,
            env = "TRUNNEL_PUBLIC_URL",
            default_value = "http://127.0.0.1:8080",
            value_name = "URL"
        )]
        public_url: Url,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

impl Member {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Self::SetupLink {
            store,
            organization,
            public_url,
            json,
        } = self;
        let core = instance::open(&store, Absent::Refuse).await?;
        let organization = organization
            .map(|text| OrganizationId::parse(&text).context("--organization"))
            .transpose()?;
        let link = core.setup_link(organization.as_ref()).await?;
        let url = link.url(&public_url);
        let object = json!({
            "organization": link.organization.id.as_str(),
            "setup_url": url,
        });
        let text = format!(
            "The owner of {} begins here, once and within a day:\n\n  {url}",
            link.organization.name
        );
        output::answer(json, &object, &text);
        Ok(())
    }
}
